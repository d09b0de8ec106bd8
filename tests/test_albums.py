"""Albums: messages come one by one, and nothing says which is the last."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from telegram import Message
from telegram.error import Forbidden
from tests.jobs import PAINTING, PHOTO
from tests.telegram_people import Photo
from tests.telegram_world import albums

from artstyle.bot import albums as module
from artstyle.bot.albums import Albums
from artstyle.bot.services import Link
from artstyle.errors import QueueClosing

PAUSE, LONGEST = 1.0, 5.0


@dataclass
class Timer:
    when: float
    call: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Clock:
    """A loop whose time a test sets."""

    now: float = 100.0
    timers: list[Timer] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[..., None], *args: Any) -> Timer:
        self.timers.append(Timer(when, lambda: call(*args)))
        return self.timers[-1]

    def advance(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self.timers if timer.when <= self.now]
        self.timers = [timer for timer in self.timers if timer.when > self.now]
        for timer in sorted(due, key=lambda timer: timer.when):
            if not timer.cancelled:
                timer.call()


class Inbox:
    """Remembers which messages were kept and dropped."""

    def __init__(self) -> None:
        self.kept: list[int] = []

    async def keep(self, chat: int, message: int, document: str) -> None:
        self.kept.append(message)

    async def drop(self, chat: int, message: int) -> None:
        self.kept.remove(message)


class Gathered:
    """Albums whose results a test reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Clock()
        self.inbox = Inbox()
        inbox: Any = self.inbox
        config: Any = SimpleNamespace(album_pause=PAUSE, album_longest=LONGEST)
        self.albums = Albums(self._complete, self._late, inbox, config, Link())
        self.complete: asyncio.Queue[list[int]] = asyncio.Queue()
        self.late: asyncio.Queue[int] = asyncio.Queue()
        self.block: asyncio.Event | None = None
        self.cancelled = 0
        self.error: Exception | None = None
        mine = SimpleNamespace(**vars(asyncio) | {"get_running_loop": lambda: self.clock})
        monkeypatch.setattr(module, "asyncio", mine)

    async def _complete(self, messages: list[Message]) -> None:
        self.complete.put_nowait([message.message_id for message in messages])
        if self.error:
            raise self.error
        if self.block:
            try:
                await self.block.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise

    async def _late(self, message: Message) -> None:
        self.late.put_nowait(message.message_id)

    async def is_open(self) -> bool:
        """Whether no album is complete, after the tasks have run that were begun."""
        await asyncio.sleep(0)
        return self.complete.empty()


@pytest.fixture
def gathered(monkeypatch: pytest.MonkeyPatch) -> Gathered:
    return Gathered(monkeypatch)


def message(id: int, group: str = "1", chat: int = 7) -> Message:
    in_chat = {"message_id": id, "date": 0, "chat": {"id": chat, "type": "private"}}
    made = Message.de_json({**in_chat, "media_group_id": group}, None)
    assert made is not None
    return made


async def test_an_album_is_complete_when_nothing_has_come_for_a_while(gathered: Gathered) -> None:
    for json in albums(Photo(PHOTO), Photo(PAINTING)):
        one = Message.de_json(json, None)
        assert one is not None
        await gathered.albums.add(one)
    gathered.clock.advance(PAUSE - 0.01)
    assert await gathered.is_open()
    gathered.clock.advance(0.01)
    assert await gathered.complete.get() == [1, 2]
    gathered.clock.advance(2 * LONGEST)
    assert await gathered.is_open()  # not a second time
    assert gathered.inbox.kept == []


async def test_pictures_come_once_and_in_the_order_of_their_ids(gathered: Gathered) -> None:
    for id in (12, 9, 10, 100, 9):
        await gathered.albums.add(message(id))
    gathered.clock.advance(PAUSE)
    assert await gathered.complete.get() == [9, 10, 12, 100]


