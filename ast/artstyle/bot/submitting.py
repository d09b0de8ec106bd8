"""Turns albums and buttons into jobs, which are then followed."""

import asyncio
from functools import partial

from artstyle.bot import options
from artstyle.bot.delivery import Delivery, owner
from artstyle.bot.following import Follower
from artstyle.bot.incoming import Pair, Picture
from artstyle.bot.sending import deliver, send_text
from artstyle.bot.services import Services
from artstyle.bot.status import show_last
from artstyle.bot.texts import texts
from artstyle.errors import ArtstyleError
from artstyle.jobs import Job, Submission
from artstyle.settings import Settings

DOWNLOADS = 4  # pictures that are downloaded at the same time
DOWNLOAD_SECONDS = 3600.0  # to try and download a picture; Telegram may be away for a while

Files = tuple[bytes, bytes]  # the photo and the painting


class Submitter:
    """Submits pictures to the queue; a `Delivery` says for whom, and gets its job and status."""

    def __init__(self, services: Services) -> None:
        self._services, self._bot = services, services.app.bot
        self._queue, self._deliveries = services.queue, services.deliveries
        self._downloads = asyncio.Semaphore(DOWNLOADS)

    async def resume(self) -> None:
        """Follow the jobs that the previous run of the program left."""
        for delivery in list(self._deliveries.known.values()):
            job = self._queue.get(delivery.job)
            if job is None:
                await self._deliveries.delete(delivery)
            elif not delivery.finished:
                self._services.app.create_task(Follower(self._services, delivery, job).follow())

    async def submit(self, pair: Pair, caption: str, delivery: Delivery) -> None:
        """Download the photo and the painting, and make a job of them."""
        config = self._services.config
        settings, preset, understood = options.read(caption, config.defaults, config.most_levels)
        await self._accept(delivery, f": {understood}" if understood else "")
        photo, painting = [await self._download(each) for each in pair]
        if photo is None or painting is None:
            await show_last(self._bot, delivery, texts(delivery.language).no_download)
        elif follower := await self._submit((photo, painting), settings, delivery, preset):
            self._services.app.create_task(follower.follow())

    async def repeat(self, pair: Files, settings: Settings, delivery: Delivery) -> None:
        """Make another job of the pictures of an earlier one, and follow it to its end."""
        await self._accept(delivery, "")
        if follower := await self._submit(pair, settings, delivery):
            await follower.follow()

    async def _accept(self, delivery: Delivery, understood: str) -> None:
        text = texts(delivery.language).accepted.format(understood)
        sent = await send_text(self._bot, delivery.chat, text, delivery.reply_to)
        delivery.status = sent.message_id if sent else None

    async def _download(self, picture: Picture) -> bytes | None:
        loop = asyncio.get_running_loop()
        end = loop.time() + DOWNLOAD_SECONDS

        async def attempt() -> bytes:
            async with self._downloads:
                return bytes(await (await picture.get_file()).download_as_bytearray())

        return await deliver(attempt, harmless=True, while_=lambda: loop.time() < end)

    async def _submit(
        self, pair: Files, settings: Settings, delivery: Delivery, preset: str | None = None
    ) -> Follower | None:
        private = partial(Submission, owner=owner(delivery.user), private=True)
        submission = private(content=pair[0], style=pair[1], settings=settings, preset=preset)
        try:
            job = await self._orphan(submission) or await self._queue.submit(submission)
        except ArtstyleError as error:
            await show_last(self._bot, delivery, texts(delivery.language).error(error))
            return None
        delivery.job = job.id
        await self._deliveries.save(delivery)
        return Follower(self._services, delivery, job)

    async def _orphan(self, submission: Submission) -> Job | None:
        """The same job, if a crash came between submitting it and saving its delivery."""
        jobs = [job for job in self._queue.all() if job.id not in self._deliveries.known]
        mine = [job for job in jobs if job.owner == submission.owner]
        key = await asyncio.to_thread(submission.key) if mine else ""
        return next((job for job in mine if job.request.key == key), None)
