"""L-BFGS and Adam on the pixels, and the guards around them.

torch's own L-BFGS is not scale-free: it divides its first step by ‖g‖₁ and drops every
curvature pair below an absolute threshold, so a loss of relative terms freezes it. The
one here gives the same picture for a loss times any number. Nocedal and Wright,
Numerical Optimization, algorithm 7.4, without a line search.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from artstyle.errors import RunError

GREY_LEVEL = 1 / 255
FIRST_STEP = 2 * GREY_LEVEL  # RMS of the first step, along the plain gradient
LARGEST_STEP = 10 * GREY_LEVEL  # RMS that no step exceeds
HISTORY = 20  # curvature pairs; 24 bytes a pixel each
CURVATURE = 1e-4  # a pair is kept when sᵀy > this · ‖s‖‖y‖
ADAM_STEP = 5 * GREY_LEVEL

EXPLOSION = 10.0  # times the best loss
PATIENCE = 10  # iterations without progress that make a frozen run
LEAST_FALL = 1e-5  # relative fall of the loss that counts as progress
SETTLED = 1e-6  # a loss so small has nothing left to gain
RECOVERIES = 2  # from a freeze in a stage; after that a loss that stays has settled
CAUTION = 1 / 4  # of the step after a leap: the same one would leap again

Evaluate = Callable[[Tensor], tuple[Tensor, Tensor]]


class Optimizer(Protocol):
    """Moves a picture against its gradient, in place."""

    def step(self, picture: Tensor, gradient: Tensor) -> None:
        """Change the picture (1, 3, H, W), given the gradient of the loss there."""

    def reset(self, caution: float = 1.0) -> None:
        """Forget everything learnt so far; the next step is ``caution`` times as long."""

    def shorten(self, history: int) -> None:
        """Make do with so many curvature pairs, to give memory back."""


def rms(values: Tensor) -> Tensor:
    """Root of the mean square."""
    return values.square().mean().sqrt()


class Lbfgs:
    """Limited-memory BFGS with a bounded step instead of a line search, scale-free."""

    def __init__(self, history: int = HISTORY) -> None:
        """Keep the last ``history`` curvature pairs."""
        self.history = history
        self.reset()

    def reset(self, caution: float = 1.0) -> None:
        """Forget the curvature: the next step is one of plain gradient."""
        self._first_step = FIRST_STEP * caution
        self._steps: Tensor | None = None
        self._changes: Tensor | None = None
        self._inner: list[tuple[int, Tensor]] = []  # (row of the ring, sᵀy), oldest first
        self._next = 0
        self._step: Tensor | None = None
        self._gradient: Tensor | None = None

    def shorten(self, history: int) -> None:
        """Make do with so many pairs: what was learnt is forgotten if there are more."""
        if history < self.history:
            self.history = history
            self.reset(self._first_step / FIRST_STEP)

    def step(self, picture: Tensor, gradient: Tensor) -> None:
        """Take one quasi-Newton step, no longer than ten grey levels RMS."""
        flat = gradient.flatten().float()
        if not flat.any():
            return  # a minimum: there is nowhere to go
        self._remember(flat)
        direction = self._direction(flat)
        if self._inner and torch.dot(direction, flat) >= 0:
            self._inner.clear()  # uphill: the curvature is of no use here
            direction = self._direction(flat)
        limit = LARGEST_STEP if self._inner else self._first_step
        length = rms(direction)
        scale = torch.where(length > limit, limit / length, torch.ones_like(length))
        self._step = direction.mul_(scale if self._inner else limit / length)
        self._gradient = flat
        picture.add_(self._step.view_as(picture))

    def _remember(self, gradient: Tensor) -> None:
        """Keep the pair of the last step and the change of the gradient along it."""
        if self._step is None or self._gradient is None:
            return
        if self._steps is None or self._changes is None:
            self._steps = gradient.new_empty(self.history, gradient.numel())
            self._changes = torch.empty_like(self._steps)
        change = gradient - self._gradient
        curvature = torch.dot(self._step, change)
        if curvature <= CURVATURE * self._step.norm() * change.norm():
            return
        row = self._next
        self._inner = [pair for pair in self._inner if pair[0] != row]
        self._steps[row], self._changes[row] = self._step, change
        self._inner.append((row, curvature))
        self._next = (row + 1) % self.history

    def _direction(self, gradient: Tensor) -> Tensor:
        """Multiply −gradient by the inverse Hessian estimate: the two-loop recursion."""
        direction = -gradient
        if not self._inner or self._steps is None or self._changes is None:
            return direction
        along: list[Tensor] = []
        for row, inner in reversed(self._inner):
            along.append(torch.dot(self._steps[row], direction) / inner)
            direction -= along[-1] * self._changes[row]
        row, inner = self._inner[-1]
        direction *= inner / self._changes[row].square().sum()
        for (row, inner), first in zip(self._inner, reversed(along), strict=True):
            second = torch.dot(self._changes[row], direction) / inner
            direction += (first - second) * self._steps[row]
        return direction


class Adam:
    """torch's Adam; its steps are about five grey levels to begin with, whatever the loss."""

    def __init__(self) -> None:
        """Begin without any moments."""
        self.reset()

    def reset(self, caution: float = 1.0) -> None:
        """Forget the moments."""
        self._rate = ADAM_STEP * caution
        self._optimizer: torch.optim.Adam | None = None

    def shorten(self, history: int) -> None:
        """Do nothing: there are no pairs, and the moments are needed."""

    def step(self, picture: Tensor, gradient: Tensor) -> None:
        """Take one step."""
        if self._optimizer is None:
            # eps far below any gradient of a relative loss, or it would freeze the run
            self._optimizer = torch.optim.Adam(
                [picture], lr=self._rate, betas=(0.9, 0.99), eps=1e-16
            )
        picture.grad = gradient
        self._optimizer.step()
        picture.grad = None


OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {"lbfgs": Lbfgs, "adam": Adam}


@dataclass(frozen=True, slots=True)
class Iterate:
    """One iteration: the parts of the loss before its step, and what had to be mended."""

    parts: Tensor
    """Weighted content, style and tv of every level, shape (levels, 3)."""
    loss: float
    trouble: str | None
    """``frozen``, ``exploding`` or ``not a number`` when the run had to be recovered."""


class Descent:
    """Optimises a picture in place, watched: the best picture is kept to go on from."""

    def __init__(
        self, evaluate: Evaluate, picture: Tensor, optimizer: Optimizer, widen: Callable[[], None]
    ) -> None:
        """Take the loss (parts and gradient of a picture) and the optimiser.

        ``widen`` is called when the run breaks; it makes ``evaluate`` compute in float32.
        """
        self._evaluate = evaluate
        self._optimizer = optimizer
        self._widen = widen
        self.picture = picture
        self._best = picture.clone()
        self._best_loss = math.inf
        self._stale = 0
        self._thaws = 0
        self._caution = 1.0

    def iterate(self, iterations: int) -> Iterator[Iterate]:
        """Yield after each iteration; raises `RunError` where recovering doesn't help."""
        for _ in range(iterations):
            parts, gradient = self._evaluate(self.picture)
            trouble = self._trouble(float(parts.sum()), gradient)
            if trouble:
                parts, gradient = self._recover(trouble)
            self._optimizer.step(self.picture, gradient)
            yield Iterate(parts, float(parts.sum()), trouble)

    def finish(self) -> Iterate:
        """Evaluate the last picture, and go back to the best one if that was better."""
        parts, _ = self._evaluate(self.picture)
        last = float(parts.sum())
        if not last <= self._best_loss:  # also when it isn't a number
            self.picture.copy_(self._best)
            parts, _ = self._evaluate(self.picture)
        return Iterate(parts, float(parts.sum()), None)

    def _trouble(self, loss: float, gradient: Tensor) -> str | None:
        """Name what is wrong, if anything, else remember the picture when it is the best."""
        if not (math.isfinite(loss) and gradient.isfinite().all()):
            return "not a number"
        if loss > EXPLOSION * self._best_loss + SETTLED:
            return "exploding"
        self._stale = 0 if loss < self._best_loss * (1 - LEAST_FALL) else self._stale + 1
        if loss < self._best_loss:
            self._best_loss = loss
            self._best.copy_(self.picture)
        if self._stale >= PATIENCE and loss > SETTLED and self._thaws < RECOVERIES:
            return "frozen"
        return None

    def _recover(self, trouble: str) -> tuple[Tensor, Tensor]:
        """Go on from the best picture, with a fresh history and in float32."""
        if trouble == "frozen":
            self._thaws += 1
        else:
            self._caution *= CAUTION
        self._stale = 0
        self._widen()
        self._optimizer.reset(self._caution)
        self.picture.copy_(self._best)
        parts, gradient = self._evaluate(self.picture)
        self._best_loss = float(parts.sum())
        if not (math.isfinite(self._best_loss) and gradient.isfinite().all()):
            raise RunError(
                "the loss of this picture is not a number, even in float32; "
                "try another picture or other weights"
            )
        return parts, gradient
