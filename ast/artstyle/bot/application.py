"""The bot as an application of python-telegram-bot: wiring, start and end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from telegram import ext
from telegram.error import Forbidden, TelegramError

from artstyle.bot import albums, polling, requests, sending
from artstyle.bot.commands import Commands, Context
from artstyle.bot.conversation import Conversation
from artstyle.bot.delivery import Deliveries
from artstyle.bot.faults import fault, once_a_day, where
from artstyle.bot.heartbeat import Heartbeat
from artstyle.bot.limiter import FairLimiter
from artstyle.bot.offers import Offers
from artstyle.bot.polling import connect, listen, register_commands
from artstyle.bot.pressing import Pressing
from artstyle.bot.replies import Replies
from artstyle.bot.requests import Request, UpdatesRequest
from artstyle.bot.samples import Samples
from artstyle.bot.services import App, BotConfig, Connection, Link, Services
from artstyle.bot.submitting import Submitter
from artstyle.jobs import JobQueue

logger = logging.getLogger(__name__)

REPEATING = (albums, polling, requests, sending)  # what they log may come again and again

# With the three seconds that the queue gives its workers, stopping takes less than five.
GOODBYE_SECONDS = 1.4  # to tell waiting users that it goes on later
LEAVE_SECONDS = 0.4  # to close the connections
READ_SECONDS = 30.0  # that an answer may take


class TelegramBot:
    """One bot on one queue."""

    def __init__(self, to: Connection, queue: JobQueue, folder: Path, config: BotConfig) -> None:
        self._app, self._heartbeat = build(to), Heartbeat(folder)
        deliveries, samples = Deliveries(folder), Samples(config.paintings)
        self._services = Services(
            self._app, queue, deliveries, Replies(), to, config, samples, Link()
        )
        self._submitter = Submitter(self._services)
        self._conversation = Conversation(self._services, self._submitter)
        offers = Offers(self._services, self._submitter, self._conversation.albums)
        pressing = Pressing(self._services, self._submitter, offers)
        add_handlers(self._app, Commands(self._services), self._conversation, pressing)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Run the bot in a task, which ends by itself only with an error, such as `TokenError`."""
        self._heartbeat.stop()  # a crash may have left it
        with once_a_day(*(module.logger for module in REPEATING), logger):
            task = asyncio.create_task(self._run())
            try:
                yield task
            finally:
                task.cancel()  # what comes from now on is for the next start
                await asyncio.gather(task, return_exceptions=True)
                await self._stop()

    async def _run(self) -> None:
        await connect(self._app)
        await self._app.start()
        await self._services.deliveries.open()
        await self._submitter.resume()
        await self._conversation.albums.resume(self._app.bot)
        async with asyncio.TaskGroup() as group:
            group.create_task(register_commands(self._app))
            group.create_task(listen(self._app, self._heartbeat, self._services.link))

    async def _stop(self) -> None:
        self._heartbeat.stop()
        self._services.queue.stop()  # followers are told that their jobs go on later
        await self._conversation.albums.close()
        self._services.replies.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                if self._app.running:
                    await self._app.stop()
        await self._services.deliveries.close()
        with suppress(TimeoutError, TelegramError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._submitter.close()
                await self._app.shutdown()
                await self._app.bot.shutdown()  # the above skips it if Telegram was never reached


def build(to: Connection) -> App:
    """Build the application: one update after the other, within Telegram's limits."""
    logging.getLogger("telegram").setLevel(logging.WARNING)  # below it logs what users write
    return (
        ext.ApplicationBuilder()
        .token(to.token)
        .base_url(to.base_url)
        .base_file_url(to.base_file_url)
        .rate_limiter(FairLimiter())
        .updater(None)  # see polling.listen()
        .request(_request(Request, connections=32))
        .get_updates_request(_request(UpdatesRequest, connections=1))
        .build()
    )


def _request(kind: type[Request], connections: int) -> Request:
    return kind(connections, read_timeout=READ_SECONDS, pool_timeout=30.0, media_write_timeout=120)


def add_handlers(
    app: App, commands: Commands, conversation: Conversation, pressing: Pressing
) -> None:
    new = ext.filters.UpdateType.MESSAGE & ~ext.filters.StatusUpdate.ALL  # no edits, nothing pinned
    # Nobody waits for an answer to somebody else, but what is asked for is done at once:
    # a cancellation before its update is confirmed.
    app.add_handler(ext.CommandHandler(["start", "help"], commands.help, new, block=False))
    app.add_handler(ext.CommandHandler("status", commands.status, new, block=False))
    app.add_handler(ext.CommandHandler("paintings", commands.paintings, new, block=False))
    app.add_handler(ext.CommandHandler("language", commands.language, new, block=False))
    app.add_handler(ext.CommandHandler("stats", commands.stats, new, block=False))
    app.add_handler(ext.CommandHandler("cancel", commands.cancel, new))
    app.add_handler(ext.MessageHandler(new, conversation.message))
    app.add_handler(ext.CallbackQueryHandler(pressing.button))
    app.add_error_handler(_log_error)


async def _log_error(_: object, context: Context) -> None:
    if isinstance(context.error, Forbidden):
        logger.info("a user has blocked the bot")
    elif context.error is not None:
        place = where(context.error)
        logger.error("an update or a task failed: %s", place, extra=fault(place))
