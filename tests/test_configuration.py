"""config.py and a file over it: what they may set, what is refused, and where files lie."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import config
import pytest
from tests import docs
from tests.configured import configured

from artstyle import configuration
from artstyle.cli.configuring import installed, module, read
from artstyle.cli.main import main
from artstyle.cli.program import configured as configured_by
from artstyle.errors import ArgumentError

ROOT = Path(__file__).parents[1]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The place of a file of somebody's own."""
    return tmp_path / "mine.py"


def refused(file: Path) -> str:
    with pytest.raises(ArgumentError) as error:
        read(module("config"), file, {})
    return str(error.value)


def test_config_has_the_settings_that_are_described_and_no_others() -> None:
    assert [name for name in vars(config) if name.isupper()] == configuration.names()


def test_a_checkouts_config_is_the_installed_one() -> None:
    assert read(installed, None, {}) == configured()


def test_a_file_changes_some_settings_and_the_environment_changes_both(mine: Path) -> None:
    mine.write_text("PORT, KEEP_DAYS, LEVELS, WORKERS = 81, 7, 3, {'cuda': 1}\n")
    made = read(module("config"), mine, {"AST_PORT": "82", "AST_SEED": "5"})
    assert (made.port, made.keep_days, made.host) == (82, 7.0, config.HOST)
    assert made.algorithm == {"levels": 3, "seed": 5}
    assert made.workers == {**config.WORKERS, "cuda": 1}


def test_values_may_be_what_python_offers(mine: Path) -> None:
    lines = (
        "from pathlib import Path",
        "_FOLDER = Path('/data')",
        "users = {7, 8}",
        "DATA, BOT_USERS, PAIRS = _FOLDER, users, [[_FOLDER / 'a', 'b']]",
        "BOT_METRICS_PORT = None",
    )
    mine.write_text("\n".join(lines))
    made = read(module("config"), mine, {"AST_BOT_METRICS_PORT": ""})
    assert (made.data, sorted(made.bot_users)) == ("/data", [7, 8])
    assert (made.pairs, made.bot_metrics_port) == ([("/data/a", "b")], None)


