"""What the bot does when somebody presses a button."""

import asyncio
import logging

from telegram import CallbackQuery, ChatMember, Message, Update
from telegram.error import TelegramError

from artstyle.bot.albums import Albums
from artstyle.bot.commands import Context
from artstyle.bot.delivery import Delivery
from artstyle.bot.following import Follower
from artstyle.bot.services import Services
from artstyle.bot.singles import as_reply
from artstyle.bot.speakers import Speaker, owner, speaker_of
from artstyle.bot.submitting import Submitter
from artstyle.errors import QueueError
from artstyle.jobs import Job
from artstyle.jobs.again import AGAIN, again

logger = logging.getLogger(__name__)

ADMINISTRATORS = (ChatMember.ADMINISTRATOR, ChatMember.OWNER)


class Pressing:
    """Handlers of buttons; their data is an action, the id of a job, and what to change."""

    def __init__(self, services: Services, submitter: Submitter, albums: Albums) -> None:
        self._services, self._submitter, self._albums = services, submitter, albums
        self._bot, self._queue, self._config = services.app.bot, services.queue, services.config

    async def button(self, update: Update, context: Context) -> None:
        query = update.callback_query
        assert query
        speaker, start = Speaker.pressing(query.from_user), context.application.create_task
        action, id, change = [*(query.data or "").split(":"), "", ""][:3]
        job = self._queue.get(id)
        if action == "pair":
            await self._pair(query, id, change, context)
        elif job is None:
            start(answer(query, speaker.words.gone), update)
        elif job.owner == owner(speaker.id):
            await self._press(query, job, (action, change), speaker, context)
        else:
            start(self._press_for_chat(query, job, (action, change), context), update)

    async def _pair(self, query: CallbackQuery, first: str, second: str, context: Context) -> None:
        """Take two pictures that came one after the other as a reply to one another."""
        singles, words = self._services.deliveries.singles, Speaker.pressing(query.from_user).words
        chat = query.message.chat.id if query.message else query.from_user.id
        numbers = [int(each) if each.isdecimal() else 0 for each in (first, second)]
        found = [each for number in numbers if (each := await singles.get(chat, number))]
        if len(found) == 2:
            await self._albums.add(Message.de_json(as_reply(found[1], found[0]), self._bot))
        text = words.started if len(found) == 2 else words.gone
        context.application.create_task(answer(query, text))

    async def _press_for_chat(
        self, query: CallbackQuery, job: Job, asked: tuple[str, str], context: Context
    ) -> None:
        """Press a button of a job that a chat asked for: its administrators may."""
        person, chat = Speaker.pressing(query.from_user), speaker_of(job.owner)
        if chat is None or not await self._administers(query, chat):
            await answer(query, person.words.not_yours)
            return
        await self._press(query, job, asked, Speaker(chat, person.language), context)

    async def _administers(self, query: CallbackQuery, chat: int) -> bool:
        """Whether somebody is an administrator of a chat, or of the group if that is hidden."""
        if chat > 0:
            return False
        group = query.message.chat.id if query.message else chat
        for each in dict.fromkeys((chat, group)):
            try:
                member = await self._bot.get_chat_member(each, query.from_user.id)
            except TelegramError as error:  # the bot may not see who is in a channel
                logger.info("the members of a chat aren't shown: %s", error)
            else:
                return member.status in ADMINISTRATORS
        return False

    async def _press(
        self,
        query: CallbackQuery,
        job: Job,
        asked: tuple[str, str],
        speaker: Speaker,
        context: Context,
    ) -> None:
        start, (action, change) = context.application.create_task, asked
        if action == "cancel":
            await self._queue.cancel(job)
            start(answer(query, ""))
        elif not self._config.allows(speaker.id):
            start(answer(query, speaker.words.private))
        elif action == "send":
            start(self._send_again(query, job))
        elif action == "again" and change in AGAIN:
            start(self._again(query, job, change, speaker))

    async def _send_again(self, query: CallbackQuery, job: Job) -> None:
        sending = answer(query, "")
        if delivery := self._services.deliveries.known.get(job.id):
            await asyncio.gather(sending, Follower(self._services, delivery, job).send_again())
        else:
            await sending

    async def _again(self, query: CallbackQuery, job: Job, change: str, speaker: Speaker) -> None:
        """Make another job of the same pictures."""
        words = speaker.words
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
            self._submitter.admission.check(speaker.id)
        except QueueError as error:
            await answer(query, words.error(error))
            return
        delivery = Delivery.to(speaker, query.message)
        repeated = self._submitter.repeat(
            pair[::-1] if change == "swapped" else pair, settings, delivery
        )
        await asyncio.gather(answer(query, words.started), repeated)


async def answer(query: CallbackQuery, text: str) -> None:
    """Answer a button, which spins until then; once, for a minute later it is of no use."""
    try:
        await query.answer(text or None, show_alert=False)
    except TelegramError as error:
        logger.info("a button wasn't answered: %s", error)
