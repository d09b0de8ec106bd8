"""Sends a painted clip as a video, or as a file where that isn't taken."""

import asyncio
from functools import partial

from artstyle.bot.buttons import result_buttons
from artstyle.bot.delivery import Sending
from artstyle.bot.outgoing import FILE
from artstyle.bot.results import Results
from artstyle.jobs.files import JobFiles

NAME = "clip.mp4"


class ClipResults(Results):
    """The result of one job for its user, where that is a clip."""

    moving = True

    async def send(self, files: JobFiles) -> None:
        """Send what wasn't sent before; raises `telegram.error.Forbidden`."""
        delivery = self._delivery
        if delivery.photo and delivery.file:
            return
        data = await asyncio.to_thread(files.result_clip.read_bytes)
        if len(data) > FILE:
            delivery.photo, delivery.file = Sending.LEFT_OUT, Sending.TOO_LARGE
        if not delivery.photo:
            delivery.photo = await self._send_video(data)
            await self._deliveries.save(delivery)
        if not delivery.file:
            delivery.file = await self._send_as_file(data)
        await self._deliveries.save(delivery)

    async def _send_video(self, data: bytes) -> Sending:
        to = self._delivery
        send = partial(
            self._bot.send_video,
            video=data,
            filename=NAME,
            supports_streaming=True,
            caption=self._texts.done,
            reply_markup=result_buttons(self._texts, to.job, moving=True),
        )
        return await self._attempt(
            lambda: send(
                to.chat,
                message_thread_id=to.thread,
                reply_to_message_id=to.reply_to,
                allow_sending_without_reply=True,
            )
        )

    async def _send_as_file(self, data: bytes) -> Sending:
        """Send the file, unless the video is there, or may be."""
        to = self._delivery
        if to.photo in (Sending.SENT, Sending.UNSURE):
            return Sending.LEFT_OUT
        send = partial(
            self._bot.send_document,
            document=data,
            filename=NAME,
            disable_content_type_detection=True,  # or it would be refused as a video again
            caption=self._texts.done,
            reply_markup=result_buttons(self._texts, to.job, moving=True),
        )
        return await self._attempt(lambda: send(to.chat, message_thread_id=to.thread))
