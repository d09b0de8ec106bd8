"""When requests may be sent: within Telegram's limits, and no chat at the cost of another."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from telegram.error import RetryAfter

from artstyle.bot import limiter as module
from artstyle.bot.limiter import EDIT, EDITS, GROUP, OVERALL, REFUSED, FairLimiter

ANN, BOB, PAINTERS = 7, 8, -1001
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


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

    def create_future(self) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()

    def call_at(self, when: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(when, call))
        return self.timers[-1]


class Sender:
    """Sends requests by name, and notes which were let through and when."""

    def __init__(self, clock: Clock) -> None:
        self.limiter, self.clock = FairLimiter(), clock
        self.sent: list[str] = []
        self.tasks: dict[str, asyncio.Task[Any]] = {}
        self.answers: dict[str, asyncio.Future[None]] = {}

    async def sends(self, *names: str, to: int | None, method: str = "sendMessage") -> None:
        for name in names:
            data = {} if to is None else {"chat_id": to}
            request = self.limiter.process_request(self._send, (name,), {}, method, data, None)
            self.tasks[name] = asyncio.create_task(request)
        await settled()

    async def _send(self, name: str) -> None:
        self.sent.append(name)
        self.answers[name] = asyncio.get_running_loop().create_future()
        await self.answers[name]

    async def is_refused(self, name: str, seconds: int) -> None:
        self.answers[name].set_exception(RetryAfter(seconds))
        with pytest.raises(RetryAfter):
            await self.tasks[name]

    async def is_answered(self, name: str) -> None:
        self.answers[name].set_result(None)
        await self.tasks[name]
        await settled()

    async def after(self, seconds: float) -> list[str]:
        """What is sent until then."""
        end, before = self.clock.now + seconds, len(self.sent)
        while due := [each for each in self.clock.timers if not each.cancelled]:
            timer = min(due, key=lambda each: each.when)
            if timer.when > end + 1e-6:
                break
            self.clock.timers.remove(timer)
            self.clock.now = max(self.clock.now, timer.when)
            timer.call()
            await settled()
        self.clock.now = end
        return self.sent[before:]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Sender:
    clock = Clock()
    mine = SimpleNamespace(**vars(asyncio) | {"get_running_loop": lambda: clock})
    monkeypatch.setattr(module, "asyncio", mine)
    return Sender(clock)


def names(letter: str, number: int) -> list[str]:
    return [f"{letter}{count}" for count in range(1, number + 1)]


async def test_one_chat_gets_its_requests_at_once_and_in_their_order(sender: Sender) -> None:
    await sender.sends(*names("a", 20), to=ANN)
    assert sender.sent == names("a", 20)


async def test_all_chats_together_stay_within_telegrams_limit(sender: Sender) -> None:
    gap, burst = OVERALL
    await sender.sends(*names("a", 100), to=ANN)
    assert len(sender.sent) == burst
    assert len(await sender.after(1)) == round(1 / gap)


async def test_what_is_for_no_chat_waits_for_nothing(sender: Sender) -> None:
    await sender.sends(*names("a", 100), to=ANN)
    await sender.sends("file", to=None, method="getFile")
    assert sender.sent[-1] == "file"


async def test_chats_take_turns(sender: Sender) -> None:
    await sender.sends(*names("a", 100), to=ANN)
    await sender.sends("b1", "b2", to=BOB)
    assert (await sender.after(0.2))[:4] == ["a31", "b1", "a32", "b2"]


async def test_a_chat_that_is_refused_waits_as_long_as_telegram_says_and_no_other_does(
    sender: Sender,
) -> None:
    await sender.sends("a1", to=ANN)
    await sender.is_refused("a1", 60)
    await sender.sends("a2", "a3", to=ANN)
    await sender.sends("b1", "b2", to=BOB)
    assert sender.sent == ["a1", "b1", "b2"]
    assert await sender.after(59.9) == []
    assert await sender.after(0.2) == ["a2"]


async def test_after_a_refusal_what_waits_goes_one_by_one(sender: Sender) -> None:
    await sender.sends("a1", to=ANN)
    await sender.is_refused("a1", 5)
    await sender.sends("a2", "a3", "a4", to=ANN)
    assert await sender.after(5) == ["a2"]
    assert await sender.after(0.9 * REFUSED) == []
    assert await sender.after(0.1 * REFUSED) == ["a3"]
    assert await sender.after(REFUSED) == ["a4"]
    await sender.after(REFUSED)
    await sender.sends(*names("c", 3), to=ANN)  # it is forgotten
    assert sender.sent[-3:] == names("c", 3)


async def test_a_group_gets_no_more_than_twenty_messages_a_minute(sender: Sender) -> None:
    gap, burst = GROUP
    await sender.sends(*names("p", 60), to=PAINTERS)
    assert len(sender.sent) == burst
    assert len(await sender.after(60)) == round(60 / gap)


async def test_what_is_new_comes_before_edits_whatever_the_chat(sender: Sender) -> None:
    await sender.sends(*names("a", 30), to=ANN)  # now nothing goes at once
    await sender.sends("edit a", to=ANN, method=EDIT)
    await sender.sends("edit b", to=BOB, method=EDIT)
    await sender.sends("a31", to=ANN)
    await sender.sends("b1", to=BOB)
    assert sorted((await sender.after(0.07))[:2]) == ["a31", "b1"]
    assert sorted(await sender.after(0.2)) == ["edit a", "edit b"]


async def test_edits_that_hang_leave_connections_to_the_others(sender: Sender) -> None:
    await sender.sends(*names("e", EDITS + 1), to=ANN, method=EDIT)
    await sender.sends("a1", to=ANN)
    assert sender.sent == [*names("e", EDITS), "a1"]
    await sender.is_answered("e1")
    assert sender.sent[-1] == f"e{EDITS + 1}"


@pytest.mark.parametrize("method", ["sendMessage", EDIT])
async def test_a_request_that_is_given_up_holds_up_no_other(sender: Sender, method: str) -> None:
    await sender.sends("a1", to=ANN)
    await sender.is_refused("a1", 5)
    await sender.sends("a2", "a3", to=ANN, method=method)
    sender.tasks["a2"].cancel()
    assert await sender.after(5) == ["a3"]
    sender.tasks["a3"].cancel()  # on its way
    await settled()
    await sender.sends(*names("b", EDITS), to=BOB, method=EDIT)
    assert sender.sent[-EDITS:] == names("b", EDITS)
