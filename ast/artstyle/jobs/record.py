"""A job as the file job.json in its folder, from which a database can be rebuilt."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import msgspec

from artstyle import aliases
from artstyle.errors import SettingsError
from artstyle.files import atomic_write
from artstyle.jobs.faults import environmental
from artstyle.jobs.job import JobRequest, JobState

logger = logging.getLogger(__name__)

VERSION = 1


class Record(msgspec.Struct, frozen=True):
    version: int
    request: JobRequest
    state: JobState


def write(path: Path, request: JobRequest, state: JobState) -> None:
    """Write a record; only a fault of the environment matters and raises `OSError`."""
    data = msgspec.json.encode(Record(VERSION, request, state))
    try:
        atomic_write(path, data, durable=state.status.ended)
    except OSError as error:
        if environmental(error):
            raise
        logger.info("%s can't be written: %s", path, error.strerror)


def read(path: Path) -> Record | None:
    """Read a record; None if there is none, or none that this version understands."""
    try:
        record = msgspec.convert(_renamed(msgspec.json.decode(path.read_bytes())), Record)
    except (OSError, msgspec.MsgspecError, SettingsError):
        return None
    known = record.version == VERSION and record.request.id == path.parent.name
    return record if known else None


def _renamed(record: Any) -> Any:
    """A record with the settings' earlier names under today's; raises `SettingsError`."""
    match record:
        case {"request": {"settings": dict(asked)}, "state": dict(state)}:
            record["request"]["settings"] = aliases.renamed(asked)
            if isinstance(used := state.get("used"), dict):
                state["used"] = aliases.renamed(used)
    return record
