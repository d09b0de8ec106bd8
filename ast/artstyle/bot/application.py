"""The bot as an application of python-telegram-bot: handlers, start and end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from telegram import Bot, BotCommand, Update
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import (
    AIORateLimiter,
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from artstyle.bot.bot import ArtBot, BotConfig
from artstyle.bot.deliveries import Deliveries
from artstyle.bot.heartbeat import Heartbeat
from artstyle.bot.sending import deliver, pauses, wait
from artstyle.bot.texts import LANGUAGES, texts
from artstyle.bot.token import TokenError
from artstyle.jobs import JobQueue

logger = logging.getLogger(__name__)

# With the three seconds that the queue gives its workers, the end takes less than five.
GOODBYE_SECONDS = 1.4  # to tell those who wait that it goes on
LEAVE_SECONDS = 0.4  # to close the connections
POLL_SECONDS = 10  # that Telegram may hold a request for updates while there are none
READ_SECONDS = 30.0  # that an answer may take
QUIET_SECONDS = 3600.0  # without a kind of trouble, after which it is told anew
UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]

App = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How Telegram is reached."""

    token: str
    base_url: str | None
    """Another Bot API server than Telegram's, up to "…/bot"; None for Telegram's."""
    base_file_url: str | None


class TelegramBot:
    """One bot on one queue."""

    def __init__(
        self, connection: Connection, queue: JobQueue, folder: Path, config: BotConfig
    ) -> None:
        """Take what it works with; `running` begins."""
        self.app = build(connection)
        self.bot = ArtBot(self.app.bot, queue, Deliveries(folder), config)
        self._queue = queue
        self._heartbeat = Heartbeat(folder)
        add_handlers(self.app, self.bot)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Run the bot in a task, which ends only with a `TokenError`; stop it at the end."""
        self._heartbeat.stop()  # what a life before this one may have left
        task = asyncio.create_task(self._run())
        try:
            yield task
        finally:
            task.cancel()  # what comes from now on is for the next start
            await asyncio.gather(task, return_exceptions=True)
            self._heartbeat.stop()
            self._queue.stop()  # followers hear that it goes on later
            await self.bot.stop(GOODBYE_SECONDS)
            with suppress(TimeoutError, TelegramError):
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self.app.shutdown()
                    await self.app.bot.shutdown()  # if it was never reached, the above does not

    async def _run(self) -> None:
        """Connect, however long it takes, then listen until it is cancelled."""
        await connect(self.app)
        await self.bot.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(register_commands(self.app))
            group.create_task(listen(self.app, self._heartbeat))


def build(connection: Connection) -> App:
    """Build the application: one update after the other, and Telegram's limits heeded."""
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)  # we tell ourselves
    builder = (
        ApplicationBuilder()
        .token(connection.token)
        .rate_limiter(AIORateLimiter())
        .concurrent_updates(False)
        .updater(None)  # see listen()
        .connection_pool_size(32)
        .pool_timeout(30)
        .read_timeout(READ_SECONDS)
        .media_write_timeout(120)
    )
    if connection.base_url:
        builder = builder.base_url(connection.base_url)
    if connection.base_file_url:
        builder = builder.base_file_url(connection.base_file_url)
    return builder.build()


async def connect(app: App) -> None:
    """Say hello to Telegram, again and again until it answers; raises `TokenError`."""
    complaints = Complaints()
    for pause in pauses():
        try:
            await app.initialize()
            return
        except InvalidToken:
            raise TokenError(
                "Telegram doesn't know the bot's token: ask @BotFather for the right one (/mybots)"
            ) from None  # its text holds the token
        except TelegramError as error:
            complaints.tell(error)
            await asyncio.sleep(wait(error, pause))


async def register_commands(app: App) -> None:
    """Tell clients which commands there are, in each language."""
    for code, words in LANGUAGES.items():
        commands = [BotCommand(name, text) for name, text in words.commands.items()]
        language = "" if code == "en" else code  # English for all who speak neither
        register = partial(app.bot.set_my_commands, commands, language_code=language)
        await deliver(register, harmless=True)


