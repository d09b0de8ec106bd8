"""Answers to messages, once for many that get the same one within a short time."""

import asyncio

from telegram import InlineKeyboardMarkup, Message

from artstyle.bot.sending import reply

MERGE_SECONDS = 5.0  # after an answer, in which messages that get the same one are gathered

Answer = tuple[int, str]  # chat, text


class Replies:
    """Says the same thing to a chat at once, and then at most every few seconds."""

    def __init__(self) -> None:
        self._said: dict[Answer, float] = {}  # when
        self._gathering: dict[Answer, asyncio.Future[None]] = {}  # done when it is said
        self._closed = asyncio.Event()

    def close(self) -> None:
        """Don't repeat what was said only just now."""
        self._closed.set()

    async def say(
        self, message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Answer a message, alone or together with others; returns when that is done.

        Raises `telegram.error.Forbidden` if the user has blocked the bot.
        """
        answer = message.chat_id, text
        if answer in self._gathering:
            await asyncio.shield(self._gathering[answer])
            return
        loop = asyncio.get_running_loop()
        said = self._gathering[answer] = loop.create_future()
        try:
            if await self._is_due(answer, loop.time()):
                await reply(message, text, keyboard)
                self._said[answer] = loop.time()
        finally:
            del self._gathering[answer]
            said.set_result(None)

    async def _is_due(self, answer: Answer, now: float) -> bool:
        """Wait until an answer may be repeated; False if the bot stops before that."""
        self._said = {each: at for each, at in self._said.items() if at + MERGE_SECONDS > now}
        if answer not in self._said:
            return True
        try:
            async with asyncio.timeout_at(self._said[answer] + MERGE_SECONDS):
                await self._closed.wait()
        except TimeoutError:
            return True
        return False
