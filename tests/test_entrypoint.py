"""What `docker run ast …` does with its words, and how it ends."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import config
import pytest
from container import baked, entrypoint, selfcheck
from tests.commandline import hangups

from artstyle.bot.token import FILE, VARIABLE
from artstyle.cli import signals

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {name: value for name, value in os.environ.items() if "TELEGRAM" not in name}


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the process as it was."""
    for name in ("AST_DATA", "AST_HOST", "AST_URL", "TORCH_HOME"):
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    handlers = {each: signal.getsignal(each) for each in signals.ending()}
    yield
    for each, handler in handlers.items():
        signal.signal(each, handler)


def started(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "container/entrypoint.py", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**ENVIRONMENT, "PYTHONPATH": f"{ROOT}:{ROOT / 'ast'}", **environment},
    )


@pytest.mark.parametrize(
    ("words", "command", "rest"),
    [
        ("", "bot", ""),
        ("--levels 2", "bot", "--levels 2"),
        ("bot --levels 2", "bot", "--levels 2"),
        ("lab --bot", "lab", "--bot"),
        ("--help", "--help", ""),
    ],
)
def test_the_first_word_is_the_command_and_without_one_it_is_the_bot(
    words: str, command: str, rest: str
) -> None:
    assert entrypoint.command(words.split()) == (command, rest.split())


