"""What the README says is so: options, defaults, pictures, commands, the Python example."""

import re
import shlex
from pathlib import Path

import pytest

from artstyle import arguments, images
from artstyle.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def options() -> list[str]:
    found = [option for action in arguments._parser()._actions for option in action.option_strings]
    return [option for option in found if option.startswith("--") and option != "--help"]


def row(option: str) -> list[str]:
    """Find the table's row of an option, as its cells."""
    line = re.search(rf"^\| .*`(-o`, `)?{option}[ `].*$", README, re.MULTILINE)
    assert line, f"the README has no row for {option}"
    return [cell.strip() for cell in line[0].strip("|").split("|")]


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
    for text, path in shown:
        assert len(text) > 20
        images.check(ROOT / path)
        assert (ROOT / path).stat().st_size <= 300_000


def test_every_linked_file_is_there() -> None:
    for path in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / path).exists(), path


def test_the_command_lines_can_be_read_by_the_program() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if "artstyle " in line]
    assert lines
    for line in lines:
        words = shlex.split(line)
        assert isinstance(arguments.parse(words[1:]), arguments.Arguments)


def test_the_sample_pictures_of_the_first_command_are_there() -> None:
    for path in re.findall(r"img/(?:content|style)/\w+\.\w+", README):
        images.check(ROOT / path)


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    for name, source in [("photo", "content/rocket.jpg"), ("painting", "style/cubist.webp")]:
        images.save(images.load(ROOT / "img" / source)[..., :200, :300], tmp_path / f"{name}.jpg")
    quick = example.replace("levels=1", "levels=1, iterations=3, network='vgg16'")
    assert quick != example
    exec(compile(quick, "README.md", "exec"), {})
    assert images.check(tmp_path / "out.png").width == 384
