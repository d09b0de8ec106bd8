"""The job queue that every front end submits to. Importing it doesn't import torch."""

from artstyle.jobs.engine import Engine, ThreadEngine, opened
from artstyle.jobs.engine_choice import EngineChoice
from artstyle.jobs.job import (
    EventKind,
    Failure,
    Job,
    JobEvent,
    JobRequest,
    JobState,
    JobStatus,
    Phase,
    Source,
)
from artstyle.jobs.limits import Limits
from artstyle.jobs.queue import JobQueue
from artstyle.jobs.rebuild import set_aside
from artstyle.jobs.submission import Submission

__all__ = [
    "Engine",
    "EngineChoice",
    "EventKind",
    "Failure",
    "Job",
    "JobEvent",
    "JobQueue",
    "JobRequest",
    "JobState",
    "JobStatus",
    "Limits",
    "Phase",
    "Source",
    "Submission",
    "ThreadEngine",
    "opened",
    "set_aside",
]
