"""What the README says is so: options, defaults, pictures, commands, the Python example."""

import ast
import re
import shlex
import tomllib
from pathlib import Path

import config
import lab
import pytest
from aiohttp import web

from artstyle.bot import options as bot_options
from artstyle.bot import token
from artstyle.cli import arguments
from artstyle.lab.app import ROUTES
from artstyle.pictures import read, save
from artstyle.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Give what stands under a heading."""
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title}"
    return found[1]


def options() -> list[str]:
    found = [option for action in arguments._parser()._actions for option in action.option_strings]
    return [option for option in found if option.startswith("--") and option != "--help"]


def row(option: str, title: str = "The command line") -> list[str]:
    """Find a table's row of an option, as its cells."""
    line = re.search(rf"^\| .*`(-o`, `)?{option}[ `].*$", section(title), re.MULTILINE)
    assert line, f"the README has no row for {option}"
    return [cell.strip() for cell in line[0].strip("|").split("|")]


def test_the_labs_options_have_their_rows_and_defaults() -> None:
    for action in lab.parser()._actions:
        for option in action.option_strings:
            if option.startswith("--") and option != "--help":
                cells = row(option, "The lab")
                wanted = "" if action.default in (None, False) else str(action.default)
                assert cells[2] == wanted, option


def test_what_is_told_of_the_lab_is_what_config_says() -> None:
    told = section("The lab")
    assert (
        f"after {config.KEEP_DAYS:g} days, or when there are more than {config.KEEP_JOBS}" in told
    )
    assert "ALLOWED_HOSTS" in told and config.ALLOWED_HOSTS == []


def test_the_requests_in_the_readme_name_what_the_lab_serves() -> None:
    paths = {route.path for route in ROUTES if isinstance(route, web.RouteDef)}
    for path in ("/api/jobs", "/api/openapi.json", "/healthz"):
        assert f"{path}" in section("The lab") and path in paths


def test_the_bots_words_and_variables_are_those_it_understands() -> None:
    told = section("The Telegram bot")
    (line,) = re.findall(r"^Words under the pictures are options: (.*?)\.", told, re.MULTILINE)
    for word in re.findall(r"`([^`]+)`", line):
        assert word in bot_options.WORDS
    assert token.VARIABLE in told and f"{token.VARIABLE}_FILE" in told and token.FILE in told
    for name in re.findall(r"`(BOT_\w+)` in config", told):
        assert hasattr(config, name)


def test_every_setting_of_config_has_its_row_and_value() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \|.*\| (.*) \|$", section("config.py"), re.MULTILINE))
    names = [name for name in vars(config) if name.isupper() and name != "ROOT"]
    assert list(rows) == names
    for name in names:
        value = getattr(config, name)
        if name == "PAIRS":
            assert rows[name] == "six of the samples" and len(value) == 6
        else:
            assert ast.literal_eval(rows[name].strip("`")) == value, name


def test_what_the_troubleshooting_quotes_is_said_somewhere() -> None:
    words = "".join(path.read_text() for path in (ROOT / "ast").rglob("*.py"))
    words += (ROOT / "lab.py").read_text() + (ROOT / "Makefile").read_text()
    for quote in (
        "weights can't be fetched",
        "can't be served",
        "is in use by another lab or bot",
        "Telegram can't be reached",
        "doesn't know the bot's token",
        "another process runs this bot too",
        "or newer is missing",
        "comes without its venv module",
    ):
        assert quote in section("Troubleshooting") and quote in words, quote


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"\n## {project['version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_what_contributing_names_is_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    for name in re.findall(r"`((?:tests|ast|container|bench|scripts)/[\w/]*(?:\.py)?)`", page):
        assert (ROOT / name).exists(), name
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make ([\w-]+)`", page):
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("option", options())
def test_every_option_has_its_row(option: str) -> None:
    assert row(option)[1]


@pytest.mark.parametrize(
    "name",
    [
        "content_weight",
        "style_weight",
        "tv_weight",
        "style_scale",
        "seed",
        "network",
        "optimizer",
        "schedule",
        "style_loss",
        "start",
        "noise",
        "device",
        "precision",
    ],
)
def test_defaults_in_the_table_are_those_of_the_settings(name: str) -> None:
    assert row(f"--{name.replace('_', '-')}")[2] == str(getattr(Settings(), name))


def test_the_default_iterations_of_one_level_are_those_of_the_table() -> None:
    assert f"(1: {Settings().resolved('cpu').iterations})" in row("--iterations")[2]
    assert str(Settings().resolved("cuda").iterations) in row("--iterations")[2]


def test_every_picture_is_there_small_and_described() -> None:
    shown = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", README)
    assert len(shown) >= 5
    assert {path for _, path in shown} == {
        f"img/{path.name}" for path in (ROOT / "img").glob("*.webp")
    }
    for text, path in shown:
        assert len(text) > 20
        read.check(ROOT / path)
        assert (ROOT / path).stat().st_size <= 300_000


def test_all_pictures_together_are_small() -> None:
    files = [path for path in (ROOT / "img").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 6_000_000
    assert all(path.stat().st_size <= 300_000 for path in files)


def test_every_linked_file_is_there() -> None:
    for path in re.findall(r"\]\((?!http|#)([^)]+)\)", README):
        assert (ROOT / path).exists(), path


def test_every_link_within_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    slugs = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= slugs


def test_the_command_lines_can_be_read_by_the_program() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [
        line for block in blocks for line in block.splitlines() if line.startswith("artstyle ")
    ]
    assert lines
    for line in lines:
        words = shlex.split(line)
        assert isinstance(arguments.parse(words[1:]), arguments.Arguments)


def test_the_sample_pictures_of_the_first_command_are_there() -> None:
    for path in re.findall(r"img/(?:content|style)/\w+\.\w+", README):
        read.check(ROOT / path)


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    for name, source in [("photo", "content/rocket.jpg"), ("painting", "style/cubist.webp")]:
        save.save(read.load(ROOT / "img" / source)[..., :200, :300], tmp_path / f"{name}.jpg")
    quick = example.replace("levels=1", "levels=1, iterations=3, network='vgg16'")
    assert quick != example
    exec(compile(quick, "README.md", "exec"), {})
    assert read.check(tmp_path / "out.png").width == 384
