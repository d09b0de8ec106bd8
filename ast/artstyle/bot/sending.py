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


def pauses() -> Iterator[float]:
    """Give the seconds between attempts: twice as long each time, up to a minute."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


async def deliver(
    send: Callable[[], Awaitable[T]], *, while_: Callable[[], bool] = lambda: True
) -> T | None:
    """Send something, however long Telegram is away.

    None if Telegram refuses it, if it was perhaps sent already, or if ``while_`` no longer
    holds. Raises `telegram.error.Forbidden` when the user has blocked the bot.
    """
    for pause in pauses():
        try:
            return await send()
        except Forbidden:
            raise
        except BadRequest as error:  # before NetworkError, whose subclass it is
            if not is_unmodified(error):
                logger.warning("Telegram refused a message: %s", error)
            return None
        except RetryAfter as error:
            pause = seconds(error)  # noqa: PLW2901  # it is Telegram that says how long
        except TimedOut as error:
            if not unsent(error):
                logger.warning("a message may or may not have been sent: it isn't sent again")
                return None
        except NetworkError as error:
            if REFUSAL.search(str(error)):
                logger.warning("Telegram refused a message: %s", error)
                return None
            logger.info("Telegram can't be reached (%s)", error)
        except TelegramError as error:
            logger.warning("Telegram refused a message: %s", error)
            return None
        if not while_():
            return None
        await asyncio.sleep(pause)
    raise AssertionError("there is always another pause")


def unsent(error: TimedOut) -> bool:
    """Tell whether a request that timed out can't have reached Telegram whole."""
    cause = error.__cause__
    return isinstance(cause, httpx.ConnectTimeout | httpx.PoolTimeout | httpx.WriteTimeout)


def is_unmodified(error: BadRequest) -> bool:
    """Tell whether an edit was refused only because nothing would change."""
    return "message is not modified" in str(error).lower()


def seconds(error: RetryAfter) -> float:
    """Give how long Telegram asks to wait."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)