async def listen(app: App, heartbeat: Heartbeat) -> None:
    """Work on updates, one after the other, with a beat for each answer of Telegram's.

    In place of the library's Updater, which confirms updates before they are worked on: those
    that a crash interrupts would be lost.
    """
    await deliver(app.bot.delete_webhook, harmless=True)
    complaints, offset = Complaints(), 0
    while True:
        updates = await fetch(app.bot, offset, complaints)
        heartbeat.beat()
        for update in updates:
            await app.process_update(update)
            offset = update.update_id + 1  # the next request confirms it


async def fetch(bot: Bot, offset: int, complaints: Complaints) -> Sequence[Update]:
    """Wait for updates, however long Telegram is away."""
    for pause in pauses():
        try:
            return await bot.get_updates(offset, timeout=POLL_SECONDS, allowed_updates=UPDATES)
        except Exception as error:  # also an update that can't be read: jobs go on all the same
            complaints.tell(error)
            await asyncio.sleep(wait(error, pause))
    raise AssertionError("there is always another pause")


class Complaints:
    """Logs why no updates come: a line when it begins, none while it lasts."""

    def __init__(self) -> None:
        """Nothing has gone wrong yet."""
        self._last: dict[type[Exception], float] = {}

    def tell(self, error: Exception) -> None:
        """Log an error, unless there was one of its kind not long ago."""
        now = time.monotonic()
        if now - self._last.get(type(error), -QUIET_SECONDS) >= QUIET_SECONDS:
            self._log(error)
        self._last[type(error)] = now

    def _log(self, error: Exception) -> None:
        match error:
            case Conflict():
                logger.error("another process runs this bot too: stop one of them")
            case InvalidToken():
                logger.error("Telegram doesn't know the bot's token any more: jobs go on")
            case _:
                logger.warning("Telegram can't be reached (%s): jobs go on meanwhile", error)


def add_handlers(app: App, bot: ArtBot) -> None:
    """Wire updates to what the bot does."""
    handlers = Handlers(bot)
    new = filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL  # no edits, nothing pinned
    app.add_handler(CommandHandler(["start", "help"], handlers.help, new))
    app.add_handler(CommandHandler("status", handlers.status, new))
    app.add_handler(CommandHandler("cancel", handlers.cancel, new))
    app.add_handler(MessageHandler(new & Grouped(), handlers.album))
    app.add_handler(MessageHandler(new & filters.ChatType.PRIVATE, handlers.hint))
    app.add_handler(CallbackQueryHandler(handlers.button))
    app.add_error_handler(_log_error)


class Grouped(filters.MessageFilter):
    """Messages that are part of an album."""

    def filter(self, message: Any) -> bool:
        """Tell whether a message belongs to a group of media."""
        return message.media_group_id is not None


class Handlers:
    """What happens with each kind of update."""

    def __init__(self, bot: ArtBot) -> None:
        """Hand everything to the bot."""
        self._bot = bot

    async def help(self, update: Update, _: Context) -> None:
        """Explain how it works."""
        self._say(update, "help")

    async def hint(self, update: Update, _: Context) -> None:
        """Say what to send instead of what came."""
        self._say(update, "hint")

    async def status(self, update: Update, _: Context) -> None:
        """Tell how the user's own jobs stand."""
        message, user = update.message, update.effective_user
        if message and user:
            self._bot.status(message, user)

    async def cancel(self, update: Update, _: Context) -> None:
        """Cancel all that the user waits for."""
        message, user = update.message, update.effective_user
        if message and user:
            words = texts(user.language_code)
            count = await self._bot.cancel_all(user.id)
            text = words.cancelled_count.format(count) if count else words.nothing
            self._bot.say(message, text)

    async def album(self, update: Update, _: Context) -> None:
        """Gather the pictures of an album."""
        if update.message:
            await self._bot.album(update.message)

    async def button(self, update: Update, _: Context) -> None:
        """Do what the pressed button says."""
        if update.callback_query:
            await self._bot.press(update.callback_query)

    def _say(self, update: Update, name: str) -> None:
        message, user = update.message, update.effective_user
        if message and user:
            words = texts(user.language_code)
            name = name if self._bot.allows(user) else "private"
            self._bot.say(message, getattr(words, name))


async def _log_error(update: object, context: Context) -> None:
    """Log what nobody expected; the update itself may be private and stays out."""
    logger.error("an update broke a handler", exc_info=context.error)
