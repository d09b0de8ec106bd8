"""Requests to Telegram in spite of a network that comes and goes, and without sending twice."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import httpx
from telegram import Bot, InlineKeyboardMarkup, Message
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from artstyle.bot.address import Address
from artstyle.bot.faults import fault

logger = logging.getLogger(__name__)

T = TypeVar("T")
Check = Callable[[], bool]
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between attempts while Telegram is away
LONGEST_WAIT = 3600.0  # seconds, even if a server asks for more
RIGHTS = re.compile(r"not enough rights|have no rights|_FORBIDDEN$|TOPIC_CLOSED", re.I)
REFUSAL = re.compile(r"\(4\d\d\)$|too large", re.I)  # how the library words other 4xx than 400
NEVER_WHOLE = (httpx.ConnectTimeout, httpx.PoolTimeout, httpx.WriteTimeout)
BEGUN = "complete message body"  # of an answer that broke off; Telegram acts before it answers


class Refused(Exception):
    """Telegram refuses a request, now and always."""

    def __init__(self, error: TelegramError) -> None:
        super().__init__(str(error))
        self.error = error

    @property
    def not_allowed(self) -> bool:
        """Whether the chat's rules are the reason."""
        return bool(RIGHTS.search(str(self.error)))


class Unsure(Exception):
    """Telegram may have done what was asked, but its answer was lost."""


async def deliver(
    send: Callable[[], Awaitable[T]],
    *,
    address: Address | None = None,
    harmless: bool = False,
    while_: Check = lambda: True,
) -> T | None:
    """Do as `insist`, but log what doesn't work, and return ``None``."""
    try:
        return await insist(send, address=address, harmless=harmless, while_=while_)
    except Refused as refused:
        if not is_unmodified(refused.error):
            logger.warning("Telegram refused a request: %s", refused, extra=fault(str(refused)))
    except Unsure:
        line = "a message may have been sent without an answer: it isn't sent again"
        logger.warning(line, extra=fault("unsure"))
    return None


async def insist(
    send: Callable[[], Awaitable[T]],
    *,
    address: Address | None = None,
    harmless: bool = False,
    while_: Check = lambda: True,
) -> T | None:
    """Repeat a request until Telegram answers; ``None`` if ``while_`` no longer holds.

    If the chat has moved, that is put into ``address``, from which ``send`` must take it.
    ``harmless`` says that doing it twice goes unnoticed, as with an edit or a download. Raises
    `Refused`, `Unsure`, or `telegram.error.Forbidden` if the user has blocked the bot.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return await send()
        except TelegramError as error:
            if address is not None and address.correct(error):
                continue
            if isinstance(error, Forbidden) and not RIGHTS.search(str(error)):
                raise
            if not repeatable(error, harmless):
                raise (Unsure() if perhaps_sent(error) else Refused(error)) from error
            logger.info("Telegram can't be reached (%s)", error)
            await asyncio.sleep(wait(error, pause))
        if not while_():
            return None
        pause = min(2 * pause, LONGEST_PAUSE)


def texting(
    bot: Bot, to: Address, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> Callable[[], Awaitable[Message]]:
    """A request that sends a text, as a reply if the message to reply to is still there."""
    return lambda: bot.send_message(
        to.chat,
        text,
        message_thread_id=to.thread,
        reply_to_message_id=to.reply_to,
        allow_sending_without_reply=True,
        reply_markup=keyboard,
    )


async def send_text(
    bot: Bot, to: Address, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> Message | None:
    return await deliver(texting(bot, to, text, keyboard), address=to)


async def reply(message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
    await send_text(message.get_bot(), Address.of(message), text, keyboard)


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


def perhaps_sent(error: TelegramError) -> bool:
    """Whether Telegram may have acted although no answer came."""
    if isinstance(error, TimedOut):
        return not isinstance(error.__cause__, NEVER_WHOLE)
    return isinstance(error, NetworkError) and BEGUN in str(
        error
    )  # without any answer it counts as no: better twice than never


def is_unmodified(error: TelegramError) -> bool:
    """Whether an edit was refused only because it changes nothing."""
    return "message is not modified" in str(error).lower()
