"""What the documentation says holds: options, defaults, pictures, links, the Python example."""

import ast
import re
import shlex
import tomllib
from pathlib import Path

import config
import pytest
from aiohttp import web
from tests import docs
from tests.configured import configured
from tests.docs import ROOT

from artstyle import configuration, settings
from artstyle.bot import options as bot_options
from artstyle.bot import texts, token
from artstyle.cli import arguments
from artstyle.lab import connection, program
from artstyle.lab.app import ROUTES
from artstyle.pictures import read, save
from artstyle.settings import Settings

README = docs.PAGES["README.md"]
LAB, BOT, CLI, CONFIG, TROUBLESHOOTING = (
    docs.PAGES[f"docs/{name}.md"] for name in ("LAB", "BOT", "CLI", "CONFIG", "TROUBLESHOOTING")
)


def options() -> list[str]:
    found = [option for action in arguments._parser()._actions for option in action.option_strings]
    return [option for option in found if option.startswith("--") and option != "--help"]


def row(option: str, page: str = CLI) -> list[str]:
    """The cells of an option's row in a table."""
    line = re.search(rf"^\| (?!.*:).*`{option}[ `].*$|^\| .*`{option}[ `].*$", page, re.MULTILINE)
    assert line, f"no row for {option}"
    return [cell.strip() for cell in line[0].strip("|").split("|")]


def test_the_servers_options_have_their_rows_and_defaults() -> None:
    for action in program.parser(configured(), "lab.py")._actions:
        for option in action.option_strings:
            if option.startswith("--") and option != "--help":
                wanted = "" if action.default in (None, False) else str(action.default)
                assert row(option, LAB)[2] == wanted, option
    for option in ("--config", "--data", "--levels", "--iterations"):  # the bot has these in common
        assert row(option, BOT) == row(option, LAB)


def test_the_pages_state_the_codes_figures_and_paths() -> None:
    assert len(README.splitlines()) <= 200
    kept = f"after {config.KEEP_DAYS:g} days, or when there are more than {config.KEEP_JOBS}"
    assert kept in LAB and config.ALLOWED_HOSTS == []
    assert f"At most {config.CONNECTIONS:,} connections" in LAB
    assert f"must arrive within {connection.HEAD_SECONDS:g} s" in LAB
    paths = {route.path for route in ROUTES if isinstance(route, web.RouteDef)}
    for path in ("/api/jobs", "/api/openapi.json", "/healthz"):
        assert path in LAB and path in paths
    assert f"one level takes {Settings(levels=1).resolved('cpu').iterations} iterations" in CLI
    assert f"on a GPU it is always {Settings().resolved('cuda').iterations}" in CLI
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"\n## {project['version']}" in docs.PAGES["CHANGELOG.md"]


def test_the_bots_words_and_variables_are_those_it_understands() -> None:
    (line,) = re.findall(r"^Options are words under the pictures: (.*?)\.", BOT, re.MULTILINE)
    for word in re.findall(r"`([^`]+)`", line):
        assert word in bot_options.WORDS
    others = {"newbot", "revoke", "stats"}  # BotFather's, and one that isn't in the menu
    for command in {*re.findall(r"`/(\w+)`", BOT)} - others:
        assert hasattr(texts.ENGLISH, f"{command}_command")
    assert token.VARIABLE in BOT and f"{token.VARIABLE}_FILE" in BOT and token.FILE in BOT
    for name in re.findall(r"`(BOT_\w+)` in", BOT):
        assert hasattr(config, name)


def test_every_setting_of_config_has_its_row_and_value() -> None:
    table = CONFIG.partition("## Environment")[0]
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \|.*\| (.*) \|$", table, re.MULTILINE))
    names = [name for name in vars(config) if name.isupper()]
    assert list(rows) == names == configuration.names()
    for name in names:
        value = getattr(config, name)
        if name == "PAIRS":
            assert rows[name] == "six of the samples" and len(value) == 6
        else:
            assert ast.literal_eval(rows[name].strip("`")) == value, name


