"""What users are still to receive, kept on disk."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from artstyle.bot.delivery import Deliveries, Delivery, Sending
from artstyle.errors import DataError

FILE = "bot.sqlite"
NAME = "b'; DROP TABLE deliveries"
FULL = Delivery(
    job=NAME,
    chat=-1001234567890123,
    thread=3,
    reply_to=5,
    user=2**52,
    language="ru-RU",
    status=6,
    milestone=60,
    shown=8,
    photo=Sending.SENT,
    file=Sending.NOT_ALLOWED,
    finished=True,
)
BARE = Delivery(job="a", chat=7, user=7, language="en")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Deliveries, list[Delivery]]]:
    deliveries = Deliveries(folder)
    try:
        await deliveries.open()
        yield deliveries, list(deliveries.known.values())
    finally:
        await deliveries.close()


async def reopened(folder: Path) -> list[Delivery]:
    async with opened(folder) as (_, found):
        return found


async def test_deliveries_come_back_as_they_were_saved_in_their_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as (deliveries, found):
        assert found == []
        await deliveries.save(FULL)
        await deliveries.save(BARE)
    back = await reopened(tmp_path)
    assert back == [FULL, BARE]
    assert await reopened(tmp_path) == back  # reading changes nothing


async def test_saving_again_replaces(tmp_path: Path) -> None:
    async with opened(tmp_path) as (deliveries, _):
        for milestone in (20, 40):
            await deliveries.save(replace(BARE, milestone=milestone))
    assert await reopened(tmp_path) == [replace(BARE, milestone=40)]


async def test_deleting_forgets_one_and_is_no_trouble_twice(tmp_path: Path) -> None:
    async with opened(tmp_path) as (deliveries, _):
        await deliveries.save(FULL)
        await deliveries.save(BARE)
        await deliveries.delete(FULL)
        await deliveries.delete(FULL)
    assert await reopened(tmp_path) == [BARE]


async def test_what_was_written_is_there_without_an_orderly_end(tmp_path: Path) -> None:
    deliveries = Deliveries(tmp_path)
    await deliveries.open()
    await deliveries.save(FULL)
    await deliveries.inbox.keep(7, 1, "message")
    with sqlite3.connect(tmp_path / FILE) as other:  # as the next process would see it
        assert other.execute("SELECT job FROM deliveries").fetchall() == [(FULL.job,)]
        assert other.execute("SELECT document FROM inbox").fetchall() == [("message",)]
    await deliveries.close()


async def test_what_cant_be_written_is_told_in_the_log_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as (deliveries, _):
        with sqlite3.connect(tmp_path / FILE) as other:
            other.execute("DROP TABLE deliveries")
        await deliveries.save(BARE)
        await deliveries.delete(BARE)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2 and all("can't be saved" in line for line in told)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"holiday pictures" * 100)
    with pytest.raises(DataError, match=r"bot\.sqlite can't be read .*: move it away"):
        await reopened(tmp_path)


async def test_a_folder_that_isnt_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="can't be read"):
        await reopened(tmp_path / "missing")


@pytest.mark.parametrize("column", ["job", "language"])
async def test_a_row_that_cant_be_read_is_dropped_and_the_others_stay(
    tmp_path: Path, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as (deliveries, _):
        await deliveries.save(FULL)
        await deliveries.save(BARE)
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute(
            f"UPDATE deliveries SET {column} = CAST(x'ff28' AS TEXT) WHERE job = ?", (FULL.job,)
        )
    assert await reopened(tmp_path) == [BARE]
    assert [record.getMessage() for record in caplog.records] == [
        "delivery 1 can't be read: it is dropped"
    ]
    assert await reopened(tmp_path) == [BARE]
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("version", "words"),
    [(99, "written by a newer version"), (4, r"bot\.sqlite can't be read .*: move it away")],
)
async def test_a_file_of_a_newer_program_or_without_tables_is_refused(
    tmp_path: Path, version: int, words: str
) -> None:
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(DataError, match=words):
        await reopened(tmp_path)
