"""Answers: at once, and once for many messages that get the same one."""

import asyncio
from typing import Any

import pytest
from telegram.error import Forbidden

from artstyle.bot import replies as module
from artstyle.bot.replies import Replies


class Message:
    def __init__(self, id: int, chat: int = 7) -> None:
        self.id, self.chat_id = id, chat


class Chats:
    """What was said to which message."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[tuple[int, str]] = []
        self.sending: asyncio.Event | None = None
        self.closed = False
        self.replies = Replies()
        monkeypatch.setattr(module, "reply", self._reply)

    async def _reply(self, message: Any, text: str, _: object) -> None:
        self.said.append((message.id, text))
        if self.sending:
            await self.sending.wait()
        if self.closed:
            raise Forbidden("bot was blocked by the user")

    def say(self, *messages: Message, text: str = "no") -> list[asyncio.Task[None]]:
        every: list[Any] = list(messages)
        return [asyncio.create_task(self.replies.say(each, text)) for each in every]


@pytest.fixture
def chats(monkeypatch: pytest.MonkeyPatch) -> Chats:
    return Chats(monkeypatch)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_is_said_to_many_messages_at_once_is_said_once(chats: Chats) -> None:
    chats.sending = asyncio.Event()
    tasks = chats.say(*map(Message, range(1, 51)))
    await settled()
    assert chats.said == [(1, "no")] and not any(task.done() for task in tasks)
    chats.sending.set()
    await asyncio.gather(*tasks)
    assert chats.said == [(1, "no")]


async def test_what_comes_soon_after_is_gathered_and_answered_later(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MERGE_SECONDS", 0.2)
    await asyncio.gather(*chats.say(Message(1)))
    begun = asyncio.get_running_loop().time()
    await asyncio.gather(*chats.say(Message(2), Message(3)))
    assert chats.said == [(1, "no"), (2, "no")]
    assert asyncio.get_running_loop().time() - begun > 0.1


async def test_other_texts_and_other_chats_are_answered_at_once(chats: Chats) -> None:
    await asyncio.gather(*chats.say(Message(1)))
    await asyncio.gather(*chats.say(Message(2, chat=8)), *chats.say(Message(3), text="yes"))
    assert chats.said == [(1, "no"), (2, "no"), (3, "yes")]


async def test_at_the_end_nothing_is_repeated(chats: Chats) -> None:
    await asyncio.gather(*chats.say(Message(1)))
    tasks = chats.say(Message(2), Message(3))
    await settled()
    assert not any(task.done() for task in tasks)
    chats.replies.close()
    await asyncio.gather(*tasks)
    assert chats.said == [(1, "no")]


async def test_a_chat_that_is_closed_is_told_of_once(chats: Chats) -> None:
    chats.closed, chats.sending = True, asyncio.Event()
    first, second = chats.say(Message(1), Message(2))
    await settled()
    chats.sending.set()
    with pytest.raises(Forbidden):
        await first
    await second
    assert chats.said == [(1, "no")]
