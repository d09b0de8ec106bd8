"""Albums: several messages with one group id and no mark of the end."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from telegram import Message

REMEMBERED = 1000  # albums that were complete, to know what comes too late

Key = tuple[int, str]  # chat, media group


@dataclass(slots=True)
class _Open:
    messages: dict[int, Message] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None
    ends: float = 0.0


class Albums:
    """Gathers the messages of albums until nothing has come for a while."""

    def __init__(
        self,
        complete: Callable[[list[Message]], Awaitable[None]],
        late: Callable[[Message], Awaitable[None]],
        pause: float,
        longest: float,
    ) -> None:
        """Call ``complete`` with the messages by their ids, ``late`` with each that comes after.

        An album is complete when nothing came for ``pause`` seconds, or after ``longest``.
        A message that comes again, as after a crash, changes nothing.
        """
        self._complete, self._late = complete, late
        self._pause, self._longest = pause, longest
        self._open: dict[Key, _Open] = {}
        self._closed: OrderedDict[Key, set[int]] = OrderedDict()  # with the ids it had
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, message: Message) -> None:
        """Take a message of an album."""
        assert message.media_group_id is not None
        key = message.chat_id, message.media_group_id
        if key in self._closed:
            if message.message_id not in self._closed[key]:
                self._spawn(self._late(message))
            return
        loop = asyncio.get_running_loop()
        album = self._open.setdefault(key, _Open(ends=loop.time() + self._longest))
        album.messages[message.message_id] = message
        if album.timer:
            album.timer.cancel()
        when = min(loop.time() + self._pause, album.ends)
        album.timer = loop.call_at(when, self._close, key)

    async def close(self) -> None:
        """Forget what isn't complete, and wait for what is being worked on."""
        for album in self._open.values():
            if album.timer:
                album.timer.cancel()
        self._open.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _close(self, key: Key) -> None:
        album = self._open.pop(key)
        self._closed[key] = set(album.messages)
        if len(self._closed) > REMEMBERED:
            self._closed.popitem(last=False)
        in_order = [album.messages[id] for id in sorted(album.messages)]
        self._spawn(self._complete(in_order))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
