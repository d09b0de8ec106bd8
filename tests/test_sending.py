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

from artstyle.bot.sending import LONGEST_PAUSE, deliver, is_unmodified

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


async def test_what_is_taken_is_sent_once(slept: list[float]) -> None:
    send = Sender()
    assert (await deliver(send), send.calls, slept) == (SENT, 1, [])


@pytest.mark.parametrize("after", [7, timedelta(seconds=7)])
async def test_telegram_says_how_long_to_wait(
    after: int | timedelta, slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    send = Sender(RetryAfter(after), RetryAfter(2 * after))
    assert (await deliver(send), send.calls, slept) == (SENT, 3, [7.0, 14.0])
    assert not warnings(caplog)


async def test_the_wait_is_understood_in_both_forms_of_the_library(
    slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    assert isinstance(RetryAfter(7).retry_after, timedelta)
    assert (await deliver(Sender(RetryAfter(7))), slept) == (SENT, [7.0])


@pytest.mark.parametrize("cause", [httpx.ReadTimeout("slow"), None])
async def test_what_may_have_been_sent_is_not_sent_again(
    cause: Exception | None, slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    send = Sender(timed_out(cause))
    assert (await deliver(send), send.calls, slept) == (None, 1, [])
    assert "it isn't sent again" in warnings(caplog)[0]


@pytest.mark.parametrize("cause", [httpx.ReadTimeout("slow"), None])
async def test_what_harms_nobody_is_done_again_in_any_case(
    cause: Exception | None, slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    send = Sender(timed_out(cause))
    assert (await deliver(send, harmless=True), send.calls, slept) == (SENT, 2, [1.0])
    assert not warnings(caplog)


@pytest.mark.parametrize(
    "cause", [httpx.ConnectTimeout("slow"), httpx.PoolTimeout("busy"), httpx.WriteTimeout("slow")]
)
async def test_what_cant_have_been_sent_is_sent_again(cause: Exception, slept: list[float]) -> None:
    send = Sender(timed_out(cause), timed_out(cause))
    assert (await deliver(send), send.calls, slept) == (SENT, 3, [1.0, 2.0])


async def test_while_telegram_is_away_the_pauses_grow_to_a_minute(
    slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    away = NetworkError("httpx.ConnectError: All connection attempts failed")
    assert await deliver(Sender(*[away] * 9)) == SENT
    assert slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, LONGEST_PAUSE]
    assert not warnings(caplog)  # it is told elsewhere, once


@pytest.mark.parametrize("text", ["Bad Gateway", "Internal Server Error", "Bad Gateway (502)"])
async def test_telegrams_own_troubles_pass(text: str, slept: list[float]) -> None:
    send = Sender(NetworkError(text))
    assert (await deliver(send), send.calls) == (SENT, 2)


@pytest.mark.parametrize(
    "text",
    [
        "Request Entity Too Large",
        "Request Entity Too Large (413). Parsing the server response b'<html>' failed",
        "Content Too Large (413)",
        "Method Not Allowed (405)",
    ],
)
async def test_what_will_never_be_taken_is_given_up(
    text: str, slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    send = Sender(NetworkError(text))
    assert (await deliver(send), send.calls, slept) == (None, 1, [])
    (told,) = warnings(caplog)
    assert "refused" in told and text in told


@pytest.mark.parametrize(
    "error", [BadRequest("Chat not found"), ChatMigrated(-100), TelegramError("odd")]
)
async def test_a_refusal_is_told_and_not_repeated(
    error: TelegramError, slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    send = Sender(error)
    assert (await deliver(send), send.calls, slept) == (None, 1, [])
    (told,) = warnings(caplog)
    assert "refused" in told and str(error) in told


async def test_an_edit_that_changes_nothing_is_no_trouble(
    slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    send = Sender(BadRequest("Message is not modified: specified new message content …"))
    assert (await deliver(send), send.calls, slept) == (None, 1, [])
    assert not warnings(caplog)
    assert not is_unmodified(BadRequest("Message to edit not found"))


async def test_harmless_is_not_the_same_as_accepted(slept: list[float]) -> None:
    send = Sender(BadRequest("Chat not found"))
    assert (await deliver(send, harmless=True), send.calls, slept) == (None, 1, [])


async def test_an_answer_that_breaks_off_was_an_answer(slept: list[float]) -> None:
    text = "httpx.RemoteProtocolError: peer closed connection without sending complete message body"
    send = Sender(NetworkError(text))
    assert (await deliver(send), send.calls) == (None, 1)
    again = Sender(NetworkError(text))
    assert (await deliver(again, harmless=True), again.calls) == (SENT, 2)


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
