"""The showcase: what is planned, what is painted, what is left as it is."""

import asyncio
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from tests.configured import configured
from tests.jobs import PlayedEngine, until
from tests.lab_app import ROOT, lab
from tests.lab_app import config as config_of

from artstyle.errors import ArgumentError, DiskFull, MemoryShort, SettingsError
from artstyle.jobs import EventKind, JobQueue, JobStatus, Limits
from artstyle.lab import showcase
from artstyle.lab.app import make_app
from artstyle.lab.config import QUEUE
from artstyle.lab.examples import example_keys
from artstyle.lab.showcase import Entry, plan
from artstyle.settings import preset

PAIRS = [
    ("img/content/rocket.jpg", "img/style/cubist.webp"),
    ("img/content/coffee.jpg", "img/style/impasto.webp"),
]


def entries(*presets: str, **changes: int) -> list[Entry]:
    return plan(PAIRS, presets or ("preview",), ROOT.joinpath, {}, changes)


async def filled(queue: JobQueue, number: int) -> None:
    """Wait until so many jobs were submitted."""
    while len(queue.all()) < number:
        await queue.signal.next().wait()


def test_the_quick_ones_come_first() -> None:
    planned = entries("preview", "standard")
    names = " ".join(f"{entry.content.stem}-{entry.preset}" for entry in planned)
    assert names == "rocket-preview coffee-preview rocket-standard coffee-standard"


def test_options_override_presets_and_equal_entries_are_listed_once() -> None:
    planned = entries("preview", "standard", levels=1, iterations=7)
    assert [e.settings for e in planned] == [preset("preview", levels=1, iterations=7)] * 2


def test_presets_override_the_usual_settings() -> None:
    usual = {"levels": 3, "seed": 5}
    planned = plan(PAIRS, ["preview"], ROOT.joinpath, usual, {"iterations": 7})
    assert planned[0].settings == preset("preview", seed=5, iterations=7)


def test_mistakes_in_the_configuration_are_told() -> None:
    with pytest.raises(ArgumentError, match=r"PRESETS holds .* choose from preview"):
        plan(PAIRS, ["huge"], ROOT.joinpath, {}, {})
    with pytest.raises(SettingsError, match="levels must be from 1 to 6"):
        plan(PAIRS, ["preview"], ROOT.joinpath, {}, {"levels": 9})


def test_the_configured_showcase_can_be_planned() -> None:
    config = configured()
    planned = plan(config.pairs, config.presets, config.path, {}, {})
    assert len(planned) == len(config.pairs) * len(config.presets)
    for entry in planned:
        assert entry.request().content_name == entry.content.stem


async def test_what_is_done_is_shown_and_not_made_again(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with lab(tmp_path, engine, showcase=entries()) as it:
        await filled(it.queue, 2)
        first, second = it.queue.all()
        assert (first.owner, first.request.content.name) == ("table", "rocket")  # as in 0.1
        await it.done(first)
    engine = PlayedEngine()
    more = [*entries(), *entries(iterations=9)]
    async with lab(tmp_path, engine, showcase=more) as it:
        await filled(it.queue, 4)
        assert [job.id for job in it.queue.all()[:2]] == [first.id, second.id]
        assert it.queue.all()[0].status is JobStatus.DONE
        assert [run.job.id for run in engine.runs] == [second.id]


async def test_fresh_makes_all_again_in_place_of_what_was_there(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with lab(tmp_path, engine, showcase=entries()) as it:
        await filled(it.queue, 2)
        old = [job.id for job in it.queue.all()]
        await it.done(it.queue.all()[0])
        visitors = await it.job()
    async with lab(tmp_path, showcase=entries(), fresh=True) as it:
        while len(it.queue.all()) != 3 or {job.id for job in it.queue.all()} & set(old):
            await it.queue.signal.next().wait()
        assert visitors.id in {job.id for job in it.queue.all()}


async def test_while_the_queue_is_paused_the_showcase_waits(tmp_path: Path) -> None:
    app = make_app(config_of(tmp_path, PlayedEngine()))
    async with TestClient(TestServer(app)):
        queue = app[QUEUE]
        queue.pause.begin(DiskFull())
        filling = asyncio.create_task(showcase.fill(queue, entries(), fresh=False))
        done, _ = await asyncio.wait({filling}, timeout=0.2)
        assert not done and queue.all() == []
        queue.pause._end()
        await filling
        assert len(queue.all()) == 2


async def test_what_failed_is_tried_again_at_the_next_start(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with lab(tmp_path, engine, showcase=entries()[:1]) as it:
        await filled(it.queue, 1)
        (job,) = it.queue.all()
        engine.runs[0].fail(MemoryShort())
        await until(job, EventKind.FAILED)
    async with lab(tmp_path, showcase=entries()[:1]) as it:
        while [each.status for each in it.queue.all()] != [JobStatus.RUNNING]:
            await it.queue.signal.next().wait()
        assert it.queue.all()[0].id != job.id


async def test_a_picture_that_is_missing_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    painting = ROOT / "img/style/impasto.webp"
    bad = Entry(tmp_path / "gone.jpg", painting, "preview", preset("preview"))
    async with lab(tmp_path, showcase=[bad, *entries()]) as it:
        await filled(it.queue, 2)
    assert "leaves out gone.jpg in the manner of impasto.webp" in caplog.text


async def test_a_showcase_longer_than_the_queue_is_cut_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with lab(tmp_path, limits=Limits(1, 1, 30, 10)) as it:
        await showcase.fill(it.queue, entries(), fresh=False)
        assert len(it.queue.all()) == 1
    assert "leaves out coffee.jpg in the manner of impasto.webp: the queue is full" in caplog.text


async def test_the_table_of_config_comes_finished(tmp_path: Path) -> None:
    usual = configured()
    planned = plan(usual.pairs, usual.presets, usual.path, {}, {})
    assert {entry.request().key() for entry in planned} == example_keys()
    app = make_app(config_of(tmp_path, PlayedEngine()))
    async with TestClient(TestServer(app)):
        await showcase.fill(app[QUEUE], planned, fresh=False)
        assert app[QUEUE].all() == []
        await showcase.fill(app[QUEUE], planned[:1], fresh=True)
        (job,) = app[QUEUE].all()
        assert job.request.idle
