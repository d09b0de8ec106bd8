"""How long a run will take, by the finished ones."""

from dataclasses import replace
from typing import Any

import pytest
from tests.jobs import a_job

from artstyle.jobs.costs import NEWEST, Costs
from artstyle.jobs.job import Job, JobState, JobStatus, Source
from artstyle.jobs.workers import Workers
from artstyle.progress import LossParts, Step, work
from artstyle.settings import Settings
from artstyle.style.pyramid import Size, stages

PHOTO: Size = (400, 600)


def finished(settings: Settings, seconds: float, size: Size = PHOTO) -> Job:
    job = a_job("id", settings=settings)
    job.request = replace(job.request, content=Source("photo", size))
    used = settings.resolved("cpu")
    step = Step(
        percent=100,
        iteration=1,
        iterations=1,
        stage=1,
        stages=1,
        sizes=(size,),
        size=size,
        levels=(LossParts(0, 0, 0),),
        seconds=seconds,
        seconds_left=0,
    )
    job.state = JobState(status=JobStatus.DONE, used=used, step=step)
    return job


def learned(*jobs: Job) -> Costs:
    workers = Workers()
    workers.set({"cpu": 1})
    costs = Costs(workers)
    costs.load(jobs)
    return costs


def test_nothing_is_known_at_first() -> None:
    assert learned().expected_seconds(Settings(), PHOTO) is None


def test_the_same_again_takes_as_long() -> None:
    costs = learned(finished(Settings(seed=3), 31.0))
    assert costs.expected_seconds(Settings(seed=4, colors="photo"), PHOTO) == pytest.approx(31)


def test_another_size_takes_longer_by_its_work() -> None:
    costs = learned(finished(Settings(), 31.0))
    large = Settings(levels=3)
    plans = [stages(PHOTO, each.resolved("cpu")) for each in (large, Settings())]
    ratio = work(plans[0]) / work(plans[1])
    assert ratio > 2
    assert costs.expected_seconds(large, PHOTO) == pytest.approx(31 * ratio)


def test_the_size_next_to_it_counts() -> None:
    costs = learned(finished(Settings(levels=1), 15.0), finished(Settings(levels=4), 800.0))
    small = costs.expected_seconds(Settings(levels=1), (400, 640))
    assert small == pytest.approx(15 * 640 / 600, rel=0.1)


def test_the_median_of_the_newest_counts() -> None:
    slow = [finished(Settings(), 1000.0) for _ in range(9)]
    newest = [finished(Settings(), seconds) for seconds in (30.0, 31.0, 32.0, 33.0, 500.0)]
    assert len(newest) == NEWEST
    assert learned(*slow, *newest).expected_seconds(Settings(), PHOTO) == pytest.approx(32)


@pytest.mark.parametrize(
    "other",
    [
        *({"network": "vgg16"}, {"device": "cuda"}, {"precision": "fp32"}, {"schedule": "joint"}),
        *({"content_loss": "features"}, {"style_loss": "gram"}, {"optimizer": "adam"}),
    ],
)
def test_other_hardware_networks_and_losses_say_nothing(other: dict[str, Any]) -> None:
    assert learned(finished(Settings(**other), 31.0)).expected_seconds(Settings(), PHOTO) is None


def test_only_finished_runs_are_learned_from() -> None:
    job = finished(Settings(), 31.0)
    job.state = replace(job.state, status=JobStatus.CANCELLED)
    assert learned(job).expected_seconds(Settings(), PHOTO) is None


def test_what_is_observed_replaces_an_earlier_answer() -> None:
    costs, job = learned(), finished(Settings(), 31.0)
    assert costs.expected_seconds(Settings(), PHOTO) is None
    costs.observe(job, JobState())
    assert costs.expected_seconds(Settings(), PHOTO) == pytest.approx(31)
