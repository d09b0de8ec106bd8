"""The job queue that every front end submits to. Importing it doesn't import torch."""

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

__all__ = [
    "EventKind",
    "Failure",
    "Job",
    "JobEvent",
    "JobRequest",
    "JobState",
    "JobStatus",
    "Phase",
    "Source",
]
