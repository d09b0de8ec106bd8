"""The inbox: messages that weren't handled yet, and how often it was tried."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot
from tests.jobs import PAINTING, PHOTO
from tests.telegram_people import Photo
from tests.telegram_world import albums

from artstyle.bot.database import FILE, BotDatabase
from artstyle.bot.inbox import Inbox
from artstyle.errors import GivenUp, PictureEmpty

BOT = Bot("1:a")
VERSION_1 = """
CREATE TABLE deliveries (
    job TEXT PRIMARY KEY, chat INTEGER NOT NULL, user INTEGER NOT NULL, reply_to INTEGER,
    status INTEGER, language TEXT NOT NULL, milestone INTEGER NOT NULL,
    photo INTEGER NOT NULL, file INTEGER NOT NULL, finished INTEGER NOT NULL
) STRICT;
CREATE TABLE inbox (
    chat INTEGER NOT NULL, message INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (chat, message)
) STRICT;
PRAGMA user_version = 1
"""


def message(id: int, chat: int = 7, **said: Any) -> str:
    json_ = albums(Photo(PHOTO), Photo(PAINTING))[0]
    kind = {"id": chat, "type": "private"}
    return json.dumps({**json_, "message_id": id, "chat": kind, **said})


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Inbox]:
    database = BotDatabase(folder)
    await database.open()
    try:
        yield Inbox(database)
    finally:
        await database.close()


async def places(folder: Path) -> list[tuple[int, int]]:
    async with opened(folder) as inbox:
        return [(each.chat_id, each.message_id) for each in await inbox.messages(BOT)]


async def test_messages_are_kept_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    async with opened(tmp_path) as inbox:
        for chat, id in ((8, 2), (7, 9), (7, 1)):
            await inbox.keep(chat, id, message(id, chat, caption="“ё”\n"))
    async with opened(tmp_path) as inbox:
        found = await inbox.messages(BOT)
    assert [(each.chat_id, each.message_id) for each in found] == [(8, 2), (7, 9), (7, 1)]
    assert {each.caption for each in found} == {"“ё”\n"}


async def test_a_message_that_comes_again_is_kept_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as inbox:
        await inbox.keep(7, 1, message(1, caption="old"))
        await inbox.keep(8, 1, message(1, 8, caption="of another chat"))
        await inbox.keep(7, 1, message(1, caption="new"))
        found = await inbox.messages(BOT)
    assert [each.caption for each in found] == ["new", "of another chat"]


async def test_a_dropped_message_is_forgotten_and_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as inbox:
        for chat, id in ((7, 1), (7, 2), (8, 1)):
            await inbox.keep(chat, id, message(id, chat))
        await inbox.drop(7, 1)
        await inbox.drop(7, 1)
    assert await places(tmp_path) == [(7, 2), (8, 1)]


@pytest.mark.parametrize(
    "document",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"17",
        b'{"message_id": 1}',
        message(2).encode(),  # of another row
        message(1, chat=8).encode(),
        message(1, media_group_id=None).encode(),
        message(1, photo=[{"file_id": 3}]).encode(),
        message(1, date="yesterday").encode(),
        b"[" * 100_000,
    ],
    ids=lambda document: str(document[:12]),
)
async def test_a_row_that_cant_be_read_is_dropped_with_a_line_and_the_others_stay(
    tmp_path: Path, document: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as inbox:
        for id in (1, 3):
            await inbox.keep(7, id, message(id))
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute("UPDATE inbox SET document = CAST(? AS TEXT) WHERE message = 1", (document,))
    assert await places(tmp_path) == [(7, 3)]
    assert [record.getMessage() for record in caplog.records] == [
        "message 1 of chat 7 can't be read: it is dropped"
    ]
    assert await places(tmp_path) == [(7, 3)]
    assert len(caplog.records) == 1


async def test_an_inbox_that_cant_be_read_at_all_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as inbox:
        with sqlite3.connect(tmp_path / FILE) as other:
            other.execute("DROP TABLE inbox")
        assert await inbox.messages(BOT) == []
        await inbox.keep(7, 1, message(1))
        async with inbox.attempt(7, 1):
            pass
        await inbox.drop(7, 1)
    assert "albums that weren't handled yet can't be read" in caplog.messages[0]


async def dies_while_it_is_tried(folder: Path) -> None:
    """Begin an attempt in a life of the program that doesn't see its end."""
    async with opened(folder) as inbox:
        await inbox.messages(BOT)
        attempt = inbox.attempt(7, 1)
        await attempt.__aenter__()


async def test_what_the_program_died_of_twice_is_given_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as inbox:
        for id in (1, 3):
            await inbox.keep(7, id, message(id))
    for _ in range(2):
        await dies_while_it_is_tried(tmp_path)
    async with opened(tmp_path) as inbox:
        await inbox.messages(BOT)
        with pytest.raises(GivenUp):
            async with inbox.attempt(7, 1):
                raise AssertionError("it was tried again")
        async with inbox.attempt(7, 3):
            pass


async def test_a_message_that_comes_again_after_a_death_is_counted_on(tmp_path: Path) -> None:
    for _ in range(2):
        async with opened(tmp_path) as inbox:
            await inbox.keep(7, 1, message(1))
        await dies_while_it_is_tried(tmp_path)
    async with opened(tmp_path) as inbox:
        await inbox.messages(BOT)
        with pytest.raises(GivenUp):
            await inbox.attempt(7, 1).__aenter__()


@pytest.mark.parametrize("end", [asyncio.CancelledError(), PictureEmpty()])
async def test_an_attempt_that_ends_in_an_orderly_way_doesnt_count(
    tmp_path: Path, end: BaseException
) -> None:
    async with opened(tmp_path) as inbox:
        await inbox.keep(7, 1, message(1))
    for _ in range(3):
        async with opened(tmp_path) as inbox:
            await inbox.messages(BOT)
            with pytest.raises(type(end)):
                async with inbox.attempt(7, 1):
                    raise end


async def test_the_answer_to_an_album_is_known_after_a_restart_until_it_is_dropped(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as inbox:
        await inbox.keep(7, 1, message(1))
        await inbox.answered(7, 1, 42)
        assert inbox.answer(7, 1) is None  # of this life; whoever answered knows it
    async with opened(tmp_path) as inbox:
        await inbox.messages(BOT)
        assert (inbox.answer(7, 1), inbox.answer(7, 2)) == (42, None)
        await inbox.drop(7, 1)
        assert inbox.answer(7, 1) is None


async def test_an_inbox_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as other:
        other.executescript(VERSION_1)
        other.execute("INSERT INTO inbox VALUES (7, 1, ?)", (message(1),))
    assert await places(tmp_path) == [(7, 1)]
    await dies_while_it_is_tried(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as other:
        assert other.execute("SELECT attempts FROM inbox").fetchall() == [(1,)]
