"""The job queue: what every front end submits to. Importing it doesn't import torch."""

from artstyle.jobs.engine import Engine, ThreadEngine
from artstyle.jobs.engines import EngineChoice, opened
from artstyle.jobs.events import Advanced, Cancelled, Done, Failed, Milestone, Queued, Suspended
from artstyle.jobs.intake import Limits
from artstyle.jobs.job import Job, Source, State
from artstyle.jobs.queue import JobQueue
from artstyle.jobs.request import Request

__all__ = [
    "Advanced",
    "Cancelled",
    "Done",
    "Engine",
    "EngineChoice",
    "Failed",
    "Job",
    "JobQueue",
    "Limits",
    "Milestone",
    "Queued",
    "Request",
    "Source",
    "State",
    "Suspended",
    "ThreadEngine",
    "opened",
]
