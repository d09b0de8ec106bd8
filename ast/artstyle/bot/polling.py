"""The connection to Telegram: getting updates for as long as the bot runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from telegram import Bot, BotCommand, Update
from telegram.error import Conflict, InvalidToken, TelegramError

from artstyle.bot import sending
from artstyle.bot.faults import fault, where
from artstyle.bot.heartbeat import Heartbeat
from artstyle.bot.services import App, Link
from artstyle.bot.texts import LANGUAGES
from artstyle.errors import TokenError

logger = logging.getLogger(__name__)

POLL_SECONDS = 10  # that Telegram may hold a request for updates while there are none
COMMANDS = ("help", "paintings", "status", "cancel", "language")
UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]

T = TypeVar("T")


async def connect(app: App) -> None:
    """Connect to Telegram, however long it takes; raises `TokenError`."""
    try:
        await _insist(app.initialize, Link(), InvalidToken)
    except InvalidToken:
        raise TokenError(
            "Telegram doesn't know the bot's token: get the right one from @BotFather (/mybots)"
        ) from None  # its text holds the token


async def register_commands(app: App) -> None:
    """Register the bot's commands, with descriptions in each language."""
    for code, words in LANGUAGES.items():
        commands = [BotCommand(name, getattr(words, f"{name}_command")) for name in COMMANDS]
        language = "" if code == "en" else code  # English for all other languages
        register = partial(app.bot.set_my_commands, commands, language_code=language)
        await sending.deliver(register, harmless=True)


async def listen(app: App, heartbeat: Heartbeat, link: Link) -> None:
    """Handle updates, one after the other, with a heartbeat for each answer from Telegram."""
    # The library's Updater confirms updates before they are handled: a crash would lose them.
    await sending.deliver(app.bot.delete_webhook, harmless=True)
    offset = 0
    while True:
        updates = await _insist(partial(_poll, app.bot, offset, link), link)
        heartbeat.beat()
        for update in updates:
            await app.process_update(update)
            offset = update.update_id + 1  # the next request confirms it


async def _poll(bot: Bot, offset: int, link: Link) -> Sequence[Update]:
    """Get updates; raises `WebhookSet` after removing a webhook, which keeps them away."""
    try:
        seconds = 0 if link.failing else POLL_SECONDS  # to know soon that it works again
        return await bot.get_updates(offset, timeout=seconds, allowed_updates=UPDATES)
    except Conflict as error:
        if not _is_webhook(error):
            raise
        await bot.delete_webhook()
        raise WebhookSet(str(error)) from error


class WebhookSet(TelegramError):
    """Another program set a webhook for this bot."""


def _is_webhook(error: Conflict) -> bool:
    """Whether it is one rather than another process that asks for updates: both are 409."""
    return "webhook" in str(error).lower()


def _complain(error: Exception) -> None:
    """Log why Telegram doesn't answer."""
    kind = fault(type(error).__name__)
    match error:
        case WebhookSet():
            text = "another program set a webhook for this bot: it was removed again"
            logger.warning(text, extra=kind)
        case Conflict():
            text = "another process runs this bot too: stop one of them"
            logger.error(text, extra=kind)
        case InvalidToken():
            logger.error("Telegram no longer accepts the bot's token: jobs go on", extra=kind)
        case TelegramError():
            text = "Telegram can't be reached (%s): jobs go on meanwhile"
            logger.warning(text, error, extra=kind)
        case _:
            place = where(error)
            logger.error("a request to Telegram failed: %s", place, extra=fault(place))


async def _insist(ask: Callable[[], Awaitable[T]], link: Link, *fatal: type[Exception]) -> T:
    """Repeat a request until it succeeds or fails fatally; meanwhile jobs go on."""
    pause = sending.FIRST_PAUSE
    while True:
        try:
            answer = await ask()
        except fatal:
            raise
        except Exception as error:
            link.failing = True
            _complain(error)
            await asyncio.sleep(sending.wait(error, pause))
        else:
            link.failing = False
            return answer
        pause = min(2 * pause, sending.LONGEST_PAUSE)
