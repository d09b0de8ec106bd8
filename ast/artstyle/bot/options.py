"""What one can ask for: words under the pictures, and the buttons under a result."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from artstyle.settings import MAX_LEVELS, PRESETS, Settings, preset

STRENGTH = 2.5  # times the content weight, less or more
STROKES = 1.6  # times the painting's size
LEAST, MOST = 0.005, 5.0  # content weights beyond these change nothing any more

# By the word said: the preset, or the changes to the settings and the word that answers.
WORDS: dict[str, tuple[str, str]] = {
    "strong": ("content_weight", "strong"),
    "weak": ("content_weight", "weak"),
    "fine": ("style_scale", "fine"),
    "bold": ("style_scale", "bold"),
    "keep colors": ("keep_colors", "keep colors"),
    "keep colours": ("keep_colors", "keep colors"),
    "preview": ("preset", "preview"),
    "standard": ("preset", "standard"),
    "high": ("preset", "high"),
    "сильно": ("content_weight", "strong"),
    "слабо": ("content_weight", "weak"),
    "мелко": ("style_scale", "fine"),
    "крупно": ("style_scale", "bold"),
    "сохрани цвета": ("keep_colors", "keep colors"),
    "сохранить цвета": ("keep_colors", "keep colors"),
    "набросок": ("preset", "preview"),
    "обычный": ("preset", "standard"),
    "большой": ("preset", "high"),
}
VALUES: dict[str, Any] = {
    "strong": Settings().content_weight / STRENGTH,
    "weak": Settings().content_weight * STRENGTH,
    "fine": 1 / STROKES,
    "bold": STROKES,
    "keep colors": True,
}
_ANY = re.compile(rf"\b({'|'.join(sorted(map(re.escape, WORDS), key=len, reverse=True))})\b")


def read(caption: str, defaults: dict[str, Any], most: int) -> tuple[Settings, str | None, str]:
    """Understand a caption: the settings, the name of the preset, and the words understood.

    ``defaults`` are settings for whoever says nothing, ``most`` the levels that are allowed.
    Of words that contradict each other the last one counts; others say nothing.
    """
    said: dict[str, Any] = {}
    words: dict[str, str] = {}
    for word in _ANY.findall(re.sub(r"\s+", " ", caption.lower())):
        name, value = WORDS[word]
        said[name] = VALUES.get(value, value)
        words[name] = word
    name = said.pop("preset", None)
    if name is not None:
        allowed = min(PRESETS[name]["levels"], most)
        settings = preset(name, **{**defaults, "levels": allowed, **said})
    else:
        settings = Settings(**{**defaults, **said})
    return settings, name, ", ".join(words.values())


def _stronger(settings: Settings) -> dict[str, Any]:
    weight = settings.content_weight
    return {"content_weight": min(weight, max(LEAST, weight / STRENGTH))}


def _weaker(settings: Settings) -> dict[str, Any]:
    weight = settings.content_weight
    return {"content_weight": max(weight, min(MOST, weight * STRENGTH))}


def _larger(settings: Settings) -> dict[str, Any]:
    return {"levels": (settings.levels or 1) + 1}


AGAIN: dict[str, Callable[[Settings], dict[str, Any]]] = {
    "stronger": _stronger,
    "weaker": _weaker,
    "colors": lambda _: {"keep_colors": True},
    "swapped": lambda _: {},
    "larger": _larger,
}
"""The buttons under a result, and what they change."""


def again(what: str, asked: Settings, used: Settings, most: int) -> Settings | None:
    """Change a job's settings as a button says; None when that is more than is allowed."""
    changes = AGAIN[what](used)
    if changes.get("levels", 0) > min(most, MAX_LEVELS):
        return None
    return replace(asked, **changes)
