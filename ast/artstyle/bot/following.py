"""Follows a job for its user, from its place in the queue to the finished picture."""

import asyncio
import logging
from functools import partial

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import Forbidden

from artstyle.bot.delivery import Delivery
from artstyle.bot.outgoing import Outgoing, outgoing
from artstyle.bot.sending import deliver, send_text
from artstyle.bot.services import Services
from artstyle.bot.status import StatusMessage
from artstyle.bot.texts import texts
from artstyle.jobs import EventKind, Job, JobEvent
from artstyle.jobs.again import AGAIN

logger = logging.getLogger(__name__)


class Follower:
    """Sends one user what becomes of one job, each thing once."""

    def __init__(self, services: Services, delivery: Delivery, job: Job) -> None:
        self._bot, self._deliveries = services.app.bot, services.deliveries
        self._queue, self._job, self._delivery = services.queue, job, delivery
        self._status = StatusMessage(self._bot, delivery, job)
        self._texts = texts(delivery.language)

    async def follow(self) -> None:
        try:
            async for event in self._job.events(self._delivery.milestone):
                await self._handle(event)
        except Forbidden:
            await self._abandon()
        finally:
            self._status.stop()

    async def _handle(self, event: JobEvent) -> None:
        match event.kind:
            case EventKind.MILESTONE if event.percent is not None and event.percent < 100:
                await self._send_milestone(event.percent)
            case EventKind.DONE:
                await self._send_result()
                await self._end()
            case EventKind.FAILED | EventKind.CANCELLED:
                await self._end()
            case EventKind.SUSPENDED:
                await self._status.end(self._texts.suspended)

    async def _send_milestone(self, percent: int) -> None:
        """Send an intermediate picture without a sound."""
        self._delivery.milestone = percent
        await self._deliveries.save(self._delivery)
        path = self._queue.files(self._job).picture(f"snapshot-{percent}")
        assert path
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:  # the job was removed at this moment
            return
        send = partial(self._bot.send_photo, self._delivery.chat, data, disable_notification=True)
        await deliver(
            partial(send, caption=f"{percent} %"),
            while_=lambda: not self._job.status.ended,  # then the result replaces it
        )

    async def _send_result(self) -> None:
        """Send the result as a photo and as a file, unless they were sent before."""
        delivery = self._delivery
        if delivery.file:
            return
        result = await asyncio.to_thread(outgoing, self._queue.files(self._job).result)
        if result.photo and not delivery.photo:
            await self._send_photo(result.photo)
            delivery.photo = True
            await self._deliveries.save(delivery)
        if result.file:
            await self._send_file(result, result.file)
        else:
            await send_text(self._bot, delivery.chat, self._texts.file_too_large)
        delivery.file = True
        await self._deliveries.save(delivery)

    async def _send_photo(self, photo: bytes) -> None:
        send = partial(self._bot.send_photo, self._delivery.chat, photo, caption=self._texts.done)
        send = partial(send, reply_markup=self._again_buttons(), allow_sending_without_reply=True)
        await deliver(partial(send, reply_to_message_id=self._delivery.reply_to))

    async def _send_file(self, result: Outgoing, file: bytes) -> None:
        alone, jpeg = result.photo is None, result.file_name.endswith(".jpg")
        send = partial(
            self._bot.send_document,
            self._delivery.chat,
            file,
            filename=result.file_name,
            caption=self._texts.file_as_jpeg if jpeg else self._texts.done if alone else None,
            disable_content_type_detection=True,  # or it would be shown as a photo again
        )
        buttons = self._again_buttons() if alone else None
        await deliver(partial(send, disable_notification=not alone, reply_markup=buttons))

    async def _end(self) -> None:
        if failure := self._job.state.failure:
            logger.info("job %s failed: %s", self._job.id, failure.code)
        await self._status.end(self._texts.end(self._job.state))
        self._delivery.finished = True
        await self._deliveries.save(self._delivery)

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

    def _again_buttons(self) -> InlineKeyboardMarkup:
        """The buttons under a result; they name the job, so they work after a restart too."""
        labels = {f"again:{self._job.id}:{name}": getattr(self._texts, name) for name in AGAIN}
        buttons = [InlineKeyboardButton(text, callback_data=data) for data, text in labels.items()]
        return InlineKeyboardMarkup([buttons[:2], buttons[2:4], buttons[4:]])
