"""The bot as an application of python-telegram-bot: handlers, start and end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telegram import BotCommand, Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
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
from artstyle.bot.sending import deliver, pauses
from artstyle.bot.texts import LANGUAGES, texts
from artstyle.bot.token import TokenError
from artstyle.jobs import JobQueue

logger = logging.getLogger(__name__)

GOODBYE_SECONDS = 2.0  # to tell those who wait that it goes on
LEAVE_SECONDS = 1.5  # for the last words with Telegram itself
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
        add_handlers(self.app, self.bot)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Run the bot in a task, which ends only with a `TokenError`; stop it at the end."""
        task = asyncio.create_task(self._run())
        try:
            yield task
        finally:
            self._queue.stop()  # followers hear that it goes on later
            if self.app.running:
                await self.bot.stop(GOODBYE_SECONDS)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            with suppress(TimeoutError, TelegramError):
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._leave()

    async def _run(self) -> None:
        """Connect, however long it takes, then listen until it is cancelled."""
        await connect(self.app)
        await self.bot.start()
        await self.app.start()
        updater = self.app.updater
        assert updater is not None
        await updater.start_polling(
            bootstrap_retries=-1, allowed_updates=UPDATES, error_callback=Complaints()
        )
        await register_commands(self.app)
        await asyncio.Event().wait()

    async def _leave(self) -> None:
        updater = self.app.updater
        if updater is not None and updater.running:
            await updater.stop()
        if self.app.running:
            await self.app.stop()
        await self.app.shutdown()


def build(connection: Connection) -> App:
    """Build the application: one update after the other, and Telegram's limits heeded."""
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)  # we tell ourselves
    builder = (
        ApplicationBuilder()
        .token(connection.token)
        .rate_limiter(AIORateLimiter())
        .concurrent_updates(False)
        .connection_pool_size(32)
        .read_timeout(30)
        .media_write_timeout(120)
    )
    if connection.base_url:
        builder = builder.base_url(connection.base_url)
    if connection.base_file_url:
        builder = builder.base_file_url(connection.base_file_url)
    return builder.build()


async def connect(app: App) -> None:
    """Say hello to Telegram, again and again until it answers; raises `TokenError`."""
    told = False
    for pause in pauses():
        try:
            await app.initialize()
            return
        except InvalidToken:
            raise TokenError(
                "Telegram doesn't know the bot's token: ask @BotFather for the right one (/mybots)"
            ) from None  # its text holds the token
        except (NetworkError, RetryAfter) as error:
            if not told:
                logger.warning("Telegram can't be reached (%s): trying again until it can", error)
                told = True
        await asyncio.sleep(pause)


async def register_commands(app: App) -> None:
    """Tell clients which commands there are, in each language."""
    for code, words in LANGUAGES.items():
        commands = [BotCommand(name, text) for name, text in words.commands.items()]
        language = "" if code == "en" else code  # English for all who speak neither
        await deliver(lambda: app.bot.set_my_commands(commands, language_code=language))  # noqa: B023


class Complaints:
    """Logs what goes wrong in fetching updates: a line when it begins, none while it lasts."""

    def __init__(self) -> None:
        """Nothing has gone wrong yet."""
        self._last: type[TelegramError] | None = None

    def __call__(self, error: TelegramError) -> None:
        """Log an error, unless it is the same as before."""
        if type(error) is not self._last:
            self._last = type(error)
            if isinstance(error, Conflict):
                logger.error("another process runs this bot too: stop one of them")
            else:
                logger.warning("Telegram can't be reached (%s): jobs go on meanwhile", error)


def add_handlers(app: App, bot: ArtBot) -> None:
    """Wire updates to what the bot does."""
    handlers = Handlers(bot)
    new = filters.UpdateType.MESSAGE  # no edits
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
        message = update.message
        if message is None:
            return
        if self._bot.allows(update.effective_user):
            await self._bot.album(message)
        elif message.caption or message.chat.type == "private":
            self._say(update, "private")

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
