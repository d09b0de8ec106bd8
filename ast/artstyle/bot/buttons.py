"""The buttons under what the bot sends; they name a job, so they work after a restart too."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from artstyle.bot.texts import Texts
from artstyle.jobs.again import AGAIN


def cancel_button(words: Texts, job: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup.from_button(_button(words.cancel, "cancel", job))


def result_buttons(words: Texts, job: str) -> InlineKeyboardMarkup:
    """For another version of a result."""
    buttons = [_button(getattr(words, name), "again", job, name) for name in AGAIN]
    return InlineKeyboardMarkup([buttons[:2], buttons[2:4], buttons[4:]])


def send_again_button(words: Texts, job: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup.from_button(_button(words.send_again, "send", job))


def pair_button(words: Texts, first: int, second: int) -> InlineKeyboardMarkup:
    """For two pictures that came one after the other, by their messages."""
    return InlineKeyboardMarkup.from_button(_button(words.paint, "pair", str(first), str(second)))


def _button(label: str, *data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=":".join(data))
