"""Follows a job for its user, from its place in the queue to the finished picture."""

import logging

from telegram.error import Forbidden

from artstyle.bot.clip_results import ClipResults
from artstyle.bot.delivery import Delivery
from artstyle.bot.intermediate import Intermediate
from artstyle.bot.results import Results
from artstyle.bot.services import Services
from artstyle.bot.status import StatusMessage
from artstyle.bot.texts import texts
from artstyle.jobs import EventKind, Job, JobEvent, JobStatus

logger = logging.getLogger(__name__)


class Follower:
    """Sends one user what becomes of one job, each thing once."""

    def __init__(self, services: Services, delivery: Delivery, job: Job) -> None:
        bot, self._deliveries = services.app.bot, services.deliveries
        self._queue, self._job, self._delivery = services.queue, job, delivery
        self._status = StatusMessage(bot, delivery, job)
        results = ClipResults if job.request.length else Results
        self._results = results(bot, self._deliveries, delivery)
        in_place = services.config.edits(delivery.chat)
        self._pictures = Intermediate(bot, self._deliveries, delivery, in_place=in_place)
        self._texts = texts(delivery.language)

    async def follow(self) -> None:
        try:
            async for event in self._job.events(self._delivery.milestone):
                await self._handle(event)
        except Forbidden:
            await self._abandon()
        finally:
            self._status.stop()

    async def send_again(self) -> None:
        """Send what Telegram never confirmed, after its user said that it is missing."""
        if self._results.forget_unsure():
            self._delivery.milestone = 100  # the result is all that is missing
            await self.follow()

    async def _handle(self, event: JobEvent) -> None:
        match event.kind:
            case EventKind.RUNNING if event.state.sketch:
                path = self._queue.files(self._job).picture("sketch")
                assert path
                await self._pictures.sketch(path, self._texts.sketch, self._unreached)
            case EventKind.MILESTONE if event.percent is not None and event.percent < 100:
                path = self._queue.files(self._job).picture(f"snapshot-{event.percent}")
                assert path  # when the job has ended, the result replaces it
                await self._pictures.show(event.percent, path, lambda: not self._job.status.ended)
            case EventKind.DONE:
                await self._results.send(self._queue.files(self._job))
                await self._end()
            case EventKind.FAILED | EventKind.CANCELLED:
                await self._end()
            case EventKind.SUSPENDED:
                await self._status.end(self._texts.suspended)

    def _unreached(self) -> bool:
        """Whether the sketch is still the best picture there is."""
        return not self._job.status.ended and not self._job.state.milestone

    async def _end(self) -> None:
        delivery, state = self._delivery, self._job.state
        if state.failure:
            logger.info("job %s failed: %s", self._job.id, state.failure.code)
        done = state.status is JobStatus.DONE
        text = self._texts.end(state)
        if done:
            text = " ".join([text, *self._texts.missing(delivery.photo.name, delivery.file.name)])
        if not await self._status.end(text, self._results.last_buttons() if done else None):
            logger.warning("job %s: its user couldn't be told that it ended", self._job.id)
        delivery.finished = True
        await self._deliveries.save(delivery)

    async def _abandon(self) -> None:
        """Cancel all that this user waits for in this chat, since it can't be delivered."""
        mine = self._delivery
        logger.info("user %s has blocked the bot: their pictures are cancelled", mine.user)
        mine.finished = True
        await self._deliveries.save(mine)
        for each in list(self._deliveries.known.values()):
            job = self._queue.get(each.job)
            if job and (each.user, each.chat) == (mine.user, mine.chat):
                await self._queue.cancel(job)
