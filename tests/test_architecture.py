"""The architecture: which rooms import which, how long functions are, which phrases are out."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "ast"
FLOORS = (  # from the ground up: a room imports from its own floor and from those below
    ("roles", "errors", "noise_levels", "style_weights", "style_crop", "settings"),
    ("aliases", "configuration", "defaults", "wording", "files", "sources"),
    ("machine", "vgg", "style", "pictures", "sketch", "faces"),
    ("objective", "progress", "savepoint"),
    ("canvas",),
    ("sketching",),
    ("transfer",),
    ("video",),
    ("jobs",),
    ("lab", "bot", "cli", "__main__"),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
OUTSIDE = {"config", "lab", "tlbot"}  # what a user starts and edits
LONGEST_FUNCTION, MOST_METHODS = 40, 12

# Phrases that no text may have; written with hyphens, so that this file has none of them.
QUAINT = (
    "network-that-sees",
    "could-not-be-had",
    "can't-be-had",
    "hangs-here-yet",
    "it-is-refused-to",
    "to-who-opened",
    "go-before",
    "goes-before",
    "in-the-making",
    "as-is-decent",
    "a-form-in-it",
    "who-opens-this-link",
)


def tracked(*patterns: str) -> list[Path]:
    """The files that git knows, without those that are deleted just now."""
    words = ["git", "ls-files", "-z", "--", *patterns]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in found.split("\0") if name and (path := ROOT / name).is_file()]


def runs(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only type checkers read."""
    yield node
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        children = list(node.orelse)
    for child in children:
        yield from runs(child)


def named(path: Path) -> str:
    """A module's dotted name; a package has that of its folder."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {named(path): path for path in (SOURCE / "artstyle").rglob("*.py")}


def imports(path: Path) -> set[str]:
    """What a file imports at any level, in full: ``package.module`` where that is a module."""
    found: set[str] = set()
    for node in runs(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports from a dot"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else str(node.module))
    return found


@cache
def graph() -> dict[str, set[str]]:
    return {name: imports(path) for name, path in MODULES.items()}


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules each of which leads to all others of the group."""
    reached: dict[str, set[str]] = {}
    for start in edges:
        seen, waiting = set[str](), [start]
        while waiting:
            new = edges.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        reached[start] = seen
    groups = {
        tuple(sorted({start, *(one for one in seen if start in reached.get(one, ()))}))
        for start, seen in reached.items()
        if start in seen
    }
    return [list(group) for group in sorted(groups)]


def room(module: str) -> str:
    """What of ``artstyle`` a module belongs to."""
    return module.split(".")[1]


def test_no_two_files_import_each_other() -> None:
    assert circles(graph()) == []


def test_circles_of_every_length_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circles({"a": {"a"}, "b": {"a", "c"}, "c": {"d"}, "d": {"b"}}) == [
        ["a"],
        ["b", "c", "d"],
    ]


def test_no_import_goes_up() -> None:
    upwards = [
        f"{module} -> {other}"
        for module, others in graph().items()
        for other in others
        if other.startswith("artstyle.") and module != "artstyle"
        if FLOOR[room(other)] > FLOOR[room(module)]
    ]
    assert upwards == []


def test_every_room_has_a_floor() -> None:
    assert {room(module) for module in MODULES if module != "artstyle"} == FLOOR.keys()


def test_the_package_never_imports_what_a_user_edits_or_starts() -> None:
    assert {one.split(".")[0] for others in graph().values() for one in others}.isdisjoint(OUTSIDE)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def definitions(kind: Any) -> Iterator[tuple[str, Any]]:
    """Functions or classes of everything tracked but the tests, with their place."""
    for path in tracked("*.py", ":!tests"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kind):
                yield f"{path.relative_to(ROOT)}: {node.name}", node


def test_no_function_is_long() -> None:
    lines = {place: each.end_lineno - each.lineno + 1 for place, each in definitions(Function)}
    assert [place for place, count in lines.items() if count > LONGEST_FUNCTION] == []


def test_no_class_has_many_methods() -> None:
    methods = {
        place: sum(isinstance(each, Function) for each in node.body)
        for place, node in definitions(ast.ClassDef)
    }
    assert [place for place, count in methods.items() if count > MOST_METHODS] == []


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Every tracked text in one line of small letters, by its path."""
    found = {}
    for path in tracked("."):
        data = path.read_bytes()
        if b"\0" not in data:
            words = data.decode("utf-8", "replace").lower().split()
            found[str(path.relative_to(ROOT))] = " ".join(words)
    return found


@pytest.mark.parametrize("phrase", QUAINT)
def test_no_sentence_is_quaint(phrase: str, texts: dict[str, str]) -> None:
    words = re.compile(rf"\b{phrase.replace('-', ' ')}\b")
    assert [path for path, text in texts.items() if words.search(text)] == []
