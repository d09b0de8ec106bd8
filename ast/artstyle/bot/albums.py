"""Albums: several messages with one group id, and nothing that marks the last.

A picture in reply to another has no group id, and is an album of its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from telegram import Bot, Message
from telegram.error import Forbidden

from artstyle.bot.faults import fault, where
from artstyle.bot.inbox import Inbox
from artstyle.bot.services import BotConfig, Link
from artstyle.errors import QueueClosing

logger = logging.getLogger(__name__)

REMEMBERED = 1000  # complete albums, to recognise messages that come too late

Key = tuple[int, str]  # chat, and media group or message


@dataclass(slots=True)
class _Open:
    ends: float
    messages: dict[int, Message] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None


class Albums:
    """Gathers the messages of albums until nothing has come for a while, though it could have.

    Calls ``complete`` with an album's messages in the order of their ids, and ``late`` with each
    that comes afterwards. A message that comes again, as after a crash, changes nothing. Each stays
    in the inbox until it was handled.
    """

    def __init__(
        self,
        complete: Callable[[list[Message]], Awaitable[None]],
        late: Callable[[Message], Awaitable[None]],
        inbox: Inbox,
        config: BotConfig,
        link: Link,
    ) -> None:
        self._link = link
        self._complete, self._late, self._inbox = complete, late, inbox
        self._pause, self._longest = config.album_pause, config.album_longest
        self._open: dict[Key, _Open] = {}
        self._repeated: dict[Key, asyncio.Task[None]] = {}  # that are handled again just now
        self._closed: dict[Key, set[int]] = {}  # with their messages' ids
        self._tasks: set[asyncio.Task[None]] = set()

    async def resume(self, bot: Bot) -> None:
        """Add the messages that the previous run of the program didn't handle."""
        for message in await self._inbox.messages(bot):
            self._gather(message)

    async def add(self, message: Message) -> None:
        await self._inbox.keep(message.chat_id, message.message_id, message.to_json())
        self._gather(message)

    def _gather(self, message: Message) -> None:
        key = _key(message)
        if key in self._closed:
            if message.message_id not in self._closed[key]:
                self._handle(self._late(message), [message])
            return
        loop = asyncio.get_running_loop()
        album = self._open.setdefault(key, _Open(loop.time() + self._longest))
        album.messages[message.message_id] = message
        if album.timer:
            album.timer.cancel()
        album.timer = loop.call_at(min(loop.time() + self._pause, album.ends), self._close, key)

    async def again(self, messages: list[Message]) -> None:
        """Complete an album once more, after a question about it; one time after the other."""
        key = _key(messages[0])
        for message in messages:
            await self._inbox.keep(message.chat_id, message.message_id, message.to_json())
        if (album := self._open.pop(key, None)) and album.timer:  # it came again after a crash
            album.timer.cancel()
        self._closed[key] = {message.message_id for message in messages}
        self._repeated[key] = task = self._handle(
            self._after(self._repeated.get(key), messages), messages
        )
        task.add_done_callback(lambda _: self._forget(key, task))

    def _forget(self, key: Key, task: asyncio.Task[None]) -> None:
        if self._repeated.get(key) is task:  # none waits for it
            del self._repeated[key]

    async def _after(self, before: asyncio.Task[None] | None, messages: list[Message]) -> None:
        if before is not None:
            await asyncio.wait([before])
        await self._complete(messages)

    async def close(self) -> None:
        """Forget the albums that aren't complete, and cancel the calls that still run."""
        for album in self._open.values():
            if album.timer:
                album.timer.cancel()
        self._open.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _close(self, key: Key) -> None:
        album, loop = self._open[key], asyncio.get_running_loop()
        if self._link.failing and loop.time() < album.ends:
            album.timer = loop.call_at(min(loop.time() + self._pause, album.ends), self._close, key)
            return
        del self._open[key]
        self._closed[key] = set(album.messages)
        if len(self._closed) > REMEMBERED:
            del self._closed[next(iter(self._closed))]
        messages = [album.messages[id] for id in sorted(album.messages)]
        self._handle(self._complete(messages), messages)

    def _handle(self, work: Awaitable[None], messages: list[Message]) -> asyncio.Task[None]:
        async def handle() -> None:
            try:
                await work
            except QueueClosing:
                return  # they are for the next start
            except Forbidden:
                logger.info("a user blocked the bot before it could answer")
            except Exception as error:
                logger.error(
                    "the answer to an album failed: %s", where(error), extra=fault(where(error))
                )
            for message in messages:
                await self._inbox.drop(message.chat_id, message.message_id)

        task = asyncio.create_task(handle())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _key(message: Message) -> Key:
    return message.chat_id, message.media_group_id or f"message {message.message_id}"
