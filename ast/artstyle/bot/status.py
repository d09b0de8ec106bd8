"""The one message that tells how a job goes, edited as seldom as is decent."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Self

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, TelegramError

from artstyle.bot.sending import deliver, is_unmodified, wait

logger = logging.getLogger(__name__)

PAUSE = 3.0  # seconds between edits; more often annoys Telegram
GROUP_PAUSE = 12.0  # a group gets 20 messages a minute, edits and pictures together
AT_ONCE = 8  # edits of all statuses: pictures queue behind no more than these


class Status:
    """Edits a message to the newest text; what comes too fast is left out."""

    def __init__(self, bot: Bot, chat: int, message: int | None, turns: asyncio.Semaphore) -> None:
        """Take the message, without which nothing is shown, and the turns of all statuses.

        "async with" begins and ends the edits.
        """
        self._bot, self._chat, self._message = bot, chat, message
        self._pause = PAUSE if chat > 0 else GROUP_PAUSE  # groups have negative ids
        self._wanted: tuple[str, InlineKeyboardMarkup | None] | None = None
        self._news = asyncio.Event()
        self._turns, self._under_way = turns, asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Begin to edit."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Edit no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def show(self, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """Show a text as soon as it is decent."""
        if self._wanted != (text, keyboard):
            self._wanted = text, keyboard
            self._news.set()

    async def end(self, text: str) -> None:
        """Show the last text, however long it takes; raises `Forbidden`."""
        async with self._under_way:  # an edit that is still on its way must not come after it
            self._task.cancel()
        await conclude(self._bot, self._chat, self._message, text)

    async def _run(self) -> None:
        while self._message is not None:
            await self._news.wait()
            async with self._turns, self._under_way:
                pause = await self._edit()
            await asyncio.sleep(pause)

    async def _edit(self) -> float:
        """Show the newest text; gives the seconds until the next one may be shown."""
        assert self._wanted is not None
        text, keyboard = self._wanted
        self._news.clear()
        try:
            await self._bot.edit_message_text(
                text, self._chat, self._message, reply_markup=keyboard
            )
        except (BadRequest, Forbidden) as error:
            if not is_unmodified(error):
                logger.info("a status can't be edited any more: %s", error)
                self._message = None  # deleted by the user: the last text comes as a new message
        except TelegramError as error:
            self._news.set()  # again, or whatever is newer then
            return wait(error, self._pause)
        return self._pause


async def conclude(bot: Bot, chat: int, message: int | None, text: str) -> None:
    """Put a last text in place of a status, or below if there is none; raises `Forbidden`."""
    if message is None:
        await deliver(lambda: bot.send_message(chat, text))
    else:
        await deliver(lambda: bot.edit_message_text(text, chat, message), harmless=True)
