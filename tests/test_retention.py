from tests.jobs import a_job

from artstyle.jobs import Job, JobStatus
from artstyle.jobs.retention import DAY, expired

NOW = 1000 * DAY


def ended(id: str, days_ago: float, status: JobStatus = JobStatus.DONE) -> Job:
    return a_job(id, status=status, ended=NOW - days_ago * DAY, created=0)


def names(jobs: list[Job], days: float, number: int) -> list[str]:
    return [job.id for job in expired(jobs, NOW, days, number)]


def test_what_is_older_than_the_limit_goes_however_it_ended() -> None:
    old, older = ended("old", 8, JobStatus.FAILED), ended("older", 9, JobStatus.CANCELLED)
    jobs = [ended("new", 1), old, older]
    assert names(jobs, days=7, number=10) == ["older", "old"]


def test_what_is_beyond_the_number_goes_the_oldest_first() -> None:
    jobs = [ended("c", 1), ended("a", 3), ended("b", 2)]
    assert names(jobs, days=7, number=1) == ["a", "b"]
    assert names(jobs, days=7, number=3) == []


def test_unfinished_jobs_stay_however_old() -> None:
    jobs = [a_job("q", created=0), a_job("r", status=JobStatus.RUNNING, created=0)]
    assert names(jobs, days=1, number=0) == []
