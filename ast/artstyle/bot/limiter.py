"""When a request may be sent: within Telegram's limits, and in a fair order of chats."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from artstyle.bot.sending import wait

# What core.telegram.org/bots/faq allows: seconds between requests, and how many at once.
OVERALL = 1 / 30, 30
PRIVATE = 0.0, 1  # nothing definite, until it refuses one
GROUP = 3.0, 20
REFUSED = 1.0  # seconds between the requests to a chat after a refusal
EDITS = 8  # of messages on their way, so that pictures needn't wait for a connection
EDIT = "editMessageText"

Future = asyncio.Future[None]
Request = Callable[..., Coroutine[Any, Any, Any]]


@dataclass(slots=True)
class Pace:
    """Lets ``burst`` requests through at once, then one every ``gap`` seconds."""

    gap: float
    burst: int
    due: float = 0.0

    def opens(self) -> float:
        """The time from which another request may be sent."""
        return self.due - self.gap * (self.burst - 1)

    def spend(self, now: float) -> None:
        self.due = max(self.due, now) + self.gap

    def pause(self, until: float) -> None:
        """Send nothing until then, and afterwards slowly: others that wait would be refused."""
        self.gap, self.burst, self.due = max(self.gap, REFUSED), 1, max(self.due, until)


@dataclass(slots=True)
class Line:
    """The requests to one chat that wait."""

    pace: Pace
    sends: deque[Future] = field(default_factory=deque)
    edits: deque[Future] = field(default_factory=deque)  # behind what is new

    def next(self, *, edits: bool) -> deque[Future] | None:
        """The line to take from, without the requests that were given up."""
        for line in (self.sends, self.edits) if edits else (self.sends,):
            while line and line[0].done():
                line.popleft()
            if line:
                return line
        return None


class FairLimiter(BaseRateLimiter[None]):
    """Chats take turns. One that Telegram refuses, or that gets many messages, delays no other."""

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}  # the chat whose turn it is first
        self._overall = Pace(*OVERALL)
        self._editing = 0
        self._timer: asyncio.TimerHandle | None = None

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None:
        if self._timer:
            self._timer.cancel()

    async def process_request(  # noqa: PLR0917
        self,
        callback: Request,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> Any:
        """Send a request when its turn has come; raises `RetryAfter` if Telegram refuses it."""
        chat = data.get("chat_id")
        if chat is None:
            return await callback(*args, **kwargs)
        edit = endpoint == EDIT
        turn = self._wait(chat, edit)
        try:
            await turn
            return await callback(*args, **kwargs)
        except RetryAfter as error:
            now = asyncio.get_running_loop().time()
            self._line(chat).pace.pause(now + wait(error, REFUSED))
            raise
        finally:
            if edit and turn.done() and not turn.cancelled():
                self._editing -= 1
            self._dispatch()

    def _line(self, chat: int) -> Line:
        return self._lines.setdefault(chat, Line(Pace(*(PRIVATE if chat > 0 else GROUP))))

    def _wait(self, chat: int, edit: bool) -> Future:
        loop = asyncio.get_running_loop()
        self._forget(loop.time())
        turn, line = loop.create_future(), self._line(chat)
        (line.edits if edit else line.sends).append(turn)
        self._dispatch()
        return turn

    def _dispatch(self) -> None:
        """Let all go whose turn it is, and wake up for the next."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._overall.opens() <= now and (chat := self._chosen(now)) is not None:
            self._let_go(chat, now)
        times = [line.pace.opens() for line in self._waiting().values()]
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if times:
            when = max(self._overall.opens(), min(times))
            self._timer = loop.call_at(when, self._dispatch)

    def _waiting(self) -> dict[int, Line]:
        edits = self._editing < EDITS
        return {chat: line for chat, line in self._lines.items() if line.next(edits=edits)}

    def _chosen(self, now: float) -> int | None:
        """The chat whose turn it is; those that only wait for an edit come after the others."""
        ready = {chat: each for chat, each in self._waiting().items() if each.pace.opens() <= now}
        new = (chat for chat, line in ready.items() if line.next(edits=False))
        return next(new, next(iter(ready), None))

    def _let_go(self, chat: int, now: float) -> None:
        line = self._lines.pop(chat)
        self._lines[chat] = line  # its turn comes again after the others
        requests = line.next(edits=True)
        assert requests
        self._editing += requests is line.edits
        requests.popleft().set_result(None)
        for pace in (line.pace, self._overall):
            pace.spend(now)

    def _forget(self, now: float) -> None:
        """Forget the chats of which nothing is left to know."""
        idle = [c for c, line in self._lines.items() if not line.next(edits=True)]
        for chat in idle:
            if self._lines[chat].pace.due <= now:
                del self._lines[chat]
