"""Titles and stars of jobs, which survive restarts and rebuilds."""

from pathlib import Path

import pytest
from tests.jobs import PlayedEngine, disk_full, queue, submission

from artstyle.errors import DiskFull, TitleTooLong
from artstyle.jobs import marker, set_aside
from artstyle.jobs.marks import LONGEST_TITLE, Marks, title


def test_a_title_is_kept_on_one_line() -> None:
    assert title("  Lion ×\n\tStarry  night\x00 ") == "Lion × Starry night"
    assert title(" \n ") is None and title("") is None
    assert title("é" * LONGEST_TITLE) == "é" * LONGEST_TITLE
    with pytest.raises(TitleTooLong, match="longer than 120 characters"):
        title("a" * (LONGEST_TITLE + 1))


@pytest.mark.parametrize("text", ["", "{", '{"title": 7}', '{"starred": "yes"}', "[]"])
def test_unreadable_marks_are_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "marks.json"
    assert marker.read(path) == Marks()
    path.write_text(text)
    assert marker.read(path) == Marks()


async def test_marks_are_there_after_a_restart_and_a_rebuild(tmp_path: Path) -> None:
    async with queue(tmp_path, PlayedEngine()) as it:
        job = await it.submit(submission(title="Lion × Starry night"))
        other = await it.submit(submission())
        assert (job.title, other.title, other.starred) == ("Lion × Starry night", None, False)
        await it.marks.change(other, starred=True, title="Mine")
    async with queue(tmp_path, PlayedEngine()) as it:
        one, two = it.all()
        assert (one.title, two.title, two.starred) == ("Lion × Starry night", "Mine", True)
        await it.marks.change(one, title=None)
    set_aside(tmp_path / "data")
    async with queue(tmp_path, PlayedEngine()) as it:
        one, two = it.all()
        assert (one.title, two.title, two.starred) == (None, "Mine", True)
        await it.remove(two)
        assert not it.files(two).folder.exists()


async def test_a_change_wakes_the_listeners_once(tmp_path: Path) -> None:
    async with queue(tmp_path, PlayedEngine()) as it:
        job = await it.submit(submission())
        before = job.version
        await it.marks.change(job, starred=True)
        after = job.version
        await it.marks.change(job, starred=True)
        assert job.version == after > before


async def test_on_a_full_disk_the_marks_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with queue(tmp_path, PlayedEngine()) as it:
        job = await it.submit(submission())
        monkeypatch.setattr(marker, "atomic_write", disk_full)
        with pytest.raises(DiskFull):
            await it.marks.change(job, starred=True)
        assert not job.starred
