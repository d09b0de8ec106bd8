"""A descent that keeps the best picture, and goes on from it when the run breaks."""

import math
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from artstyle.errors import LossNotANumber
from artstyle.style.optimize import Optimizer

EXPLOSION = 10.0  # times the best loss
PATIENCE = 10  # iterations without progress that make a frozen run
LEAST_FALL = 1e-5  # relative fall of the loss that counts as progress
SETTLED = 1e-6  # a loss so small has nothing left to gain
RECOVERIES = 2  # from a freeze in a stage; after that a loss that stays has settled
CAUTION = 1 / 4  # of the step after a leap: the same one would leap again
SETTLING = 20  # iterations over which a loss that has settled hardly falls
LEAST_GAIN = 2e-3  # relative fall in that time that is worth going on for


class Minimizable(Protocol):
    """What a descent minimises."""

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """The parts of the loss, (levels, 3), and its gradient, of the picture's shape."""

    def widen(self) -> None:
        """Compute in float32 from here on: called when the run breaks."""


class Iterate(NamedTuple):
    """One iteration: the loss before its step, and what had to be recovered from."""

    number: int
    parts: Tensor  # weighted content, style and tv of every level, (levels, 3)
    trouble: str | None  # ``frozen``, ``exploding`` or ``not a number``


class Descent:
    """Optimises a picture (1, 3, H, W) in place and keeps the best one to recover from."""

    def __init__(
        self, objective: Minimizable, picture: Tensor, optimizer: Optimizer, every: int = 1
    ) -> None:
        """The loss is read back every so many iterations: a GPU has to stop for it."""
        self.picture = picture
        self._objective = objective
        self._optimizer = optimizer
        self._every = every
        self._watch = Watch(picture)
        self._thaws = 0
        self._caution = 1.0

    def iterate(self, iterations: int) -> Iterator[Iterate]:
        """Yield the iterations whose loss is read. Raises `LossNotANumber`."""
        for number in range(1, iterations + 1):
            parts, gradient = self._objective.evaluate(self.picture)
            self._watch.see(parts, gradient, self.picture)
            read, trouble = number % self._every == 0 or number == iterations, None
            if read and (trouble := self._watch.trouble(number, self._thaws)):
                parts, gradient = self._recover(trouble)
            self._optimizer.step(self.picture, gradient)
            if read:
                yield Iterate(number, parts, trouble)

    @property
    def settled(self) -> bool:
        """Whether more iterations would hardly improve the picture."""
        return self._watch.settled

    def finish(self) -> Tensor:
        """Return the parts of the last picture's loss; go back to the best if that's better."""
        parts, _ = self._objective.evaluate(self.picture)
        if not float(parts.sum()) <= self._watch.best_loss:  # also when it isn't a number
            self.picture.copy_(self._watch.best)
            parts, _ = self._objective.evaluate(self.picture)
        return parts

    def _recover(self, trouble: str) -> tuple[Tensor, Tensor]:
        """Go on from the best picture, with a fresh history and in float32."""
        if trouble == "frozen":
            self._thaws += 1
        else:
            self._caution *= CAUTION
        self._objective.widen()
        self._optimizer.reset(self._caution)
        self.picture.copy_(self._watch.best)
        parts, gradient = self._objective.evaluate(self.picture)
        self._watch.begin_again(parts)
        if not (math.isfinite(self._watch.best_loss) and gradient.isfinite().all()):
            raise LossNotANumber
        return parts, gradient


class Watch:
    """The state of a descent, kept on its device and read only on request."""

    def __init__(self, picture: Tensor) -> None:
        self.best = picture.clone()
        self._best_loss = picture.new_full((), math.inf)
        self._broken = picture.new_zeros((), dtype=torch.bool)
        self._leapt = self._broken.clone()
        self._stale: Tensor = picture.new_zeros((), dtype=torch.int64)
        self._falls: list[tuple[int, float]] = []  # (iteration, best loss)

    def see(self, parts: Tensor, gradient: Tensor, picture: Tensor) -> None:
        loss = parts.sum()
        finite = loss.isfinite() & gradient.isfinite().all()
        self._broken |= ~finite
        self._leapt |= loss > EXPLOSION * self._best_loss + SETTLED
        fell = loss < self._best_loss * (1 - LEAST_FALL)
        self._stale = torch.where(fell, 0, self._stale + 1)
        better = finite & (loss < self._best_loss)
        torch.where(better, picture, self.best, out=self.best)
        self._best_loss = torch.where(better, loss, self._best_loss)

    def trouble(self, number: int, thaws: int) -> str | None:
        """Read what was noted up to an iteration and name what is wrong, if anything."""
        if self._broken:
            return "not a number"
        if self._leapt:
            return "exploding"
        self._falls.append((number, self.best_loss))
        if self._stale >= PATIENCE and self.best_loss > SETTLED and thaws < RECOVERIES:
            return "frozen"
        return None

    @property
    def best_loss(self) -> float:
        return float(self._best_loss)

    @property
    def settled(self) -> bool:
        last = self._falls[-1][0] if self._falls else 0
        before = [loss for number, loss in self._falls if number <= last - SETTLING]
        return bool(before) and self._falls[-1][1] > before[-1] * (1 - LEAST_GAIN)

    def begin_again(self, parts: Tensor) -> None:
        """Go on from the best picture, whose loss may differ in another precision."""
        self._best_loss = parts.sum().to(self._best_loss.dtype)
        for noted in (self._broken, self._leapt, self._stale):
            noted.zero_()
        self._falls.clear()
