"""What users can ask for: words in the caption."""

import re
from collections.abc import Mapping
from typing import Any

from artstyle.bot.texts import RUSSIAN_WORDS
from artstyle.defaults import combine
from artstyle.settings import PRESETS, SETTINGS, Settings, parse

SIZES = ("preview", "standard", "high")  # the presets that are words

# The setting that each word changes, or "preset", and the value it stands for.
ENGLISH_WORDS: dict[str, tuple[str, Any]] = {
    **{word: (name, value) for name in SETTINGS for word, value in SETTINGS[name].words.items()},
    **{size: ("preset", size) for size in SIZES},
}
WORDS = ENGLISH_WORDS | {word: ENGLISH_WORDS[same] for word, same in RUSSIAN_WORDS.items()}
_ANY = re.compile(rf"\b({'|'.join(sorted(map(re.escape, WORDS), key=len, reverse=True))})\b")


# Apart from settings: what the last picture is, and how much there is of each painting.
_MASK = re.compile(r"\b(mask|маска)\b")
_WEIGHTS = re.compile(r"\b(?:weights?|веса)\b:? ?(\d*\.?\d+(?: ?, ?\d*\.?\d+)+)")


def masked(caption: str) -> bool:
    """Whether a caption says that the last picture is a mask."""
    return _MASK.search(caption.lower()) is not None


def weighted(caption: str) -> bool:
    """Whether a caption says how much there is of each painting: “weights 2,1”."""
    return _WEIGHTS.search(_plain(caption)) is not None


def read(caption: str, defaults: Mapping[str, Any], most: int) -> tuple[Settings, str | None, str]:
    """Read a caption: the settings, the preset's name, and the words that were understood.

    ``defaults`` hold for what isn't mentioned; ``most`` is the limit of levels. Of words that
    contradict each other the last one counts. Other words are ignored. Raises `SettingsError` for
    weights that can't be used.
    """
    changes: dict[str, Any] = {}
    words: dict[str, str] = {}
    text = _plain(caption)
    for word in _ANY.findall(text):
        name, changes[name] = WORDS[word]
        words[name] = word
    if weights := _WEIGHTS.search(text):
        changes["style_weights"] = parse("style_weights", weights[1].replace(" ", ""))
        words["style_weights"] = weights[0]
    if mask := _MASK.search(text):
        words["mask"] = mask[0]
    understood = ", ".join(words.values())
    chosen = changes.pop("preset", None)
    if chosen is not None:
        changes["levels"] = min(PRESETS[chosen].changes["levels"], most)
    return combine(defaults, chosen, changes), chosen, understood


def _plain(caption: str) -> str:
    return re.sub(r"\s+", " ", caption.lower())
