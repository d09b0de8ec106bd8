"""The architecture: which rooms import which, how long functions are, and which words are out.

Each ``KNOWN`` lists what breaks a rule today. The lists must be exact, so they only shrink.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "ast"
FLOORS = (  # from the ground up: a room imports from its own floor and from those below
    ("errors", "settings", "wording"),
    ("machine", "vgg", "style", "pictures", "clock"),
    ("objective", "progress", "savepoint"),
    ("transfer",),
    ("jobs",),
    ("lab", "bot", "cli", "__main__"),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
OUTSIDE = {"config", "lab", "tlbot"}  # what a user starts and edits
LONGEST_FUNCTION, MOST_METHODS = 40, 12

KNOWN_CIRCLES: list[list[str]] = []
KNOWN_UPWARDS: list[str] = []
KNOWN_LONG = ["ast/artstyle/lab/openapi.py: _paths"]
KNOWN_LARGE = [
    "ast/artstyle/bot/bot.py: ArtBot",
    "ast/artstyle/jobs/cluster/engine.py: ClusterEngine",
    "ast/artstyle/jobs/queue.py: JobQueue",
    "ast/artstyle/machine/memory.py: Demand",
    "ast/artstyle/transfer.py: Transfer",
]
# Phrases that no text may have, and the files that have them today. Written with hyphens, so
# that this file has none of them.
KNOWN_PHRASES: dict[str, list[str]] = {
    "network-that-sees": ["README.md"],
    "could-not-be-had": ["ast/artstyle/lab/notice.py"],
    "can't-be-had": ["ast/artstyle/errors.py"],
    "hangs-here-yet": ["ast/artstyle/lab/templates/report.html"],
    "It-is-refused-to": ["README.md"],
    "to-who-opened": ["README.md"],
    "go-before": [
        "README.md",
        "ast/artstyle/lab/table.py",
        "ast/artstyle/settings.py",
        "config.py",
    ],
    "goes-before": [
        "ast/artstyle/cli/arguments.py",
        "ast/artstyle/settings.py",
        "config.py",
        "tests/test_submission.py",
    ],
    "in-the-making": [
        "README.md",
        "ast/artstyle/lab/templates/report.html",
        "ast/artstyle/lab/words.py",
        "tests/test_words.py",
    ],
    "as-is-decent": ["ast/artstyle/bot/status.py"],
}


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
    assert circles(graph()) == KNOWN_CIRCLES


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
    assert sorted(upwards) == KNOWN_UPWARDS


def test_every_room_has_a_floor() -> None:
    assert {room(module) for module in MODULES if module != "artstyle"} <= FLOOR.keys()


def test_the_package_never_imports_what_a_user_edits_or_starts() -> None:
    assert {one.split(".")[0] for others in graph().values() for one in others}.isdisjoint(OUTSIDE)


def definitions() -> Iterator[tuple[str, ast.AST]]:
    """Functions and classes of everything tracked but the tests, with their place."""
    for path in tracked("*.py", ":!tests"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield f"{path.relative_to(ROOT)}: {node.name}", node


def test_no_function_is_long() -> None:
    long = [
        place
        for place, node in definitions()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert sorted(long) == KNOWN_LONG


def test_no_class_has_many_methods() -> None:
    large = [
        place
        for place, node in definitions()
        if isinstance(node, ast.ClassDef)
        if sum(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) for each in node.body)
        > MOST_METHODS
    ]
    assert sorted(large) == KNOWN_LARGE


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


@pytest.mark.parametrize(("phrase", "known"), KNOWN_PHRASES.items())
def test_no_sentence_is_quaint(phrase: str, known: list[str], texts: dict[str, str]) -> None:
    words = phrase.replace("-", " ").lower()
    assert sorted(path for path, text in texts.items() if words in text) == known
