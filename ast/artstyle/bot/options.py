"""What users can ask for: words in the caption, and the buttons under a result."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from artstyle.bot.texts import RUSSIAN_WORDS
from artstyle.defaults import combine
from artstyle.settings import DEFAULT_LEVELS, MAX_LEVELS, PRESETS, SETTINGS, Settings

STEP = 0.25  # of realism, by a button
FACTOR = 2.5  # of the content weight, where realism is at its end or has no effect
LEAST, MOST = 0.005, 5.0  # content weights beyond these change nothing more
SIZES = ("preview", "standard", "high")  # the presets that are words

# The setting that each word changes, or "preset", and the value it stands for.
ENGLISH_WORDS: dict[str, tuple[str, Any]] = {
    **{word: (name, value) for name in SETTINGS for word, value in SETTINGS[name].words.items()},
    **{size: ("preset", size) for size in SIZES},
}
WORDS = ENGLISH_WORDS | {word: ENGLISH_WORDS[same] for word, same in RUSSIAN_WORDS.items()}
_ANY = re.compile(rf"\b({'|'.join(sorted(map(re.escape, WORDS), key=len, reverse=True))})\b")


def read(caption: str, defaults: Mapping[str, Any], most: int) -> tuple[Settings, str | None, str]:
    """Read a caption: the settings, the preset's name, and the words that were understood.

    ``defaults`` hold for what isn't mentioned; ``most`` is the limit of levels. Of words that
    contradict each other the last one counts. Other words are ignored.
    """
    changes: dict[str, Any] = {}
    words: dict[str, str] = {}
    for word in _ANY.findall(re.sub(r"\s+", " ", caption.lower())):
        name, changes[name] = WORDS[word]
        words[name] = word
    understood = ", ".join(words.values())
    chosen = changes.pop("preset", None)
    if chosen is not None:
        changes["levels"] = min(PRESETS[chosen].changes["levels"], most)
    return combine(defaults, chosen, changes), chosen, understood


AGAIN = ("stronger", "weaker", "colors", "swapped", "larger")  # the buttons under a result


def again(what: str, asked: Settings, used: Settings, most: int) -> Settings | None:
    """A job's settings after a button; ``None`` if that exceeds ``most`` levels."""
    levels = (used.levels or DEFAULT_LEVELS) + 1
    match what:
        case "stronger":
            return replace(asked, **_stronger(used))
        case "weaker":
            return replace(asked, **_weaker(used))
        case "colors":
            return replace(asked, keep_colors=True)
        case "larger":
            return replace(asked, levels=levels) if levels <= min(most, MAX_LEVELS) else None
    return asked  # the pictures are swapped, not the settings


def _stronger(used: Settings) -> dict[str, Any]:
    """What makes the result more like the painting."""
    if used.content_loss == "neighbors" and used.realism > 0:
        return {"realism": max(0.0, round(used.realism - STEP, 2))}
    weight = used.content_weight
    return {"content_weight": min(weight, max(LEAST, round(weight / FACTOR, 6)))}


def _weaker(used: Settings) -> dict[str, Any]:
    """What makes the result more like the photo."""
    if used.content_loss == "neighbors" and used.realism < 1:
        return {"realism": min(1.0, round(used.realism + STEP, 2))}
    weight = used.content_weight
    return {"content_weight": max(weight, min(MOST, round(weight * FACTOR, 6)))}
