"""The buttons under what the bot sends; they name a job, so they work after a restart too."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from artstyle.bot.choices import Choice
from artstyle.bot.samples import Samples, title
from artstyle.bot.texts import LANGUAGES, Texts
from artstyle.jobs.again import AGAIN

VARIATIONS = "variations"


def cancel_button(words: Texts, job: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup.from_button(_button(words.cancel, "cancel", job))


def result_buttons(words: Texts, job: str, *, moving: bool = False) -> InlineKeyboardMarkup:
    """For another version of a result; a clip can't take the painting's place."""
    names = [name for name in AGAIN if not (moving and name == "swapped")]
    buttons = [_button(getattr(words, name), "again", job, name) for name in names]
    variations = _button(words.variations, "again", job, VARIATIONS)
    return InlineKeyboardMarkup(
        [each for each in (buttons[:2], buttons[2:4], buttons[4:], [variations]) if each]
    )


def file_buttons(words: Texts, job: str, *, alone: bool) -> InlineKeyboardMarkup:
    """Under the file: the time-lapse, and if there is no photo all that it would have."""
    timelapse = (_button(words.timelapse, "lapse", job),)
    above = result_buttons(words, job).inline_keyboard if alone else ()
    return InlineKeyboardMarkup([*above, timelapse])


def sample_buttons(samples: Samples) -> InlineKeyboardMarkup | None:
    buttons = [_button(title(name), "sample", name) for name in samples.paths]
    rows = [buttons[start : start + 2] for start in range(0, len(buttons), 2)]
    return InlineKeyboardMarkup(rows) if rows else None


def language_buttons() -> InlineKeyboardMarkup:
    found = [_button(words.language_name, "language", code) for code, words in LANGUAGES.items()]
    return InlineKeyboardMarkup([found])


def send_again_button(words: Texts, job: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup.from_button(_button(words.send_again, "send", job))


def pair_button(words: Texts, first: int, second: int) -> InlineKeyboardMarkup:
    """For two pictures that came one after the other, by their messages."""
    return InlineKeyboardMarkup.from_button(_button(words.paint, "pair", str(first), str(second)))


def choice_buttons(words: Texts, album: int) -> InlineKeyboardMarkup:
    """For several paintings, by the first message of their album."""
    labels: dict[Choice, str] = {"blend": words.blend, "each": words.each}
    found = [_button(label, choice, str(album)) for choice, label in labels.items()]
    return InlineKeyboardMarkup([found])


def _button(label: str, *data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=":".join(data))
