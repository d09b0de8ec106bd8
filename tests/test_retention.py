from tests.jobs import a_job

from artstyle.jobs import Job, JobStatus
from artstyle.jobs.retention import DAY, expired

AGES = {"older": 9 * DAY, "old": 8 * DAY, "a": 3 * DAY, "b": 2 * DAY, "c": DAY, "new": DAY}


def ended(id: str, status: JobStatus = JobStatus.DONE) -> Job:
    return a_job(id, status=status, ended=1.0, created=0)


def names(jobs: list[Job], days: float, number: int) -> list[str]:
    return [job.id for job in expired(jobs, AGES, days, number)]


def test_what_is_older_than_the_limit_goes_however_it_ended() -> None:
    old, older = ended("old", JobStatus.FAILED), ended("older", JobStatus.CANCELLED)
    jobs = [ended("new"), old, older]
    assert names(jobs, days=7, number=10) == ["older", "old"]


def test_what_is_beyond_the_number_goes_the_oldest_first() -> None:
    jobs = [ended("c"), ended("a"), ended("b")]
    assert names(jobs, days=7, number=1) == ["a", "b"]
    assert names(jobs, days=7, number=3) == []


def test_unfinished_jobs_stay_however_old() -> None:
    jobs = [a_job("q", created=0), a_job("r", status=JobStatus.RUNNING, created=0)]
    assert names(jobs, days=1, number=0) == []


def test_jobs_of_the_same_age_go_in_the_order_of_their_ends_and_the_newest_last() -> None:
    jobs = [ended("just ended"), a_job("2", status=JobStatus.DONE, ended=2.0), ended("b")]
    assert names(jobs, days=7, number=0) == ["b", "just ended", "2"]
