"""Sends a result as a photo and as a file, and keeps what became of each."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from telegram import Bot, InlineKeyboardMarkup, Message

from artstyle.bot.buttons import file_buttons, result_buttons, send_again_button
from artstyle.bot.delivery import Deliveries, Delivery, Sending
from artstyle.bot.outgoing import Outgoing, outgoing
from artstyle.bot.sending import Refused, Unsure, insist
from artstyle.bot.texts import texts
from artstyle.jobs.files import JobFiles

logger = logging.getLogger(__name__)


class Results:
    """The result of one job for its user."""

    moving = False  # whether it is a clip

    def __init__(self, bot: Bot, deliveries: Deliveries, delivery: Delivery) -> None:
        self._bot, self._deliveries, self._delivery = bot, deliveries, delivery
        self._texts = texts(delivery.language)

    async def send(self, files: JobFiles) -> None:
        """Send what wasn't sent before; raises `telegram.error.Forbidden`."""
        delivery = self._delivery
        if delivery.photo and delivery.file:
            return
        result = await asyncio.to_thread(outgoing, files.result)
        if not delivery.photo:
            delivery.photo = await self._send_photo(result)
            await self._deliveries.save(delivery)
        if not delivery.file:
            delivery.file = await self._send_file(result)
            await self._deliveries.save(delivery)

    def forget_unsure(self) -> bool:
        """Let what may have been lost be sent again; False if there is nothing like that."""
        delivery = self._delivery
        unsure = delivery.photo, delivery.file
        if delivery.photo is Sending.UNSURE:
            delivery.photo = Sending.WAITING
        if delivery.file is Sending.UNSURE:
            delivery.file = Sending.WAITING
        return (delivery.photo, delivery.file) != unsure

    def last_buttons(self) -> InlineKeyboardMarkup | None:
        """What belongs under the last text, since there is no message that surely has it."""
        states, job = (self._delivery.photo, self._delivery.file), self._delivery.job
        if Sending.UNSURE in states:
            return send_again_button(self._texts, job)
        if Sending.SENT in states:
            return None
        return result_buttons(self._texts, job, moving=self.moving)

    async def _send_photo(self, result: Outgoing) -> Sending:
        if result.photo is None:
            return Sending.LEFT_OUT
        to, buttons = self._delivery, result_buttons(self._texts, self._delivery.job)
        send = partial(
            self._bot.send_photo, photo=result.photo, caption=self._texts.done, reply_markup=buttons
        )
        return await self._attempt(
            lambda: send(
                to.chat,
                message_thread_id=to.thread,
                reply_to_message_id=to.reply_to,
                allow_sending_without_reply=True,
            )
        )

    async def _send_file(self, result: Outgoing) -> Sending:
        if result.file is None:
            return Sending.TOO_LARGE
        to, alone = self._delivery, self._delivery.photo is not Sending.SENT
        jpeg = result.file_name.endswith(".jpg")
        send = partial(
            self._bot.send_document,
            document=result.file,
            filename=result.file_name,
            caption=self._texts.file_as_jpeg if jpeg else self._texts.done if alone else None,
            disable_content_type_detection=True,  # or it would be shown as a photo again
            disable_notification=not alone,
            reply_markup=file_buttons(self._texts, to.job, alone=alone),
        )
        return await self._attempt(lambda: send(to.chat, message_thread_id=to.thread))

    async def _attempt(self, send: Callable[[], Awaitable[Message]]) -> Sending:
        try:
            await insist(send, address=self._delivery)
        except Unsure:
            logger.info("job %s: a picture may not have arrived", self._delivery.job)
            return Sending.UNSURE
        except Refused as refused:
            logger.info("job %s: a picture was refused: %s", self._delivery.job, refused)
            return Sending.NOT_ALLOWED if refused.not_allowed else Sending.REFUSED
        return Sending.SENT
