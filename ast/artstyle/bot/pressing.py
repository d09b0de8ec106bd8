"""What the bot does when somebody presses a button."""

import asyncio
from dataclasses import replace
from pathlib import Path

from telegram import CallbackQuery, MaybeInaccessibleMessage, Update

from artstyle.bot.administrators import administers
from artstyle.bot.answering import answer
from artstyle.bot.buttons import VARIATIONS
from artstyle.bot.commands import Context
from artstyle.bot.delivery import Delivery
from artstyle.bot.following import Follower
from artstyle.bot.making import Making
from artstyle.bot.offers import Offers
from artstyle.bot.sending import deliver
from artstyle.bot.services import Services
from artstyle.bot.speakers import Speaker, owner, speaker_of
from artstyle.bot.submitting import Submitter
from artstyle.bot.timelapse import timelapse
from artstyle.errors import QueueError
from artstyle.jobs import Job
from artstyle.jobs.again import AGAIN, again
from artstyle.roles import MASKS, Role
from artstyle.settings import Settings

MOST_SEED = 2**63


class Pressing:
    """Handlers of buttons; their data is an action, the id of a job, and what to change."""

    def __init__(self, services: Services, submitter: Submitter, offers: Offers) -> None:
        self._services, self._submitter, self._offers = services, submitter, offers
        self._making = Making(services, submitter)
        self._bot, self._queue, self._config = services.app.bot, services.queue, services.config

    async def button(self, update: Update, context: Context) -> None:
        query = update.callback_query
        assert query
        speaker = self._services.speakers.pressing(query.from_user)
        start = context.application.create_task
        action, id, change = [*(query.data or "").split(":"), "", ""][:3]
        job = self._queue.get(id)
        if offer := self._offers.actions.get(action):
            await offer(query, [id, change], context)
        elif job is None:
            start(answer(query, speaker.words.gone), update)
        elif job.owner == owner(speaker.id):
            await self._press(query, job, (action, change), speaker, context)
        else:
            start(self._press_for_chat(query, job, (action, change), context), update)

    async def _press_for_chat(
        self, query: CallbackQuery, job: Job, asked: tuple[str, str], context: Context
    ) -> None:
        """Press a button of a job that a chat asked for: its administrators may."""
        speakers, chat = self._services.speakers, speaker_of(job.owner)
        if chat is None or not await administers(self._bot, query, chat):
            await answer(query, speakers.pressing(query.from_user).words.not_yours)
            return
        speaker = speakers.pressing(query.from_user, chat)
        await self._press(query, job, asked, speaker, context)

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
        elif action == "lapse":
            start(self._timelapse(query, job, speaker))
        elif action == "again" and change in (*AGAIN, VARIATIONS):
            start(self._again(query, job, change, speaker))

    async def _send_again(self, query: CallbackQuery, job: Job) -> None:
        sending = answer(query, "")
        if delivery := self._services.deliveries.known.get(job.id):
            await asyncio.gather(sending, Follower(self._services, delivery, job).send_again())
        else:
            await sending

    async def _timelapse(self, query: CallbackQuery, job: Job, speaker: Speaker) -> None:
        """Send how the picture was made."""
        data = await asyncio.to_thread(timelapse, self._queue.files(job))
        if data is None or query.message is None:
            await answer(query, speaker.words.no_timelapse)
            return
        to = self._delivery(query.message, job, speaker)
        sending = deliver(
            lambda: self._bot.send_animation(
                to.chat,
                data,
                filename="timelapse.gif",
                message_thread_id=to.thread,
                reply_to_message_id=to.reply_to,
                allow_sending_without_reply=True,
            ),
            address=to,
        )
        await asyncio.gather(answer(query, ""), sending)

    async def _again(self, query: CallbackQuery, job: Job, change: str, speaker: Speaker) -> None:
        """Make another job of the same pictures, or four."""
        words, made = speaker.words, self._changed(job, change)
        if not made or query.message is None:
            await answer(query, words.largest)
            return
        pictures = self._pictures(job, swapped=change == "swapped")
        if not await asyncio.to_thread(lambda: all(path.is_file() for path in pictures.values())):
            await answer(query, words.gone)
            return
        try:
            self._submitter.admission.check(speaker.id)
        except QueueError as error:
            await answer(query, words.error(error))
            return
        repeated = [
            self._making.repeat(pictures, each, self._delivery(query.message, job, speaker))
            for each in made
        ]
        await asyncio.gather(answer(query, words.started), *repeated)

    def _pictures(self, job: Job, *, swapped: bool) -> dict[Role, Path]:
        """The files of a job's pictures; a mask belongs to the photo, so swapped ones have none."""
        files = self._queue.files(job)
        paths = {role: files.original(role, each) for role, each in job.request.sources.items()}
        if not swapped:
            return paths
        paths["content"], paths["style"] = paths["style"], paths["content"]
        return {role: path for role, path in paths.items() if role not in MASKS}

    def _changed(self, job: Job, change: str) -> list[Settings]:
        """The settings of the jobs that a button asks for."""
        asked, used = job.request.settings, job.state.used or job.request.settings
        if change == VARIATIONS:
            return [replace(asked, seed=(used.seed + more) % MOST_SEED) for more in range(1, 5)]
        settings = again(change, asked, used, self._config.most_levels)
        return [settings] if settings else []

    def _delivery(self, message: MaybeInaccessibleMessage, job: Job, speaker: Speaker) -> Delivery:
        """A delivery in answer to one of a job's messages; an old one doesn't name its topic."""
        delivery = Delivery.to(speaker, message)
        if known := self._services.deliveries.known.get(job.id):
            delivery.thread = known.thread
        return delivery
