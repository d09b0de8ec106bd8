"""Sending while Telegram comes and goes: nothing is lost, and nothing comes twice."""

import asyncio
import logging
from datetime import timedelta

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from artstyle.bot.sending import deliver, is_unmodified

SENT = "sent"
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


class Sender:
    """Fails as it is told, then sends."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return SENT


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, without waiting."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return pauses


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def timed_out(cause: Exception | None) -> TimedOut:
    error = TimedOut()
    error.__cause__ = cause
    return error


BROKEN_OFF = NetworkError("peer closed connection without sending complete message body")
SLOW = httpx.ReadTimeout("slow")


@pytest.mark.parametrize(
    ("failures", "pauses"),
    [
        ([], []),
        ([timed_out(httpx.ConnectTimeout("slow"))] * 2, [1.0, 2.0]),
        ([timed_out(httpx.PoolTimeout("busy"))], [1.0]),
        ([timed_out(httpx.WriteTimeout("slow"))], [1.0]),
        ([NetworkError("All connection attempts failed")] * 9, [1, 2, 4, 8, 16, 32, 60, 60, 60]),
        ([NetworkError("Bad Gateway")], [1.0]),
        ([NetworkError("Bad Gateway (502)")], [1.0]),
    ],
)
async def test_what_cant_have_been_sent_is_sent_again(
    failures: list[Exception],
    pauses: list[float],
    slept: list[float],
    caplog: pytest.LogCaptureFixture,
) -> None:
    send = Sender(*failures)
    assert (await deliver(send), send.calls, slept) == (SENT, len(failures) + 1, pauses)
    assert not warnings(caplog)  # it is told elsewhere, once


@pytest.mark.parametrize("error", [timed_out(SLOW), timed_out(None), BROKEN_OFF])
async def test_what_may_have_been_sent_is_sent_again_only_if_that_is_harmless(
    error: Exception, slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    send = Sender(error)
    assert (await deliver(send, harmless=True), send.calls, slept) == (SENT, 2, [1.0])
    assert not warnings(caplog)
    send = Sender(error)
    assert (await deliver(send), send.calls, slept) == (None, 1, [1.0])
    assert "it isn't sent again" in warnings(caplog)[0]


@pytest.mark.parametrize("harmless", [False, True])
@pytest.mark.parametrize(
    "error",
    [
        NetworkError("Request Entity Too Large"),
        NetworkError("Request Entity Too Large (413). Parsing the server response failed"),
        NetworkError("Content Too Large (413)"),
        NetworkError("Method Not Allowed (405)"),
        BadRequest("Chat not found"),
        ChatMigrated(-100),
        TelegramError("odd"),
    ],
)
async def test_a_refusal_is_told_and_not_repeated(
    error: TelegramError, harmless: bool, slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    send = Sender(error)
    assert (await deliver(send, harmless=harmless), send.calls, slept) == (None, 1, [])
    (told,) = warnings(caplog)
    assert "refused" in told and str(error) in told


async def test_an_edit_that_changes_nothing_is_no_trouble(
    slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    send = Sender(BadRequest("Message is not modified: specified new message content …"))
    assert (await deliver(send), send.calls, slept) == (None, 1, [])
    assert not warnings(caplog)
    assert not is_unmodified(BadRequest("Message to edit not found"))


@pytest.mark.parametrize("form", ["", "1"])
async def test_telegram_says_how_long_to_wait(
    slept: list[float], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", form)  # the library's numbers become timedeltas some day
    assert isinstance(RetryAfter(7).retry_after, timedelta) == bool(form)
    send = Sender(RetryAfter(7), RetryAfter(timedelta(seconds=14)))
    assert (await deliver(send), slept) == (SENT, [7.0, 14.0])


async def test_nobody_waits_for_more_than_an_hour_whatever_a_server_says(
    slept: list[float],
) -> None:
    send = Sender(RetryAfter(10**8), RetryAfter(86_400))
    assert (await deliver(send), slept) == (SENT, [3600.0, 3600.0])


async def test_who_has_blocked_the_bot_is_not_written_to_again(slept: list[float]) -> None:
    send = Sender(NetworkError("away"), Forbidden("bot was blocked by the user"))
    with pytest.raises(Forbidden):
        await deliver(send)
    assert (send.calls, slept) == (2, [1.0])


async def test_a_mistake_of_ours_is_not_repeated(slept: list[float]) -> None:
    send = Sender(TypeError("no such argument"))
    with pytest.raises(TypeError):
        await deliver(send)
    assert (send.calls, slept) == (1, [])


async def test_what_is_no_longer_wanted_is_not_sent_again(slept: list[float]) -> None:
    send = Sender(*[NetworkError("away")] * 9)
    assert await deliver(send, while_=lambda: send.calls < 3) is None
    assert send.calls == 3


async def test_what_is_no_longer_wanted_after_the_pause_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = [True]

    async def sleep(_: float) -> None:
        wanted.clear()

    monkeypatch.setattr(asyncio, "sleep", sleep)
    send = Sender(NetworkError("away"))
    assert await deliver(send, while_=lambda: bool(wanted)) is None
    assert send.calls == 1
