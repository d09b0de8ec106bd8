"""Brings the database and the folders of the jobs together when the program starts.

The database may be older than the folders, or new and empty. Nothing that was accepted is deleted
unless the database itself marked it as removed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from artstyle.files import PART
from artstyle.jobs import record
from artstyle.jobs.files import JobFiles, disk_errors, is_folder, own_files
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.job import Job
from artstyle.jobs.record import Record
from artstyle.jobs.retention import sweep
from artstyle.jobs.table import JobTable, Row

logger = logging.getLogger(__name__)


async def recover(folder: DataFolder, table: JobTable) -> list[Row]:
    """Open the table and return all jobs by number; raises `DataError` or `DiskError`."""
    rows = await table.open()
    removed = await sweep(folder, table)  # those into whose folders others put something
    run = table.database.run  # not on the event loop
    with disk_errors():
        await run(lambda: _settle(folder, {row.id for row in rows}))
        changed = await run(lambda: [job for row in rows if (job := _newer(folder, row.job))])
        for job in changed:
            await table.write(job.request, job.state)
        unknown = set(await run(lambda: folder.ids(folder.jobs)))
        unknown -= {row.id for row in rows} | {*removed}
        found = await run(lambda: _read_back(folder, rows, unknown))
        await table.add(found)
        await run(lambda: _clean(folder, [*(row.job for row in rows if row.job), *found]))
    both = [*rows, *(Row(job.id, job.request.number, job) for job in found)]
    return sorted(both, key=lambda row: row.number)


def _settle(folder: DataFolder, known: set[str]) -> None:
    """Move accepted jobs to the others, and delete what was never accepted."""
    for id in folder.ids(folder.incoming):
        if id in known and not folder.job(id).folder.exists():
            folder.accept(id)
        else:
            folder.arriving(id).delete()


def _newer(folder: DataFolder, job: Job | None) -> Job | None:
    """An unfinished job if its folder knows more of it; the job then has that state.

    A database that was restored from a copy may have it as waiting, though it is done.
    """
    if job is None or job.status.ended:
        return None
    found = record.read(folder.job(job.id).record)
    if found is None or found.state == job.state:
        return None
    job.state = found.state
    return job


def _read_back(folder: DataFolder, rows: Iterable[Row], unknown: Iterable[str]) -> list[Job]:
    """The jobs that only their folders know; folders without a readable record are moved."""
    records, lost = [], 0
    for files in map(folder.job, unknown):
        if found := record.read(files.record):
            records.append(found)
        elif own_files(files.folder):
            _move(files, folder.lost)
            lost += 1
    if records:
        logger.warning("%d jobs that weren't in the database were read back", len(records))
    if lost:
        logger.warning("%d folders without a readable job.json were moved to %s", lost, folder.lost)
    return _numbered(records, {row.number for row in rows})


def _numbered(records: Iterable[Record], taken: set[int]) -> list[Job]:
    """Jobs with their old numbers, unless other jobs have these now."""
    jobs = []
    ordered = sorted(records, key=lambda each: (each.request.number, each.request.created))
    last = max([*taken, *(each.request.number for each in ordered)], default=0)
    for each in ordered:
        number = each.request.number
        if number in taken:
            number = last = last + 1
        taken.add(number)
        jobs.append(Job(request=replace(each.request, number=number), state=each.state))
    return jobs


def _move(files: JobFiles, lost: Path) -> None:
    target, count = lost / files.folder.name, 1
    while target.exists():
        count += 1
        target = lost / f"{files.folder.name}-{count}"
    files.folder.rename(target)


def _clean(folder: DataFolder, jobs: Iterable[Job]) -> None:
    """Delete files that aren't whole, and what ended jobs don't need; write missing records."""
    for place in (folder.path, folder.jobs):
        _delete_parts(place)
    for job in jobs:
        files = folder.job(job.id)
        if is_folder(files.folder):
            _delete_parts(files.folder)
            if job.status.ended:
                files.delete_unfinished()
            if not files.record.exists():
                record.write(files.record, job.request, job.state)


def _delete_parts(place: Path) -> None:
    for path in place.iterdir():
        if PART.fullmatch(path.name) and not is_folder(path):
            path.unlink(missing_ok=True)