def test_the_documentations_file_is_read(mine: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", docs.PAGES["docs/CONFIG.md"], re.DOTALL)
    mine.write_text(block)
    made = read(module("config"), mine, {})
    assert (made.port, made.keep_days, made.workers["cuda"]) == (8081, 7, 1)
    photo, painting = made.pairs[0]
    assert made.path(photo).parent == mine.parent and made.path(painting).is_file()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("KEEP_DAY = 3", "KEEP_DAY in {} is no setting: did you mean KEEP_DAYS?"),
        ("LEVEL = 3", "LEVEL in {} is no setting: did you mean LEVELS?"),
        ("GLOSS = 3", "GLOSS in {} is no setting: docs/CONFIG.md lists them"),
        ("PORT = '80'", "PORT in {} must be a whole number, 0 or more, but is '80'"),
        ("PORT = True", "PORT in {} must be a whole number, 0 or more, but is True"),
        ("PORT = None", "PORT in {} must be a whole number, 0 or more, but is None"),
        ("KEEP_DAYS = -1", "KEEP_DAYS in {} must be a number, 0 or more, but is -1"),
        ("HOST = 127", "HOST in {} must be text, but is 127"),
        ("CLUSTER_NETWORK = 1", "CLUSTER_NETWORK in {} must be True or False, but is 1"),
        ("PRESETS = 'preview'", """PRESETS in {} must be like ["..."], but is 'preview'"""),
        ("BOT_USERS = ['ann']", "BOT_USERS in {} must be like [1], but is ['ann']"),
        ("PAIRS = [('a',)]", """PAIRS in {} must be like [["...", "..."]], but is [('a',)]"""),
        ("DATA = open", "DATA in {} must be text, but is <built-in function open>"),
        ("LEVELS = 9", "LEVELS in {}: levels must be from 1 to 6, but is 9"),
    ],
)
def test_a_name_or_value_that_is_wrong_is_told_with_its_file(
    line: str, told: str, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.write_text(line)
    assert refused(mine) == told.replace("{}", "mine.py", 1)
    values: dict[str, Any] = {}
    exec(line, values)
    for name in values.keys() - {"__builtins__"}:
        monkeypatch.setattr(config, name, values[name], raising=False)
    mine.write_text("")
    assert refused(mine) == told.replace("{}", "config.py", 1)


def test_a_file_can_only_change_the_workers_that_there_are(mine: Path) -> None:
    mine.write_text("WORKERS = {'gpu': 1}")
    told = """WORKERS in mine.py must be like {"cpu": 1, "cuda": 2, "mps": 1}, but is {'gpu': 1}"""
    assert refused(mine) == told


@pytest.mark.parametrize("text", ["LEVELS =", "1 / 0", "raise SystemExit", None])
def test_a_file_that_cant_be_run_is_told_in_one_line(text: str | None, mine: Path) -> None:
    if text is not None:
        mine.write_text(text)
    told = refused(mine)
    assert told.startswith(f"{mine} can't be r") and "\n" not in told


def test_a_setting_that_config_has_lost_is_named() -> None:
    base = {name: value for name, value in vars(config).items() if name != "LEVELS"}
    assert read(lambda: base, None, {"AST_LEVELS": "3"}).algorithm == {"levels": 3}  # it is None
    del base["PORT"]
    with pytest.raises(ArgumentError, match=r"^config.py has no PORT: docs/CONFIG.md has its"):
        read(lambda: base, None, {})


def test_pictures_lie_beside_the_file_or_else_beside_config(mine: Path) -> None:
    mine.write_text("SAMPLE_PHOTOS = 'photos'")
    (mine.parent / "photos").mkdir()
    made = read(module("config"), mine, {})
    assert made.path(made.sample_photos) == mine.parent / "photos"
    assert made.path(made.sample_paintings) == ROOT / "img/style"
    assert made.path("nowhere.jpg") == mine.parent / "nowhere.jpg"
    assert configured().path("nowhere.jpg") == ROOT / "nowhere.jpg"


def test_the_option_is_found_among_others(mine: Path) -> None:
    mine.write_text("PORT = 81")
    for words in (["--fresh", "--config", str(mine), "--port", "x"], [f"--config={mine}"]):
        assert configured_by(module("config"), words).port == 81
    with pytest.raises(ArgumentError, match="--config: expected one argument"):
        configured_by(module("config"), ["--config"])


@pytest.mark.parametrize("name", ["lab", "bot"])
def test_an_installed_server_has_the_options_of_the_checkouts(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    script = {"lab": "lab.py", "bot": "tlbot.py"}[name]
    words = [sys.executable, str(ROOT / script), "--help"]
    ours = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    with pytest.raises(SystemExit):
        main([name, "--help"])
    theirs = capsys.readouterr().out
    assert ours.split()[:2] == ["usage:", script]
    assert theirs.split()[:3] == ["usage:", "artstyle", name]
    assert ours.split()[2:] == theirs.split()[3:]


@pytest.mark.parametrize("script", ["lab.py", "tlbot.py"])
def test_a_program_names_its_mistakes_in_one_line(script: str, tmp_path: Path) -> None:
    for each in (script, "config.py"):
        shutil.copy(ROOT / each, tmp_path)
    name = script.removesuffix(".py")
    for line, told in (
        ("PROT = 80", "PROT in config.py is no setting: did you mean PORT?"),
        ("PORT = ", "config.py can't be run (SyntaxError: invalid syntax (config.py, line 1))"),
    ):
        (tmp_path / "config.py").write_text(f"{line}\n{(ROOT / 'config.py').read_text()}")
        words = [sys.executable, str(tmp_path / script)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{name}: {told}\n")


def test_the_servers_in_the_command_line_take_a_file_and_name_its_mistakes(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine.write_text("PROT = 80")
    for name in ("lab", "bot"):
        assert main([name, "--config", str(mine)]) == 2
        told = f"artstyle {name}: PROT in mine.py is no setting: did you mean PORT?\n"
        assert capsys.readouterr().err == told
    words = ["a.jpg", "b.jpg", "-o", "c.png", "--config", str(mine)]
    assert main(words) == 2
    assert capsys.readouterr().err == told.replace("artstyle bot", "artstyle")


def test_a_photo_may_have_a_servers_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["./lab", "b.jpg", "-o", "c.png"]) == 2
    assert capsys.readouterr().err.startswith("artstyle: lab ")
