"""The table of configured pictures that the lab makes at its start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artstyle.errors import ArtstyleError, SettingsError
from artstyle.jobs import Job, JobQueue, Request, State
from artstyle.pictures import read
from artstyle.settings import Settings, preset

logger = logging.getLogger(__name__)

OWNER = "table"


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of the table."""

    content: Path
    style: Path
    preset: str
    settings: Settings

    def request(self) -> Request:
        """Read the files; raises `PictureError` where one isn't a picture."""
        for path in (self.content, self.style):
            read.check(path)
        return Request(
            owner=OWNER,
            content=self.content.read_bytes(),
            style=self.style.read_bytes(),
            settings=self.settings,
            preset=self.preset,
            content_name=self.content.stem,
            style_name=self.style.stem,
            trusted=True,
        )


def plan(
    pairs: Sequence[tuple[str, str]], presets: Sequence[str], root: Path, **changes: int | None
) -> list[Entry]:
    """List all pairs in all presets, preset by preset, so that the quick ones come first.

    Changes (levels, iterations) go before the presets; what they make the same is there once.
    Raises `SettingsError` for an unknown preset or a value out of range.
    """
    said = {name: value for name, value in changes.items() if value is not None}
    entries: dict[tuple[Path, Path, Settings], Entry] = {}
    for name in presets:
        settings = preset(name, **said)
        for pair in pairs:
            if len(pair) != 2:
                raise SettingsError(f"PAIRS in config.py holds {pair!r}: write (photo, painting)")
            content, style = (root / path for path in pair)
            entries.setdefault((content, style, settings), Entry(content, style, name, settings))
    return list(entries.values())


async def fill(queue: JobQueue, entries: Sequence[Entry], *, fresh: bool) -> None:
    """Submit what isn't there yet; with ``fresh`` everything, in place of what is there."""
    for entry in entries:
        try:
            request = await asyncio.to_thread(entry.request)
            key = await asyncio.to_thread(request.key)
            before = [job for job in queue.all() if (job.owner, job.key) == (OWNER, key)]
            if not fresh and any(job.state is not State.FAILED for job in before):
                continue
            await queue.submit(request)
            for job in before:
                await queue.remove(job)
        except ArtstyleError as error:
            logger.warning(
                "the table's %s in the manner of %s is left out: %s",
                entry.content.name,
                entry.style.name,
                error,
            )


def is_of_table(job: Job) -> bool:
    """Tell the table's jobs from those of visitors."""
    return job.owner == OWNER
