"""What a run tells while it goes on, and what it ends with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from artstyle import __version__
from artstyle.style.pyramid import Size

if TYPE_CHECKING:
    from torch import Tensor

    from artstyle.settings import Settings


MILESTONES = (20, 40, 60, 80, 100)  # percent


@dataclass(frozen=True, slots=True)
class LossParts:
    """The weighted parts of a loss; they sum to it."""

    content: float
    style: float
    tv: float

    @property
    def total(self) -> float:
        """The loss itself."""
        return self.content + self.style + self.tv


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One iteration of a run in figures, which may be kept and sent."""

    percent: float
    """Work done, from above 0 to 100: iterations weighed by their size."""
    iteration: int
    iterations: int
    stage: int
    stages: int
    sizes: tuple[Size, ...]
    """(height, width) of the sizes whose losses are summed now, the finest first."""
    size: Size
    """(height, width) of the result."""
    levels: tuple[LossParts, ...]
    """The loss at each of these sizes."""
    seconds: float
    seconds_left: float
    note: str | None = None
    """Something that the user should know: a run that had to be recovered."""

    @property
    def parts(self) -> LossParts:
        """The parts of the loss, summed over the levels."""
        return LossParts(
            sum(level.content for level in self.levels),
            sum(level.style for level in self.levels),
            sum(level.tv for level in self.levels),
        )

    @property
    def loss(self) -> float:
        """The loss before this iteration's step; with the last item that of the result."""
        return self.parts.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Step):
    """One iteration of a run. `picture` is good until the next item is asked for."""

    picture: Callable[[], Tensor] = field(repr=False, compare=False)
    """Makes the current picture, float32 (1, 3, H, W) on the CPU, at the current size."""
    ended: bool = False
    """Whether this is the last iteration of its stage."""

    def step(self) -> Step:
        """Give the figures alone."""
        return Step(**{each.name: getattr(self, each.name) for each in fields(Step)})


@dataclass(frozen=True, slots=True)
class Result:
    """A finished picture, float32 (1, 3, H, W), and how it came about."""

    picture: Tensor
    settings: Settings
    """With the levels and iterations that were really used."""
    network: str
    loss: LossParts
    seconds: float
    percent: float
    """100 unless the run was stopped."""

    def metadata(self) -> dict[str, Any]:
        """Collect what it takes to make the picture again."""
        return {
            "version": __version__,
            "network": self.network,
            "settings": self.settings.as_dict(),
            "loss": self.loss.total,
            "percent": round(self.percent, 1),
        }


class Milestones:
    """Tells which of 20, 40, 60, 80 and 100 percent were reached, each of them once."""

    def __init__(self, after: int = 0) -> None:
        """Begin at nothing, or after those that an earlier part of the run has reached."""
        self._left = [milestone for milestone in MILESTONES if milestone > after]

    def reached(self, percent: float) -> list[int]:
        """List those reached since the last call; a fast run may reach several at once."""
        now = [milestone for milestone in self._left if percent >= milestone - 1e-6]
        self._left = self._left[len(now) :]
        return now
