"""The one message that shows how a job stands, edited only as often as Telegram allows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from artstyle.bot.buttons import cancel_button
from artstyle.bot.delivery import Delivery
from artstyle.bot.sending import Refused, Unsure, insist, is_unmodified, texting, wait
from artstyle.bot.texts import texts
from artstyle.jobs import Job

logger = logging.getLogger(__name__)

PAUSE = 3.0  # seconds between edits; Telegram limits how many there may be
GROUP_PAUSE = 12.0  # a group gets 20 messages a minute, edits and pictures together


class StatusMessage:
    """Edits a delivery's status until its job ends; what changes too fast is skipped."""

    def __init__(self, bot: Bot, delivery: Delivery, job: Job) -> None:
        self._bot, self._delivery, self._job = bot, delivery, job
        self._editing = asyncio.Lock()
        self._keyboard = cancel_button(texts(delivery.language), job.id)
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        self._task.cancel()

    async def end(self, text: str, keyboard: InlineKeyboardMarkup | None = None) -> bool:
        """Show the last text, however long it takes; as `show_last`."""
        async with self._editing:  # an edit that is still on its way mustn't come after it
            self.stop()
        return await show_last(self._bot, self._delivery, text, keyboard)

    async def _run(self) -> None:
        shown = None
        words = texts(self._delivery.language)
        async for _ in self._job.events(after=100):  # no milestones
            while self._delivery.status is not None and not self._job.status.ended:
                text = words.status(self._job)
                if text == shown:
                    break
                async with self._editing:
                    error = await self._edit(text)
                shown = shown if error else text
                pause = PAUSE if self._delivery.chat > 0 else GROUP_PAUSE  # groups are negative
                await asyncio.sleep(wait(error, pause) if error else pause)

    async def _edit(self, text: str) -> TelegramError | None:
        """Show a text; returns an error after which another attempt makes sense."""
        chat, message = self._delivery.chat, self._delivery.status
        try:
            await self._bot.edit_message_text(text, chat, message, reply_markup=self._keyboard)
        except (BadRequest, ChatMigrated, Forbidden) as error:
            if not is_unmodified(error) and not self._delivery.correct(error):
                logger.info("a status message can't be edited any more: %s", error)
                self._delivery.status = None  # deleted: the last text comes as a new message
        except TelegramError as error:
            return error
        return None


async def show_last(
    bot: Bot, delivery: Delivery, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> bool:
    """Replace a status message by a last text, or send it if there is none.

    False if Telegram refuses that or doesn't confirm it. Raises `Forbidden`.
    """
    if delivery.status is not None:
        try:
            await insist(_editing(bot, delivery, text, keyboard), harmless=True)
        except Refused as refused:
            if is_unmodified(refused.error):
                return True
            delivery.correct(refused.error)
        else:
            return True
    try:
        sent = await insist(texting(bot, delivery, text, keyboard), address=delivery)
    except (Refused, Unsure) as error:
        logger.info("a last text wasn't sent: %s", error)
        return False
    delivery.status = sent.message_id if sent else None
    return True


def _editing(
    bot: Bot, delivery: Delivery, text: str, keyboard: InlineKeyboardMarkup | None
) -> Callable[[], Awaitable[object]]:
    chat, message = delivery.chat, delivery.status
    return lambda: bot.edit_message_text(text, chat, message, reply_markup=keyboard)
