import pytest
from tests.jobs import a_job

from artstyle.jobs import Job
from artstyle.jobs.fair_queue import FairQueue


def waiting(*names: str) -> tuple[FairQueue, list[Job]]:
    """Queue jobs named after owner and number: a1, a2, b1 …"""
    queue = FairQueue()
    jobs = [a_job(name, owner=name[0]) for name in names]
    for job in jobs:
        queue.add(job)
    return queue, jobs


def drain(queue: FairQueue) -> list[str]:
    names = []
    while queue.peek():
        names.append(queue.pop().id)
    return names


def test_owners_take_turns() -> None:
    queue, _ = waiting("a1", "a2", "a3", "b1", "c1", "c2")
    assert drain(queue) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_fifty_jobs_of_one_dont_hold_up_anothers_first() -> None:
    queue, _ = waiting(*(f"a{number}" for number in range(50)))
    queue.pop()
    queue.add(late := a_job("b1", owner="b"))
    queue.pop()
    assert queue.pop() is late


def test_the_order_told_is_the_order_that_comes() -> None:
    queue, _ = waiting("a1", "a2", "b1", "a3", "c1", "b2")
    queue.pop()
    told = [job.id for job in queue.order()]
    assert told == drain(queue)


def test_a_discarded_job_is_skipped() -> None:
    queue, jobs = waiting("a1", "b1", "b2", "c1")
    queue.discard(jobs[1])
    queue.discard(jobs[3])
    queue.discard(jobs[3])
    assert drain(queue) == ["a1", "b2"]
    assert queue.peek() is None and queue.order() == []


@pytest.mark.parametrize("others", [[], ["b1", "c1", "a2"]])
def test_a_job_that_is_put_back_comes_first(others: list[str]) -> None:
    queue, jobs = waiting("a1", *others)
    queue.pop()
    queue.put_back(jobs[0])
    assert drain(queue) == ["a1", *others]


def test_jobs_for_idle_times_come_after_everybodys() -> None:
    queue = FairQueue()
    idle = [a_job(name, owner="table", idle=True) for name in ("t1", "t2")]
    for job in (*idle, a_job("a1", owner="a"), a_job("a2", owner="a")):
        queue.add(job)
    assert [job.id for job in queue.order()] == ["a1", "a2", "t1", "t2"]
    queue.discard(idle[1])
    assert drain(queue) == ["a1", "a2", "t1"]


def test_what_gave_way_is_the_first_of_the_idle_ones_again() -> None:
    queue = FairQueue()
    queue.add(a_job("t2", owner="table", idle=True))
    queue.add(a_job("a1", owner="a"))
    queue.put_back(a_job("t1", owner="table", idle=True))
    assert drain(queue) == ["a1", "t1", "t2"]
