"""Sends the intermediate pictures of a job: each as a message, or all in one that is edited."""

import asyncio
from functools import partial
from pathlib import Path

from telegram import Bot, InputMediaPhoto

from artstyle.bot.delivery import Deliveries, Delivery
from artstyle.bot.sending import Check, Refused, deliver, insist

SKETCHED = 1  # percent, below all intermediate pictures


class Intermediate:
    """The intermediate pictures for one user; each is shown at most once, without a sound."""

    def __init__(
        self, bot: Bot, deliveries: Deliveries, delivery: Delivery, *, in_place: bool
    ) -> None:
        self._bot, self._deliveries, self._delivery = bot, deliveries, delivery
        self._in_place = in_place

    async def show(self, percent: int, path: Path, while_: Check) -> None:
        """Show a picture unless ``while_`` no longer holds; raises `Forbidden`."""
        delivery = self._delivery
        delivery.milestone = percent
        await self._deliveries.save(delivery)
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:  # the job was removed at this moment
            return
        if delivery.shown is None or not await self._replace(data, f"{percent} %", while_):
            await self._send(data, f"{percent} %", while_, kept=self._in_place)
        elif not self._in_place:  # the sketch's place is taken
            await self._remember(None)

    async def sketch(self, path: Path, caption: str, while_: Check) -> None:
        """Show the sketch, unless it or a later picture was shown; raises `Forbidden`."""
        if self._delivery.milestone:
            return
        self._delivery.milestone = SKETCHED
        await self._deliveries.save(self._delivery)
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:  # the job was removed at this moment
            return
        await self._send(data, caption, while_, kept=True)

    async def _send(self, data: bytes, caption: str, while_: Check, *, kept: bool) -> None:
        """Send a picture; the next one takes its place if it is to be kept."""
        to = self._delivery
        send = partial(self._bot.send_photo, photo=data, caption=caption, disable_notification=True)
        sent = await deliver(
            lambda: send(to.chat, message_thread_id=to.thread), address=to, while_=while_
        )
        if sent and kept:
            await self._remember(sent.message_id)

    async def _remember(self, message: int | None) -> None:
        self._delivery.shown = message
        await self._deliveries.save(self._delivery)

    async def _replace(self, data: bytes, caption: str, while_: Check) -> bool:
        """Put the picture into the message of the one before; False if that is gone."""
        to, media = self._delivery, InputMediaPhoto(data, caption)
        try:
            await insist(
                lambda: self._bot.edit_message_media(media, to.chat, to.shown),
                harmless=True,
                while_=while_,
            )
        except Refused as refused:
            to.correct(refused.error)
            return False
        return True
