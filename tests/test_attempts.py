"""A job whose run takes the whole program down is given up, and no other."""

from pathlib import Path

import pytest
from tests.jobs import a_job

from artstyle.jobs import attempts
from artstyle.jobs.attempts import MOST_DEATHS, MOST_KILLS, Attempts
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.table import JobTable


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "WORK_SECONDS", 0.0)


class Lives:
    """Lives of a program, which end when and how a test says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._statistics = folder, folder / "vmstat"
        self._killed = 7
        monkeypatch.setattr(attempts, "STATISTICS", self._statistics)
        self._write()

    def _write(self) -> None:
        self._statistics.write_text(f"pgfault 12\noom_kill {self._killed}\n")

    async def live(self, *, end: str, saves: bool = False) -> dict[str, int]:
        """Start, work on the job, and end; returns which jobs are hopeless at this start."""
        table = JobTable(DataFolder(self._folder))
        if not await table.open():
            await table.write(a_job().request, a_job().state)
        it = Attempts(table.database)
        await it.load()
        hopeless = await it.hopeless()
        await it.work("a")
        if saves:
            await it.saved("a")
        if end == "stop":
            await it.stopped("a")
        self._killed += end == "memory"
        self._write()
        await table.close()
        return hopeless


@pytest.fixture
def lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lives:
    return Lives(tmp_path, monkeypatch)


async def test_the_third_kill_for_lack_of_memory_is_the_last(lives: Lives) -> None:
    for _ in range(MOST_KILLS):
        assert await lives.live(end="memory") == {}
    assert await lives.live(end="stop") == {"a": MOST_KILLS}


async def test_other_deaths_count_less(lives: Lives) -> None:
    for _ in range(MOST_DEATHS):
        assert await lives.live(end="kill") == {}
    assert await lives.live(end="stop") == {"a": MOST_DEATHS}


async def test_a_savepoint_sets_the_count_back(lives: Lives) -> None:
    for _ in range(MOST_KILLS - 1):
        await lives.live(end="memory")
    await lives.live(end="memory", saves=True)
    for _ in range(MOST_KILLS):
        assert await lives.live(end="memory") == {}
    assert "a" in await lives.live(end="stop")


async def test_a_stop_in_order_doesnt_count(lives: Lives) -> None:
    for _ in range(2 * MOST_DEATHS):
        assert await lives.live(end="stop") == {}


async def test_a_system_that_counts_nothing_is_no_evidence(
    lives: Lives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "STATISTICS", tmp_path / "nothing")
    assert attempts.memory_kills() == 0
    for _ in range(MOST_KILLS + 1):
        assert await lives.live(end="memory") == {}