async def test_each_arrival_restarts_the_wait(gathered: Gathered) -> None:
    for id in (1, 2, 3):
        await gathered.albums.add(message(id))
        gathered.clock.advance(0.9 * PAUSE)
        assert await gathered.is_open()
    gathered.clock.advance(0.1 * PAUSE)
    assert await gathered.complete.get() == [1, 2, 3]


async def test_nobody_waits_longer_than_the_longest(gathered: Gathered) -> None:
    came = 0
    while await gathered.is_open():
        came += 1
        assert came < 20
        await gathered.albums.add(message(came))
        gathered.clock.advance(0.9 * PAUSE)
    assert gathered.clock.now - 100 == pytest.approx(LONGEST, abs=PAUSE)
    assert await gathered.complete.get() == list(range(1, came + 1))


async def test_what_comes_after_the_end_is_late(gathered: Gathered) -> None:
    await gathered.albums.add(message(1))
    gathered.clock.advance(PAUSE)
    assert await gathered.complete.get() == [1]
    for id in (2, 3):
        await gathered.albums.add(message(id))
    assert [await gathered.late.get(), await gathered.late.get()] == [2, 3]
    gathered.clock.advance(LONGEST)
    assert await gathered.is_open()


async def test_of_ended_albums_only_the_newest_are_remembered(
    gathered: Gathered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    for id in (1, 2, 3):
        await gathered.albums.add(message(id, group=str(id)))
        gathered.clock.advance(PAUSE)
        assert await gathered.complete.get() == [id]
    await gathered.albums.add(message(4, group="2"))
    assert await gathered.late.get() == 4
    await gathered.albums.add(message(5, group="1"))
    gathered.clock.advance(PAUSE)
    assert await gathered.complete.get() == [5]


async def test_albums_of_two_chats_are_apart(gathered: Gathered) -> None:
    await gathered.albums.add(message(1, chat=7))
    await gathered.albums.add(message(1, chat=8))
    await gathered.albums.add(message(2, chat=8))
    gathered.clock.advance(PAUSE)
    assert [await gathered.complete.get(), await gathered.complete.get()] == [[1], [1, 2]]
    assert gathered.late.empty()


async def test_two_albums_at_once_are_apart(gathered: Gathered) -> None:
    for id, group in ((1, "a"), (3, "b"), (2, "a")):
        await gathered.albums.add(message(id, group))
    gathered.clock.advance(0.5 * PAUSE)
    await gathered.albums.add(message(4, "b"))
    gathered.clock.advance(0.5 * PAUSE)
    assert await gathered.complete.get() == [1, 2]
    assert await gathered.is_open()
    gathered.clock.advance(0.5 * PAUSE)
    assert await gathered.complete.get() == [3, 4]


async def test_an_album_doesnt_wait_for_the_work_on_another(gathered: Gathered) -> None:
    gathered.block = asyncio.Event()
    for group in ("a", "b"):
        await gathered.albums.add(message(1, group))
    gathered.clock.advance(PAUSE)
    assert [await gathered.complete.get(), await gathered.complete.get()] == [[1], [1]]
    gathered.block.set()
    await gathered.albums.close()


async def test_closing_cancels_what_runs_and_forgets_what_is_open(gathered: Gathered) -> None:
    gathered.block = asyncio.Event()
    await gathered.albums.add(message(1, "a"))
    gathered.clock.advance(PAUSE)
    await gathered.complete.get()
    await gathered.albums.add(message(2, "b"))
    await gathered.albums.close()
    assert gathered.cancelled == 1 and gathered.inbox.kept == [1, 2]
    gathered.clock.advance(LONGEST)
    assert await gathered.is_open()


@pytest.mark.parametrize(
    ("error", "kept"), [(QueueClosing(), [1]), (Forbidden("blocked"), []), (TypeError("odd"), [])]
)
async def test_what_fails_is_not_tried_again_unless_it_is_only_the_end_of_the_program(
    gathered: Gathered, error: Exception, kept: list[int]
) -> None:
    gathered.error = error
    await gathered.albums.add(message(1))
    gathered.clock.advance(PAUSE)
    await gathered.complete.get()
    await gathered.albums.close()
    assert gathered.inbox.kept == kept
