"""What people add to a job: a title of their own, a star."""

from __future__ import annotations

from dataclasses import dataclass

from artstyle.errors import TitleTooLong

LONGEST_TITLE = 120  # characters


@dataclass(frozen=True, slots=True)
class Marks:
    title: str | None = None  # a user's own words; None for what the job is called by default
    starred: bool = False


NO_MARKS = Marks()


def title(text: str) -> str | None:
    """A title as it is kept: on one line; None if nothing is left. Raises `TitleTooLong`."""
    words = "".join(c if c.isprintable() else " " for c in text).split()
    if len(line := " ".join(words)) > LONGEST_TITLE:
        raise TitleTooLong(LONGEST_TITLE)
    return line or None
