"""Which albums are accepted before anything of them is downloaded."""

from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from tests.jobs import a_job

from artstyle.bot.admission import Admission
from artstyle.errors import OwnerFull, QueueFull
from artstyle.jobs import Job, JobStatus

ANN, BOB = 7, 8


def admission(*jobs: Job, unfinished: int = 9, per_owner: int = 2) -> Admission:
    limits = SimpleNamespace(unfinished=unfinished, per_owner=per_owner)
    queue: Any = SimpleNamespace(limits=limits, all=lambda: list(jobs))
    return Admission(queue)


def test_jobs_and_albums_that_are_still_coming_count_together() -> None:
    it = admission(a_job(owner="tg:7"), a_job(owner="tg:7", status=JobStatus.DONE))
    with it.admitted(ANN):
        with pytest.raises(OwnerFull), it.admitted(ANN):
            pass
        with it.admitted(BOB), it.admitted(BOB):
            pass
    with it.admitted(ANN):  # the one before ended without a job
        pass


def test_what_ends_with_an_error_is_no_longer_counted() -> None:
    it = admission()
    for _ in range(3):
        with pytest.raises(KeyError), it.admitted(ANN):
            raise KeyError


def test_the_queues_own_limit_counts_everybodys() -> None:
    it = admission(a_job(owner="lab"), unfinished=3)
    with ExitStack() as others:
        for user in (ANN, BOB):
            others.enter_context(it.admitted(user))
        with pytest.raises(QueueFull), it.admitted(9):
            pass


def test_refusals_say_the_limit() -> None:
    with pytest.raises(OwnerFull, match="0 pictures"), admission(per_owner=0).admitted(ANN):
        pass
