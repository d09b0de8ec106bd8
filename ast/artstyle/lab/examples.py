"""Finished pictures that come with the lab, so that a newcomer sees some at once.

`bench/gallery.py --examples` makes them, of the pairs in config.py with the default settings.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from artstyle.pictures import read

FOLDER = Path(__file__).parent / "examples"
LIST = "examples.json"  # by a picture's name, the key that a job of the same has


@dataclass(frozen=True, slots=True)
class Example:
    """A finished picture: its names, the key of a job that would make it, and its size."""

    photo: str
    painting: str
    key: str
    path: Path
    size: tuple[int, int]  # (height, width)

    @property
    def name(self) -> str:
        return self.path.stem


@cache
def examples() -> tuple[Example, ...]:
    """All examples, in the order of config.py."""
    keys: dict[str, str] = json.loads((FOLDER / LIST).read_text())
    return tuple(_example(name, key) for name, key in keys.items())


def example_keys() -> set[str]:
    return {each.key for each in examples()}


def _example(name: str, key: str) -> Example:
    photo, _, painting = name.rpartition("-")
    path = FOLDER / f"{name}.webp"
    header = read.check(path)
    return Example(photo, painting, key, path, (header.height, header.width))