def test_an_unknown_command_is_refused_in_one_line() -> None:
    done = started("nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r'ast: unknown command "nonsense": choose one of bot, .+\n', done.stderr)


def test_help_shows_every_command() -> None:
    done = started("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in entrypoint.COMMANDS)


def test_without_a_token_the_bot_says_how_to_get_one(tmp_path: Path) -> None:
    done = started(AST_DATA=str(tmp_path), **{f"{VARIABLE}_FILE": str(tmp_path / "none")})
    assert done.returncode == 2
    assert re.fullmatch(r"tlbot: [^\n]+\n", done.stderr), done.stderr


@pytest.mark.parametrize(
    ("words", "more", "url"),
    [
        (["--fresh"], ["--host", "0.0.0.0"], f"http://127.0.0.1:{config.PORT}"),
        (["--port", "90"], ["--host", "0.0.0.0"], "http://127.0.0.1:90"),
        (["--host", "::", "--port", "90"], [], "http://127.0.0.1:90"),
    ],
)
def test_the_lab_serves_all_addresses_and_tells_the_published_one(
    words: list[str], more: list[str], url: str
) -> None:
    assert entrypoint.reachable(words) == [*more, *words]
    assert os.environ["AST_URL"] == url
    entrypoint.reachable(["--port", "91"])
    assert os.environ["AST_URL"] == url  # who set it knows better


def test_the_lab_serves_the_address_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AST_HOST", "172.17.0.2")
    assert entrypoint.reachable(["--fresh"]) == ["--fresh"]
    assert entrypoint.host([]) == "172.17.0.2" and entrypoint.host(["--host", "::"]) == "::"


def test_a_wrong_variable_is_told_in_one_line(tmp_path: Path) -> None:
    done = started("lab", AST_DATA=str(tmp_path), AST_PORT="many")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'ast: AST_PORT must be a whole number, 0 or more, but is "many"\n'


def test_the_file_that_a_program_is_given_is_heeded(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(f"PORT, DATA = 90, {str(tmp_path)!r}")
    words = ["--config", str(mine)]
    assert entrypoint.reachable(words) == ["--host", "0.0.0.0", *words]
    assert os.environ["AST_URL"] == "http://127.0.0.1:90"
    assert entrypoint.data_folder(words) == tmp_path
    mine.write_text("PROT = 90")
    done = started("lab", *words, AST_DATA=str(tmp_path))
    told = "ast: PROT in mine.py is no setting: did you mean PORT?\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


@pytest.mark.parametrize(
    "case",
    ["90 --port 90", "90 --fresh --port=90", "many --port many", "1 --port", "1 --portal 90"],
)
def test_an_option_is_read_as_the_programs_read_it_and_checked_by_them(case: str) -> None:
    port, *words = case.split()
    assert entrypoint.option(words, "--port", "1") == port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_well_at_any_moment(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_: list[str]) -> int:
        os.kill(os.getpid(), number)
        threading.Event().wait(60)
        return 1

    monkeypatch.setitem(entrypoint.COMMANDS, "bot", slow)
    with hangups(signal.SIG_DFL):  # whoever runs the tests may ignore them
        assert entrypoint.main([]) == 0


def test_weights_are_kept_in_the_volume_unless_the_image_has_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(entrypoint.COMMANDS, "bot", lambda _: 0)
    monkeypatch.setattr(baked, "WEIGHTS", tmp_path / "none")
    assert entrypoint.main([]) == 0
    assert os.environ.pop("TORCH_HOME") == "/data/torch"
    monkeypatch.setattr(baked, "WEIGHTS", tmp_path)
    assert entrypoint.main([]) == 0
    assert os.environ["TORCH_HOME"] == str(tmp_path)


@pytest.mark.parametrize("command", ["lab", "bot"])
def test_a_folder_that_cant_be_written_is_named_with_what_to_do(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    assert entrypoint.main([command, "--data", "/tmp"]) == 2
    told = capsys.readouterr().err
    assert "/tmp can't be written" in told and "--user" in told and told.count("\n") == 1


def test_the_build_refuses_a_token_unless_it_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baked, "ROOT", tmp_path)
    assert baked.main(["token", ""]) == 0
    (tmp_path / FILE).write_text("TOKEN = 'x'")
    assert baked.main(["token", ""]) == 1 and not baked.has_token(tmp_path)
    told = capsys.readouterr().err
    assert told == f"{baked.REFUSAL}\n" and "--build-arg PERSONAL=1" in told
    assert baked.main(["token", "1"]) == 0 and baked.has_token(tmp_path)


@pytest.mark.parametrize("words", [["bot"], ["lab", "--bot"]])
def test_each_start_warns_of_a_token_in_the_image_but_not_of_a_mounted_one(
    words: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entrypoint, "ROOT", tmp_path)
    monkeypatch.setattr("lab.main", lambda _: 0)
    monkeypatch.setattr("tlbot.main", lambda _: 0)
    (tmp_path / FILE).write_text("TOKEN = 'x'")
    assert entrypoint.main(words) == 0
    assert capsys.readouterr().err == ""
    assert baked.check_token(tmp_path, allowed=True) == 0
    assert entrypoint.main(words) == 0
    assert capsys.readouterr().err == f"{baked.WARNING}\n"


def test_the_build_takes_only_weights_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert baked.main(["weights", "embedded"]) == 0
    assert baked.main(["weights", "vgg20"]) == 2
    assert "WEIGHTS must be one of embedded, vgg19, but is vgg20" in capsys.readouterr().err


def test_vgg19_is_put_where_the_programs_look_for_it(
    torch_cache: Path, vgg19_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch_cache.mkdir(parents=True)
    (torch_cache / "vgg19-dcbb9e9d.pth").symlink_to(vgg19_file)
    baked.fetch_vgg19(tmp_path / "opt")
    (found,) = (tmp_path / "opt/hub/checkpoints").iterdir()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "opt"))
    from artstyle.vgg import checkpoints

    assert checkpoints.load("vgg19").name == "vgg19"
    found.unlink()  # megabytes that pytest would keep


def test_the_self_check_fetches_nothing_and_takes_more_options(tmp_path: Path) -> None:
    words = selfcheck.command(["--device", "cpu"], tmp_path)
    assert words[words.index("--network") + 1] == "vgg16"
    assert words[words.index("-o") + 1] == str(tmp_path / selfcheck.NAME)
    assert words[-2:] == ["--device", "cpu"]


def test_the_self_check_says_whether_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(config, "DATA", str(tmp_path))
    assert selfcheck.run(["--levels", "9"]) == 2
    assert "it failed" in capsys.readouterr().err
    monkeypatch.setattr(selfcheck, "main", lambda _: 0)
    assert selfcheck.run([]) == 0
    assert "it works" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_of_the_self_check_is_no_failure(
    number: signal.Signals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stopped(_: list[str]) -> int:
        """Ends as the command line does when it is interrupted."""
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt:
            return 1
        return 0

    monkeypatch.setenv("AST_DATA", str(tmp_path))
    monkeypatch.setattr(selfcheck, "main", stopped)
    assert entrypoint.main(["test-drive"]) == 128 + number
    told = capsys.readouterr().err
    assert told == "test-drive: stopped before the end\n"
