"""Sending in spite of a network that comes and goes, and without sending twice."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import TypeVar

import httpx
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

logger = logging.getLogger(__name__)

T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between attempts while Telegram is away
REFUSAL = re.compile(r"\(4\d\d\)$|too large", re.I)  # other answers than 400 come so
NEVER_WHOLE = (httpx.ConnectTimeout, httpx.PoolTimeout, httpx.WriteTimeout)
BEGUN = "complete message body"  # of an answer that broke off; Telegram acts before it answers


def pauses() -> Iterator[float]:
    """Give the seconds between attempts: twice as long each time, up to a minute."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


async def deliver(
    send: Callable[[], Awaitable[T]],
    *,
    harmless: bool = False,
    while_: Callable[[], bool] = lambda: True,
) -> T | None:
    """Send something, however long Telegram is away.

    ``harmless`` says that nobody notices if it happens twice, as with an edit or a download.
    None if Telegram refuses it, if it was perhaps sent already, or if ``while_`` no longer
    holds. Raises `telegram.error.Forbidden` when the user has blocked the bot.
    """
    for pause in pauses():
        try:
            return await send()
        except Forbidden:
            raise
        except TelegramError as error:
            if not repeatable(error, harmless):
                _tell(error)
                return None
            logger.info("Telegram can't be reached (%s)", error)
            await asyncio.sleep(wait(error, pause))
        if not while_():
            return None
    raise AssertionError("there is always another pause")


def repeatable(error: TelegramError, harmless: bool) -> bool:
    """Tell whether another attempt may succeed, and does no harm if the first one did."""
    if isinstance(error, RetryAfter):
        return True
    if not isinstance(error, NetworkError) or isinstance(error, BadRequest):
        return False
    if REFUSAL.search(str(error)):
        return False
    return harmless or not perhaps_sent(error)


def perhaps_sent(error: NetworkError) -> bool:
    """Tell whether Telegram may have done what was asked although no answer came.

    A connection that ends without a word counts as no: then a picture had better come twice
    than never.
    """
    if isinstance(error, TimedOut):
        return not isinstance(error.__cause__, NEVER_WHOLE)
    return BEGUN in str(error)


def _tell(error: TelegramError) -> None:
    if isinstance(error, NetworkError) and perhaps_sent(error):
        logger.warning("a message may or may not have been sent: it isn't sent again")
    elif not is_unmodified(error):
        logger.warning("Telegram refused a request: %s", error)


def wait(error: Exception, pause: float) -> float:
    """Give the seconds before another attempt: as Telegram says, or as we would."""
    return seconds(error) if isinstance(error, RetryAfter) else pause


def is_unmodified(error: TelegramError) -> bool:
    """Tell whether an edit was refused only because nothing would change."""
    return "message is not modified" in str(error).lower()


def seconds(error: RetryAfter) -> float:
    """Give how long Telegram asks to wait."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)
