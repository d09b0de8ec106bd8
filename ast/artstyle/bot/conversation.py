"""What the bot does with commands, albums and buttons."""

import asyncio
import logging
from collections.abc import Sequence
from uuid import uuid4

from telegram import CallbackQuery, Message, Update, User
from telegram.constants import ChatType
from telegram.error import Forbidden, TelegramError
from telegram.ext import ContextTypes

from artstyle.bot.albums import Albums
from artstyle.bot.delivery import Delivery, owner
from artstyle.bot.faults import where
from artstyle.bot.incoming import caption_of, check_size, is_for_bot, pair_of
from artstyle.bot.services import Services
from artstyle.bot.submitting import Submitter
from artstyle.bot.texts import Texts, texts
from artstyle.errors import ArtstyleError, QueueClosing, QueueError, Unexpected
from artstyle.jobs import Job
from artstyle.jobs.again import AGAIN, again

logger = logging.getLogger(__name__)

LISTED = 10  # jobs in the answer to /status

Context = ContextTypes.DEFAULT_TYPE


class Conversation:
    """Handlers of updates; all but ``message``, which saves albums, run in the background."""

    def __init__(self, services: Services) -> None:
        self._bot, self._queue, self._config = services.app.bot, services.queue, services.config
        self._deliveries, self._reply = services.deliveries, services.replies.say
        self.submitter, self._most = Submitter(services), services.server.picture_bytes
        self.albums = Albums(self._album, self._late, services.deliveries.inbox, services.config)

    async def help(self, update: Update, _: Context) -> None:
        message, user, words = received(update)
        await self._reply(message, words.help if self._config.allows(user) else words.private)

    async def message(self, update: Update, context: Context) -> None:
        """Gather albums; to anything else in private, say what to send instead."""
        message, user, words = received(update)
        if message.media_group_id:
            await self.albums.add(message)
        elif message.chat.type == ChatType.PRIVATE:
            text = words.hint if self._config.allows(user) else words.private
            context.application.create_task(self._reply(message, text))

    async def status(self, update: Update, _: Context) -> None:
        message, user, words = received(update)
        lines = [f"• {words.status(job)}" for job in self._jobs_of(user)[-LISTED:]]
        await self._reply(message, "\n".join(lines) or words.nothing)

    async def cancel(self, update: Update, context: Context) -> None:
        message, user, words = received(update)
        waiting = [job for job in self._jobs_of(user) if not job.status.ended]
        count = sum([await self._queue.cancel(job) for job in waiting])
        text = words.cancelled_count.format(count) if count else words.nothing
        context.application.create_task(self._reply(message, text), update)

    def _jobs_of(self, user: User) -> list[Job]:
        return [job for job in self._queue.all() if job.owner == owner(user.id)]

    async def button(self, update: Update, context: Context) -> None:
        query = update.callback_query
        assert query
        words = texts(query.from_user.language_code)
        action, id, change = [*(query.data or "").split(":"), "", ""][:3]
        job, start = self._queue.get(id), context.application.create_task
        if job is None:
            start(answer(query, words.gone), update)
        elif job.owner != owner(query.from_user.id):
            start(answer(query, words.not_yours), update)
        elif action == "cancel":
            await self._queue.cancel(job)
            start(answer(query, ""), update)
        elif not self._config.allows(query.from_user):
            start(answer(query, words.private), update)
        elif change in AGAIN:
            start(self._again(query, job, change, words), update)

    async def _again(self, query: CallbackQuery, job: Job, change: str, words: Texts) -> None:
        """Make another job of the same pictures."""
        asked, used = job.request.settings, job.state.used or job.request.settings
        settings = again(change, asked, used, self._config.most_levels)
        if settings is None or query.message is None:
            await answer(query, words.largest)
            return
        pair = self._queue.files(job).source("content"), self._queue.files(job).source("style")
        if not await asyncio.to_thread(lambda: all(path.is_file() for path in pair)):
            await answer(query, words.gone)
            return
        try:
            self.submitter.admission.check(query.from_user.id)
        except QueueError as error:
            await answer(query, words.error(error))
            return
        delivery = Delivery.to(query.from_user, query.message)
        repeated = self.submitter.repeat(
            pair[::-1] if change == "swapped" else pair, settings, delivery
        )
        await asyncio.gather(answer(query, words.started), repeated)

    async def _album(self, messages: Sequence[Message]) -> None:
        first, user = messages[0], messages[0].from_user
        if user is None or not is_for_bot(messages, self._bot):
            return
        words = texts(user.language_code)
        try:
            await self._take(messages, user, words)
        except (Forbidden, QueueClosing):
            raise
        except ArtstyleError as error:
            await self._reply(first, words.error(error))
        except Exception as error:
            id = uuid4().hex[:8]
            logger.error("an album couldn't be handled (%s): %s", id, where(error))
            await self._reply(first, words.error(Unexpected(id)))

    async def _take(self, messages: Sequence[Message], user: User, words: Texts) -> None:
        first, pair = messages[0], pair_of(messages)
        if not self._config.allows(user):
            await self._reply(first, words.private)
        elif pair is None:  # of albums in groups, Telegram often shows a bot only one picture
            alone = len(messages) == 1 and first.chat.type != ChatType.PRIVATE
            await self._reply(first, words.group_hint if alone else words.hint)
        elif not self._deliveries.answers(first.chat_id, first.message_id):
            check_size(pair, self._most)
            await self.submitter.submit(pair, caption_of(messages), Delivery.to(user, first))

    async def _late(self, message: Message) -> None:
        """Answer a picture that came after its album was complete."""
        if message.from_user and is_for_bot([message], self._bot):
            await self._reply(message, texts(message.from_user.language_code).too_late)


def received(update: Update) -> tuple[Message, User, Texts]:
    message = update.message
    assert message and message.from_user  # the handlers' filters let nothing else pass
    return message, message.from_user, texts(message.from_user.language_code)


async def answer(query: CallbackQuery, text: str) -> None:
    """Answer a button, which spins until then; once, for a minute later it is of no use."""
    try:
        await query.answer(text or None, show_alert=False)
    except TelegramError as error:
        logger.info("a button wasn't answered: %s", error)
