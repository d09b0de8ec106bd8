from tests.jobs import a_job

from artstyle.jobs.job import Job
from artstyle.jobs.turns import Turns


def waiting(*names: str) -> tuple[Turns, list[Job]]:
    """Fill the turns with jobs named after owner and number: a1, a2, b1 …"""
    turns = Turns()
    jobs = [a_job(name, owner=name[0]) for name in names]
    for job in jobs:
        turns.add(job)
    return turns, jobs


def drain(turns: Turns) -> list[str]:
    names = []
    while turns.peek():
        names.append(turns.pop().id)
    return names


def test_one_owner_is_served_in_the_order_of_submission() -> None:
    assert drain(waiting("a1", "a2", "a3")[0]) == ["a1", "a2", "a3"]


def test_owners_take_turns() -> None:
    turns, _ = waiting("a1", "a2", "a3", "b1", "c1", "c2")
    assert drain(turns) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_fifty_jobs_of_one_dont_hold_up_anothers_first() -> None:
    turns, _ = waiting(*(f"a{number}" for number in range(50)))
    turns.pop()
    turns.add(late := a_job("b1", owner="b"))
    turns.pop()
    assert turns.pop() is late


def test_the_order_told_is_the_order_that_comes() -> None:
    turns, _ = waiting("a1", "a2", "b1", "a3", "c1", "b2")
    turns.pop()
    told = [job.id for job in turns.order()]
    assert told == drain(turns)


def test_whoever_leaves_is_passed_over() -> None:
    turns, jobs = waiting("a1", "b1", "b2", "c1")
    turns.discard(jobs[1])
    turns.discard(jobs[3])
    turns.discard(jobs[3])
    assert drain(turns) == ["a1", "b2"]
    assert turns.peek() is None and turns.order() == []


def test_what_had_its_turn_and_is_put_back_comes_first() -> None:
    turns, jobs = waiting("a1", "a2", "b1", "c1")
    turns.pop()
    turns.put_back(jobs[0])
    assert drain(turns) == ["a1", "b1", "c1", "a2"]


def test_the_only_one_can_be_put_back() -> None:
    turns, (job,) = waiting("a1")
    turns.pop()
    turns.put_back(job)
    assert drain(turns) == ["a1"]
