"""The showcase: the configured pictures that the lab paints while nobody else's job waits.

Those that come with the lab (`artstyle.lab.examples`) aren't painted again.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artstyle import defaults, settings
from artstyle.errors import ArgumentError, ArtstyleError, DiskError
from artstyle.jobs import Job, JobQueue, JobStatus, Submission
from artstyle.lab.examples import example_keys
from artstyle.pictures import read
from artstyle.settings import Settings

logger = logging.getLogger(__name__)

OWNER = "table"  # as data folders of version 0.1 have it


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of the showcase."""

    content: Path
    style: Path
    preset: str
    settings: Settings

    def request(self) -> Submission:
        """Read the files; raises `PictureError`."""
        for path in (self.content, self.style):
            read.check(path)
        return Submission(
            owner=OWNER,
            content=self.content.read_bytes(),
            style=self.style.read_bytes(),
            settings=self.settings,
            preset=self.preset,
            content_name=self.content.stem,
            style_name=self.style.stem,
            trusted=True,
            idle=True,
        )


def plan(
    pairs: Sequence[tuple[str, str]],
    presets: Sequence[str],
    find: Callable[[str], Path],
    usual: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> list[Entry]:
    """All pairs in all presets, preset by preset, so that the quick ones come first.

    ``changes`` override the presets, and these the ``usual`` settings; entries that become equal
    are listed once. ``find`` gives the path of a picture. Raises `ArgumentError` for a preset that
    there isn't, `SettingsError` for the changes.
    """
    entries: dict[tuple[Path, Path, Settings], Entry] = {}
    for name in presets:
        if name not in settings.PRESETS:
            known = ", ".join(settings.PRESETS)
            raise ArgumentError(f'PRESETS holds "{name}": choose from {known}')
        options = defaults.combine(defaults.fitting(usual, 1), name, changes)
        for pair in pairs:
            content, style = map(find, pair)
            entries.setdefault((content, style, options), Entry(content, style, name, options))
    return list(entries.values())


async def fill(queue: JobQueue, entries: Sequence[Entry], *, fresh: bool) -> None:
    """Submit the entries that have neither an example nor a job yet.

    With ``fresh`` all are, and replace older jobs.
    """
    for entry in entries:
        try:
            await _add(queue, entry, fresh)
        except ArtstyleError as error:
            names = entry.content.name, entry.style.name
            logger.warning("the showcase leaves out %s in the manner of %s: %s", *names, error)


async def _add(queue: JobQueue, entry: Entry, fresh: bool) -> None:
    request = await asyncio.to_thread(entry.request)
    key = await asyncio.to_thread(request.key)
    before = [job for job in queue.all() if is_showcase(job) and job.request.key == key]
    made = key in await asyncio.to_thread(example_keys)
    if not fresh and (made or any(job.status is not JobStatus.FAILED for job in before)):
        return
    await _submit(queue, request)
    for job in before:
        await queue.remove(job)


async def _submit(queue: JobQueue, request: Submission) -> None:
    """Submit an entry, when there is room on the disk for it."""
    while True:
        await queue.pause.over()
        try:
            await queue.submit(request)
            return
        except DiskError as error:
            queue.pause.begin(error)


def is_showcase(job: Job) -> bool:
    return job.owner == OWNER