def test_the_environment_variables_are_read_somewhere() -> None:
    code = "".join(path.read_text() for path in (ROOT / "ast").rglob("*.py"))
    names = re.findall(r"`([A-Z_]+)`", CONFIG.partition("## Environment")[2])
    for name in {*names} - {"DATA"}:
        assert f'"{name}"' in code or f'VARIABLE = "{name.removesuffix("_FILE")}"' in code, name


def test_what_the_troubleshooting_quotes_is_said_somewhere() -> None:
    words = "".join(path.read_text() for path in (ROOT / "ast").rglob("*.py"))
    words += (ROOT / "Makefile").read_text()
    for quote in (
        "weights can't be downloaded",
        "can't be served",
        "is in use by another lab or bot",
        "Telegram can't be reached",
        "doesn't know the bot's token",
        "another process runs this bot too",
        "or newer is missing",
        "too many connections",
        "comes without its venv module",
    ):
        assert quote in TROUBLESHOOTING and quote in words, quote


def test_what_contributing_names_is_there() -> None:
    page = docs.PAGES["CONTRIBUTING.md"]
    for name in re.findall(r"`((?:tests|ast|container|bench|scripts)/[\w/-]*(?:\.py)?)`", page):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("option", options())
def test_every_option_has_its_row(option: str) -> None:
    assert row(option)[1]


def test_the_table_of_settings_is_the_codes() -> None:
    row = r"^\| `--([\w-]+)[^`]*` \| (.*?) \| (.*?) \| (.*?) \|$"
    table = re.findall(row, CLI.partition("## Settings")[2], re.MULTILINE)
    assert table == [
        (name.replace("_", "-"), settings.bounds(name), default(name), described.help)
        for name, described in settings.SETTINGS.items()
        if described.group != "experiment"
    ]


def default(name: str) -> str:
    value = settings.default(name)
    if value is None:
        return settings.SETTINGS[name].unset
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_every_picture_is_there_small_and_described() -> None:
    shown = {
        (text, ((ROOT / name).parent / path).resolve())
        for name, page in docs.PAGES.items()
        for text, path in re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", page)
    }
    assert {path for _, path in shown} == {*(ROOT / "img").glob("*.webp")}
    assert all(len(text) > 20 and read.check(path) for text, path in shown)
    sizes = [path.stat().st_size for path in (ROOT / "img").rglob("*") if path.is_file()]
    assert sum(sizes) < 6_000_000 and max(sizes) <= 300_000


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", docs.PAGES)
def test_every_link_leads_to_a_file_or_a_heading(name: str) -> None:
    for link in re.findall(r"\]\((?!http)([^)]+)\)", docs.PAGES[name]):
        path, _, anchor = link.partition("#")
        target = ((ROOT / name).parent / path) if path else ROOT / name
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_the_command_lines_can_be_read_by_the_program() -> None:
    lines = [line for line in docs.commands() if line.removeprefix(".venv/bin/")[:9] == "artstyle "]
    assert lines
    for line in lines:
        words = [word for word in shlex.split(line)[1:] if word[0] not in "<>"]
        assert not isinstance(arguments.parse(words), arguments.ReadArguments)
    for path in re.findall(r"img/(?:content|style)/\w+\.\w+", README + CLI):
        read.check(ROOT / path)


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", CLI, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    for name, source in [("photo", "content/rocket.jpg"), ("painting", "style/cubist.webp")]:
        save.save(read.load(ROOT / "img" / source)[..., :200, :300], tmp_path / f"{name}.jpg")
    quick = example.replace("levels=1", "levels=1, iterations=3, network='vgg16'")
    assert quick != example
    exec(compile(quick, "CLI.md", "exec"), {})
    assert read.check(tmp_path / "out.png").width == 384
