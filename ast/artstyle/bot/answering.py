"""Answers to buttons."""

import logging

from telegram import CallbackQuery
from telegram.error import TelegramError

logger = logging.getLogger(__name__)


async def answer(query: CallbackQuery, text: str) -> None:
    """Answer a button, which spins until then; once, for a minute later it is of no use."""
    try:
        await query.answer(text or None, show_alert=False)
    except TelegramError as error:
        logger.info("a button wasn't answered: %s", error)
