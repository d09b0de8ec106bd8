"""The report: one HTML page of all pictures that a command made, which needs no other file."""

from __future__ import annotations

import base64
import functools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import jinja2

from artstyle import __version__, settings
from artstyle.cli.inputs import Input
from artstyle.cli.plan import PlannedPicture
from artstyle.errors import ArtstyleError, OutputError, printable
from artstyle.files import atomic_write, followed
from artstyle.pictures import read, thumbnails
from artstyle.wording import duration

SOURCE_SIDE, RESULT_SIDE = 256, 640  # px of the longer side


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a picture: the seconds it took, or why it failed."""

    seconds: float | None = None
    percent: float = 100.0  # less where it was stopped
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture in the report."""

    name: str
    alt: str
    link: str  # to the file, relative to the report; empty for what came through a pipe
    data: str  # a data URI; empty for what can't be read


@dataclass(frozen=True, slots=True)
class Card:
    """What the report tells of a result."""

    name: str
    line: int | None
    state: str  # ``done``, ``exists``, ``stopped``, ``failed`` or ``left``
    told: str
    result: Shown | None
    sources: list[Shown]
    facts: list[tuple[str, str]]  # its masks, and the settings that differ from the defaults


def write(
    path: Path, pictures: Sequence[PlannedPicture], outcomes: Mapping[PlannedPicture, Outcome]
) -> None:
    """Write the report; raises `OutputError`."""
    page = _Page(path.parent)
    cards = [page.card(each, outcomes.get(each)) for each in pictures]
    made = datetime.now().astimezone()
    text = _template().render(cards=cards, counts=_counts(cards), made=made, version=__version__)
    try:
        atomic_write(followed(path), text.encode("utf-8"))
    except OSError as error:
        raise OutputError(f"{printable(path)} can't be written ({error.strerror})") from error


def _counts(cards: Sequence[Card]) -> str:
    """For example ``3 made, 1 failed``."""
    words = {
        "done": "made",
        "exists": "made before",
        "stopped": "stopped",
        "failed": "failed",
        "left": "not begun",
    }
    states = [card.state for card in cards]
    return ", ".join(f"{states.count(key)} {word}" for key, word in words.items() if key in states)


@functools.cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("artstyle.cli", "")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html")


class _Page:
    """Makes the cards of a report in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._source = functools.cache(self._read)  # a photo may be in many results

    def card(self, planned: PlannedPicture, outcome: Outcome | None) -> Card:
        state, told = _state(planned, outcome)
        name = printable(planned.out.name)
        result = None
        if state in ("done", "exists", "stopped"):
            alt = f"{name}: {printable(planned.content.name)}, repainted"
            result = Shown(name, alt, self._link(planned.out), _data(planned.out, RESULT_SIDE))
        sources = [self._source(each) for each in (planned.content, *planned.styles)]
        return Card(name, planned.line, state, told, result, sources, _facts(planned))

    def _read(self, picture: Input) -> Shown:
        name = printable(picture.name)
        alt = f"The {'photo' if picture.role == 'content' else 'painting'} {name}"
        link = self._link(picture.path) if picture.data is None else ""
        return Shown(name, alt, link, _data(picture.source, SOURCE_SIDE))

    def _link(self, path: Path) -> str:
        try:
            relative = os.path.relpath(path.absolute(), self._folder.absolute())
        except ValueError:  # on another drive
            return path.absolute().as_uri()
        return quote(os.fsencode(Path(relative).as_posix()))


def _state(planned: PlannedPicture, outcome: Outcome | None) -> tuple[str, str]:
    if outcome is None:
        return ("exists", "made before") if planned.exists else ("left", "not begun")
    if outcome.error is not None:
        return "failed", printable(outcome.error)
    seconds = duration(outcome.seconds or 0.0)
    if outcome.percent < 100:
        return "stopped", f"stopped at {outcome.percent:.0f} % after {seconds}"
    return "done", f"made in {seconds}"


def _data(source: Path | bytes, longest: int) -> str:
    """A small picture as a data URI."""
    try:
        data = thumbnails.webp(read.decode(source), longest)
    except ArtstyleError:
        return ""
    return f"data:image/webp;base64,{base64.b64encode(data).decode('ascii')}"


def _facts(planned: PlannedPicture) -> list[tuple[str, str]]:
    masks = {
        "Mask": [planned.mask] if planned.mask else [],
        "Masks of the paintings": planned.style_masks,
    }
    names = [
        (label, ", ".join(printable(each.name) for each in found))
        for label, found in masks.items()
        if found
    ]
    changes = [
        (described.label, settings.shown(name, value))
        for name, described in settings.SETTINGS.items()
        if (value := getattr(planned.settings, name)) != settings.default(name)
    ]
    return [*names, *changes]
