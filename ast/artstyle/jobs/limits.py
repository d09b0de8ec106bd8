"""How much the queue takes and keeps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    unfinished: int  # jobs waiting or running, in all
    per_owner: int  # of these, from one owner
    keep_days: float  # days that an ended job is kept
    keep_jobs: int  # ended jobs that are kept at most
