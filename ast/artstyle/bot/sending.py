"""Requests to Telegram in spite of a network that comes and goes, and without sending twice."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

import httpx
from telegram import Bot, Message
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

logger = logging.getLogger(__name__)

T = TypeVar("T")
Check = Callable[[], bool]
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between attempts while Telegram is away
LONGEST_WAIT = 3600.0  # seconds, even if a server asks for more
REFUSAL = re.compile(r"\(4\d\d\)$|too large", re.I)  # how the library words other 4xx than 400
NEVER_WHOLE = (httpx.ConnectTimeout, httpx.PoolTimeout, httpx.WriteTimeout)
BEGUN = "complete message body"  # of an answer that broke off; Telegram acts before it answers


async def deliver(
    send: Callable[[], Awaitable[T]], *, harmless: bool = False, while_: Check = lambda: True
) -> T | None:
    """Repeat a request until Telegram answers, as long as ``while_`` holds.

    ``harmless`` says that doing it twice goes unnoticed, as with an edit or a download.
    Returns ``None`` if Telegram refuses it, if it may have been sent already, or if ``while_``
    no longer holds. Raises `telegram.error.Forbidden` if the user has blocked the bot.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return await send()
        except Forbidden:
            raise
        except TelegramError as error:
            if not repeatable(error, harmless):
                _log(error)
                return None
            logger.info("Telegram can't be reached (%s)", error)
            await asyncio.sleep(wait(error, pause))
        if not while_():
            return None
        pause = min(2 * pause, LONGEST_PAUSE)


async def send_text(bot: Bot, chat: int, text: str, reply_to: int | None = None) -> Message | None:
    """Deliver a text as a reply, if the message to reply to is still there."""
    send = partial(bot.send_message, chat, text, allow_sending_without_reply=True)
    return await deliver(partial(send, reply_to_message_id=reply_to))


async def reply(message: Message, text: str) -> None:
    await send_text(message.get_bot(), message.chat_id, text, message.message_id)


def wait(error: Exception, pause: float) -> float:
    """The seconds before another attempt: as Telegram asks, up to an hour, else ``pause``."""
    after = error.retry_after if isinstance(error, RetryAfter) else pause
    seconds = after.total_seconds() if isinstance(after, timedelta) else after
    return float(min(seconds, LONGEST_WAIT))


def repeatable(error: TelegramError, harmless: bool) -> bool:
    """Whether another attempt may succeed, and does no harm if the first one did."""
    if isinstance(error, RetryAfter):
        return True
    if not isinstance(error, NetworkError) or isinstance(error, BadRequest):
        return False
    return not REFUSAL.search(str(error)) and (harmless or not perhaps_sent(error))


def perhaps_sent(error: NetworkError) -> bool:
    """Whether Telegram may have acted although no answer came."""
    if isinstance(error, TimedOut):
        return not isinstance(error.__cause__, NEVER_WHOLE)
    return BEGUN in str(error)  # without any answer it counts as no: better twice than never


def is_unmodified(error: TelegramError) -> bool:
    """Whether an edit was refused only because it changes nothing."""
    return "message is not modified" in str(error).lower()


def _log(error: TelegramError) -> None:
    if isinstance(error, NetworkError) and perhaps_sent(error):
        logger.warning("a message may have been sent without an answer: it isn't sent again")
    elif not is_unmodified(error):
        logger.warning("Telegram refused a request: %s", error)
