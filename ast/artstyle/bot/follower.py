"""Following one job for a user, from its place in line to the finished picture."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

from artstyle.bot.deliveries import Deliveries, Delivery
from artstyle.bot.options import AGAIN
from artstyle.bot.pictures import Outgoing, outgoing
from artstyle.bot.sending import deliver
from artstyle.bot.status import Status
from artstyle.bot.texts import Texts, texts
from artstyle.jobs import (
    Advanced,
    Cancelled,
    Done,
    Failed,
    Job,
    JobQueue,
    Milestone,
    Queued,
    Suspended,
)
from artstyle.jobs.events import Event

logger = logging.getLogger(__name__)


class Follower:
    """Tells a user what becomes of a job, each thing once."""

    def __init__(
        self,
        bot: Bot,
        queue: JobQueue,
        deliveries: Deliveries,
        delivery: Delivery,
        job: Job,
        *,
        status: Status,
    ) -> None:
        """Take the job, what is owed of it, and the message that tells how it goes."""
        self._bot, self._queue, self._deliveries = bot, queue, deliveries
        self._delivery, self._job, self._status = delivery, job, status
        self._texts: Texts = texts(delivery.language)

    async def follow(self) -> None:
        """Follow to the end; raises `Forbidden` when the user has blocked the bot."""
        async with self._status:
            async for event in self._job.events(self._delivery.milestone):
                await self._tell(event)

    async def _tell(self, event: Event) -> None:
        match event:
            case Queued() | Advanced():
                self._status.show(self._how(event), cancel_button(self._job, self._texts))
            case Milestone(percent) if percent < 100:
                await self._show_milestone(percent)
            case Done():
                await self._finish()
            case Failed(reason):
                logger.info("job %s failed: %s", self._job.id, reason)
                await self._end(self._texts.failed.format(self._reason(reason)))
            case Cancelled():
                await self._end(self._texts.cancelled)
            case Suspended():
                await self._status.end(self._texts.suspended)

    def _how(self, event: Queued | Advanced) -> str:
        """Word how a job stands."""
        if isinstance(event, Queued):
            return self._texts.waiting.format(event.position)
        return self._texts.running(event.step, event.moves)

    def _reason(self, reason: str) -> str:
        """Reasons are in English: who speaks something else gets a plain sentence."""
        return reason if self._texts is texts("en") else self._texts.error

    async def _show_milestone(self, percent: int) -> None:
        """Send an intermediate picture without a sound."""
        self._delivery.milestone = percent
        await self._deliveries.save(self._delivery)
        path = self._queue.files(self._job).picture(f"snapshot-{percent}")
        data = await asyncio.to_thread(_read, path)
        if data is None:
            return
        await deliver(
            lambda: self._bot.send_photo(
                self._delivery.chat, data, caption=f"{percent} %", disable_notification=True
            ),
            while_=lambda: not self._job.state.ended,  # the real one is better
        )

    async def _finish(self) -> None:
        """Send the result as a photo and as a file, of both what was not sent before."""
        delivery, job = self._delivery, self._job
        if not delivery.file:
            result = await asyncio.to_thread(outgoing, self._queue.files(job).result)
            if not delivery.photo:
                await self._send_photo(result)
                delivery.photo = True
                await self._deliveries.save(delivery)
            await self._send_file(result)
            delivery.file = True
            await self._deliveries.save(delivery)
        took = self._texts.duration((job.ended or 0) - (job.started or 0))
        await self._end(self._texts.done_in.format(took))

    async def _send_photo(self, result: Outgoing) -> None:
        if result.photo is None:
            return
        await deliver(
            lambda: self._bot.send_photo(
                self._delivery.chat,
                result.photo,  # type: ignore[arg-type]  # it isn't None
                caption=self._texts.done,
                reply_markup=again_buttons(self._job, self._texts),
                reply_parameters=self._reply(),
            )
        )

    async def _send_file(self, result: Outgoing) -> None:
        texts = self._texts
        if result.file is None:
            await deliver(lambda: self._bot.send_message(self._delivery.chat, texts.file_too_large))
            return
        note = texts.file_as_jpeg if result.file_name.endswith(".jpg") else None
        await deliver(
            lambda: self._bot.send_document(
                self._delivery.chat,
                result.file,  # type: ignore[arg-type]  # it isn't None
                caption=note or (texts.done if result.photo is None else None),
                filename=result.file_name,
                disable_content_type_detection=True,  # or it would be shown as a photo again
                disable_notification=result.photo is not None,
                reply_markup=None if result.photo is not None else again_buttons(self._job, texts),
            )
        )

    async def _end(self, text: str) -> None:
        """Say the last word; nothing is owed any more."""
        await self._status.end(text)
        self._delivery.finished = True
        await self._deliveries.save(self._delivery)

    def _reply(self) -> ReplyParameters | None:
        message = self._delivery.reply_to
        if message is None:
            return None
        return ReplyParameters(message, allow_sending_without_reply=True)


def cancel_button(job: Job, texts: Texts) -> InlineKeyboardMarkup:
    """Make the button under the status."""
    return InlineKeyboardMarkup.from_button(
        InlineKeyboardButton(texts.cancel, callback_data=f"cancel:{job.id}")
    )


def again_buttons(job: Job, texts: Texts) -> InlineKeyboardMarkup:
    """Make the buttons under a result; they know the job, so they outlive the process."""
    labels = {
        "stronger": texts.stronger,
        "weaker": texts.weaker,
        "colors": texts.colors,
        "swapped": texts.swapped,
        "larger": texts.larger,
    }
    buttons = [
        InlineKeyboardButton(labels[what], callback_data=f"again:{job.id}:{what}") for what in AGAIN
    ]
    return InlineKeyboardMarkup([buttons[:2], buttons[2:4], buttons[4:]])


def _read(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except FileNotFoundError:  # removed at this moment
        return None
