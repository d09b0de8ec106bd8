"""What a worker is given and what it reports, on this machine or another."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from artstyle.errors import ArtstyleError, MemoryShort, Unexpected
from artstyle.jobs.faults import environmental
from artstyle.jobs.job import Failure, JobState
from artstyle.pictures.messages import Length
from artstyle.roles import Role
from artstyle.settings import Settings


class WorkOrder(msgspec.Struct, frozen=True, kw_only=True):
    """All that a worker needs of a job."""

    id: str
    settings: Settings
    state: JobState
    content: bytes
    style: bytes
    further: dict[Role, bytes] = {}  # other paintings, and masks
    savepoint: bytes | None = None  # where an earlier run stopped
    history: bytes | None = None  # its losses, perhaps further than the savepoint
    expected: float | None = None  # the seconds that the whole run takes, by earlier ones
    begun: bool = False  # whether there is a start picture already
    length: Length | None = None  # of a clip, which is in the job's folder, not in ``content``

    def all_of(self, roles: Iterable[Role]) -> dict[Role, bytes]:
        """Those of the pictures that there are, in this order."""
        given: dict[Role, bytes] = {"content": self.content, "style": self.style, **self.further}
        return {role: given[role] for role in roles if role in given}


class Artifact(msgspec.Struct, frozen=True, tag=True):
    """A file of the job; it is written before later reports are passed on."""

    name: str  # ``savepoint``, ``history``, ``result``, or a picture of `JobFiles.picture`
    data: bytes


class Update(msgspec.Struct, frozen=True, tag=True):
    state: JobState
    saved: bool = False  # whether a restart would continue from this very step


class Outcome(StrEnum):
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    LOST = "lost"  # the machine or process is gone; another one can continue
    HELD = "held"  # the environment was in trouble; it continues later
    UNSENT = "unsent"  # the cluster was gone before a machine had the job


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The last report of a run."""

    outcome: Outcome
    failure: Failure | None = None
    details: str = ""  # for the log: a traceback, or what happened to the machine


Report = Artifact | Update | Ended
encode = msgspec.msgpack.encode
decode_order = msgspec.msgpack.Decoder(WorkOrder).decode
decode_report: Callable[[bytes], Report] = msgspec.msgpack.Decoder(Report).decode


def failed(id: str, error: Exception) -> Ended:
    """How an error ends a run; one that nobody expected keeps its traceback."""
    if isinstance(error, MemoryError):
        error = MemoryShort()
    if fault := environmental(error):
        error = fault
    if isinstance(error, ArtstyleError):
        failure, whole = Failure.of(error), str(error)
        told = str(failure.error()) == whole  # else it names a path, which only the log has
        return Ended(Outcome.FAILED, failure, "" if told else whole)
    trace = "".join(traceback.format_exception(error))
    return Ended(Outcome.FAILED, Failure.of(Unexpected(id[:8])), trace)
