"""The one message that tells how a job goes, edited as seldom as is decent."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from artstyle.bot.sending import deliver, is_unmodified, seconds

logger = logging.getLogger(__name__)

PAUSE = 3.0  # seconds between edits; more often annoys Telegram


class Status:
    """Edits a message to the newest text; what comes too fast is left out."""

    def __init__(self, bot: Bot, chat: int, message: int | None) -> None:
        """Take the message; without one nothing is shown."""
        self._bot, self._chat, self._message = bot, chat, message
        self._wanted: tuple[str, InlineKeyboardMarkup | None] | None = None
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._edit())

    def show(self, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """Show a text as soon as it is decent."""
        if self._wanted != (text, keyboard):
            self._wanted = text, keyboard
            self._news.set()

    async def close(self) -> None:
        """Edit no more."""
        self._task.cancel()
        with suppress(asyncio.CancelledError, TelegramError):
            await self._task

    async def end(self, text: str) -> None:
        """Show the last text, however long it takes; raises `Forbidden`."""
        await self.close()
        if self._message is not None:
            await deliver(lambda: self._bot.edit_message_text(text, self._chat, self._message))

    async def _edit(self) -> None:
        """Edit until it is closed. What fails is not repeated: there will be a newer text."""
        while self._message is not None:
            await self._news.wait()
            self._news.clear()
            assert self._wanted is not None
            text, keyboard = self._wanted
            pause = PAUSE
            try:
                await self._bot.edit_message_text(
                    text, self._chat, self._message, reply_markup=keyboard
                )
            except RetryAfter as error:
                pause = seconds(error)
                self._news.set()
            except Forbidden:
                return  # the next picture will find out
            except BadRequest as error:
                if not is_unmodified(error):
                    logger.info("a status can't be edited: %s", error)
                    return
            except TelegramError as error:
                logger.info("a status was not edited: %s", error)
            await asyncio.sleep(pause)
