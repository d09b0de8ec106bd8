"""L-BFGS and Adam on the pixels.

torch's own L-BFGS is not scale-free: it divides its first step by ‖g‖₁ and drops every
curvature pair below an absolute threshold, so that it freezes on a loss of relative terms.
This one gives the same picture for a loss times any number. Nocedal and Wright, Numerical
Optimization, algorithm 7.4, without a line search.
"""

import torch
from torch import Tensor

GREY_LEVEL = 1 / 255
FIRST_STEP = 2 * GREY_LEVEL  # RMS of the first step, along the plain gradient
LARGEST_STEP = 10 * GREY_LEVEL  # RMS that no step exceeds
HISTORY = 20  # curvature pairs; 24 bytes per pixel each
CURVATURE = 1e-4  # a pair is kept when sᵀy > this · ‖s‖‖y‖
ADAM_STEP = 5 * GREY_LEVEL
TINY = 1e-30  # the least gradient that a step is divided by


def rms(values: Tensor) -> Tensor:
    return values.square().mean().sqrt()


class Lbfgs:
    """Limited-memory BFGS with a bounded step instead of a line search, scale-free."""

    def __init__(self, history: int = HISTORY) -> None:
        self.history = history
        self.reset()

    def reset(self, caution: float = 1.0) -> None:
        """Forget everything learnt so far; the first steps are ``caution`` times as long."""
        self._first_step = FIRST_STEP * caution
        self._steps = self._changes = self._inner = torch.empty(0)
        self._rows: list[int] = []  # of the ring, oldest first
        self._scale = torch.empty(0)  # of the newest pair: its sᵀy / yᵀy
        self._step: Tensor | None = None
        self._gradient: Tensor | None = None

    def shorten(self, history: int) -> None:
        """Keep at most so many curvature pairs, to free memory."""
        if history < self.history:
            self.history = history
            self.reset(self._first_step / FIRST_STEP)

    def step(self, picture: Tensor, gradient: Tensor) -> None:
        """One quasi-Newton step, no longer than ten grey levels RMS.

        Every choice is made on the device, so that a GPU never waits for the host.
        """
        flat = gradient.flatten().float()
        if self._step is None:
            direction, known = -flat, torch.zeros((), dtype=torch.bool, device=flat.device)
        else:
            self._remember(flat)
            direction = self._direction(flat)
            # Without pairs, or where they point uphill, the step follows the plain gradient.
            known = self._inner.any() & (torch.dot(direction, flat) < 0)
            self._inner *= known
            direction = torch.where(known, direction, -flat)
        longest = torch.where(known, LARGEST_STEP, self._first_step)
        scale = longest / rms(direction).clamp(min=TINY)
        self._step = direction.mul_(torch.where(known, scale.clamp(max=1), scale))
        self._gradient = flat
        picture.add_(self._step.view_as(picture))

    def _remember(self, gradient: Tensor) -> None:
        """Keep the last step and the change of the gradient; without curvature, without effect."""
        assert self._step is not None and self._gradient is not None
        if not self._inner.numel():
            self._make_room(gradient)
        row = self._rows.pop(0) if len(self._rows) == self.history else len(self._rows)
        self._rows.append(row)
        change = torch.sub(gradient, self._gradient, out=self._changes[row])
        self._steps[row] = self._step
        curvature = torch.dot(self._step, change)
        kept = curvature > CURVATURE * self._step.norm() * change.norm()
        self._inner[row] = torch.where(kept, curvature, 0)
        self._scale = torch.where(kept, curvature / change.square().sum(), self._scale)

    def _make_room(self, gradient: Tensor) -> None:
        """Take the memory of the history, which is shortened where there isn't as much."""
        while True:
            try:
                self._steps = gradient.new_empty(self.history, gradient.numel())
                self._changes = torch.empty_like(self._steps)
                break
            except torch.OutOfMemoryError:  # another program has filled the GPU meanwhile
                self._steps = torch.empty(0)
                if self.history == 1:
                    raise
                self.history //= 2
        self._inner = gradient.new_zeros(self.history)
        self._scale = gradient.new_ones(())

    def _direction(self, gradient: Tensor) -> Tensor:
        """Multiply −gradient by the inverse Hessian estimate: the two-loop recursion."""
        shares = torch.where(self._inner > 0, 1 / self._inner, 0)  # 1 / sᵀy, 0 if dropped
        direction = -gradient
        along = {}
        for row in reversed(self._rows):
            along[row] = torch.dot(self._steps[row], direction) * shares[row]
            direction -= along[row] * self._changes[row]
        direction *= self._scale
        for row in self._rows:
            second = torch.dot(self._changes[row], direction) * shares[row]
            direction += (along[row] - second) * self._steps[row]
        return direction


class Adam:
    """torch's Adam; its first steps are about five grey levels, whatever the loss."""

    def __init__(self) -> None:
        self.reset()

    def reset(self, caution: float = 1.0) -> None:
        self._rate = ADAM_STEP * caution
        self._optimizer: torch.optim.Adam | None = None

    def shorten(self, history: int) -> None:
        """There are no pairs, and the moments are needed."""

    def step(self, picture: Tensor, gradient: Tensor) -> None:
        if self._optimizer is None:
            # eps far below any gradient of a relative loss, or it would freeze the run
            self._optimizer = torch.optim.Adam(
                [picture], lr=self._rate, betas=(0.9, 0.99), eps=1e-16
            )
        picture.grad = gradient
        self._optimizer.step()
        picture.grad = None


Optimizer = Lbfgs | Adam  # each changes a picture in place, against its gradient
