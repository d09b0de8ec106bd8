"""Another picture like a finished one: what the buttons of the bot and of the lab change."""

from dataclasses import replace
from typing import Any

from artstyle.settings import DEFAULT_LEVELS, MAX_LEVELS, Settings

STEP = 0.25  # of realism
FACTOR = 2.5  # of the content weight, where realism is at its end or has no effect
LEAST, MOST = 0.005, 5.0  # content weights beyond these change nothing more
AGAIN = ("stronger", "weaker", "colors", "swapped", "larger")


def again(what: str, asked: Settings, used: Settings, most: int = MAX_LEVELS) -> Settings | None:
    """A job's settings after a button; ``None`` if that exceeds ``most`` levels."""
    levels = (used.levels or DEFAULT_LEVELS) + 1
    match what:
        case "stronger":
            return replace(asked, **_stronger(used))
        case "weaker":
            return replace(asked, **_weaker(used))
        case "colors":
            return replace(asked, colors="photo")
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
