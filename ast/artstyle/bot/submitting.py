"""Turns albums and buttons into jobs, which are then followed."""

import asyncio

from artstyle.bot import options
from artstyle.bot.admission import Admission
from artstyle.bot.delivery import Delivery
from artstyle.bot.downloading import Downloads, Files
from artstyle.bot.following import Follower
from artstyle.bot.incoming import Pictures
from artstyle.bot.places import SMALL_BYTES, AlbumPlaces
from artstyle.bot.sending import deliver, send_text
from artstyle.bot.services import Services
from artstyle.bot.speakers import owner
from artstyle.bot.statistics import expected_wait
from artstyle.bot.status import show_last
from artstyle.bot.texts import texts
from artstyle.defaults import fitting
from artstyle.errors import ArtstyleError, QueueClosing
from artstyle.jobs import Job, Submission
from artstyle.roles import STYLES
from artstyle.settings import Settings

DOWNLOAD_SECONDS = 3600.0  # to try and download an album; Telegram may be away for a while


class Submitter:
    """Submits pictures to the queue; a `Delivery` says for whom, and gets its job and status."""

    def __init__(self, services: Services) -> None:
        self._services, self._bot = services, services.app.bot
        self._queue, self._deliveries = services.queue, services.deliveries
        self.downloads = Downloads(self._bot, services.server)
        self.places = AlbumPlaces()
        config = services.config
        self.admission = Admission(services.queue, config.daily, config.admins)

    async def close(self) -> None:
        await self.downloads.close()

    async def resume(self) -> None:
        """Follow the jobs that the previous run of the program left."""
        for delivery in list(self._deliveries.known.values()):
            job = self._queue.get(delivery.job)
            if job is None:
                await self._deliveries.delete(delivery)
            elif not delivery.finished:
                self._services.app.create_task(Follower(self._services, delivery, job).follow())

    async def submit(self, pictures: Pictures, caption: str, delivery: Delivery) -> None:
        """Download the pictures, and make a job of them.

        Raises a `QueueError` or a `SettingsError` before anything is downloaded.
        """
        config = self._services.config
        usual = fitting(config.defaults, sum(role in STYLES for role in pictures))
        settings, preset, understood = options.read(caption, usual, config.most_levels)
        with self.admission.admitted(delivery.user):
            await self._acknowledge(delivery, f": {understood}" if understood else "")
            job = await self._fetch(pictures, settings, delivery, preset)
        if job is not None:
            follower = await self.follower(job, delivery)
            self._services.app.create_task(follower.follow())
            for warning in job.warnings:
                text = texts(delivery.language).error(warning)
                await send_text(self._bot, delivery, text)

    async def _acknowledge(self, delivery: Delivery, understood: str) -> None:
        """Answer an album, unless that was done before a crash."""
        assert delivery.reply_to is not None
        inbox, album = self._deliveries.inbox, (delivery.chat, delivery.reply_to)
        delivery.status = inbox.answer(*album)
        if delivery.status is None:
            await self.accept(delivery, understood)
            if delivery.status is not None:
                await inbox.answered(*album, delivery.status)

    async def accept(self, delivery: Delivery, understood: str) -> None:
        words, longest = texts(delivery.language), self._services.config.longest_wait
        wait = expected_wait(self._queue.all(), self._queue.workers.total)
        if longest is not None and wait > 60 * longest:
            await send_text(self._bot, delivery, words.long_wait.format(words.duration(wait)))
        text = words.accepted.format(understood)
        sent = await send_text(self._bot, delivery, text)
        delivery.status = sent.message_id if sent else None

    async def _fetch(
        self, pictures: Pictures, settings: Settings, delivery: Delivery, preset: str | None
    ) -> Job | None:
        """Make a job of an album, or say why there is none."""
        clock = asyncio.get_running_loop().time
        end = clock() + DOWNLOAD_SECONDS
        size = sum(picture.file_size or SMALL_BYTES for picture in pictures.values())

        async def attempt() -> Job:
            async with self.places.taken(delivery.user, size):  # only here are they in memory
                files = await self.downloads.pictures(pictures)
                submission = as_submission(files, settings, delivery, preset)
                return await self._enqueue(submission, delivery)

        words = texts(delivery.language)
        try:
            job = await deliver(attempt, harmless=True, while_=lambda: clock() < end)
        except QueueClosing:
            raise
        except ArtstyleError as error:
            await show_last(self._bot, delivery, words.error(error))
            return None
        if job is None:
            await show_last(self._bot, delivery, words.no_download)
        return job

    async def _enqueue(self, submission: Submission, delivery: Delivery) -> Job:
        if orphan := await self._orphan(submission):
            return orphan
        assert delivery.reply_to is not None
        async with self._deliveries.inbox.attempt(delivery.chat, delivery.reply_to):
            return await self._queue.submit(submission)

    async def follower(self, job: Job, delivery: Delivery) -> Follower:
        delivery.job = job.id
        await self._deliveries.save(delivery)
        return Follower(self._services, delivery, job)

    async def queued(self, submission: Submission) -> Job:
        """Submit pictures that a button asks for."""
        return await self._orphan(submission) or await self._queue.submit(submission)

    async def _orphan(self, submission: Submission) -> Job | None:
        """The same job, if a crash came between submitting it and saving its delivery."""
        jobs = [job for job in self._queue.all() if job.id not in self._deliveries.known]
        mine = [job for job in jobs if job.owner == submission.owner]
        key = await asyncio.to_thread(submission.key) if mine else ""
        return next((job for job in mine if job.request.key == key), None)


def as_submission(
    files: Files, settings: Settings, delivery: Delivery, preset: str | None = None
) -> Submission:
    further = {role: each for role, each in files.items() if role not in ("content", "style")}
    return Submission(
        owner=owner(delivery.user),
        content=files["content"],
        style=files["style"],
        further=further,
        settings=settings,
        preset=preset,
        private=True,
    )
