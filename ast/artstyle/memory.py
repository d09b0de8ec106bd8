"""How much memory a run needs, and what to say when there isn't enough."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from artstyle import devices
from artstyle.errors import OutOfMemory
from artstyle.optimize import HISTORY
from artstyle.pyramid import Size, level_size
from artstyle.settings import Settings

# Bytes a pixel of the finest level: the layers' outputs, what is kept for the gradient, and
# the pictures themselves; measured as the growth of the peak from 384×256 to 768×512.
ACTIVATIONS = {torch.float32: 1700, torch.bfloat16: 1150}
STYLE_ACTIVATIONS = 800  # the painting is only measured: nothing is kept for a gradient
CURVATURE_PAIRS = 24 * HISTORY
FIXED = 700 << 20  # torch itself, the network, both pictures
# What torch says on a CPU, on Windows, on MPS and from cuBLAS, all as plain RuntimeErrors.
NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")


@dataclass(frozen=True, slots=True)
class Demand:
    """What a run asks of a device's memory."""

    content: Size
    style: Size
    settings: Settings
    """Resolved."""
    device: str
    dtype: torch.dtype

    def size(self, levels: int) -> Size:
        """Give the size of the finest of so many levels."""
        return level_size(self.content, self.settings.base_size, levels - 1)

    def needed(self, levels: int) -> int:
        """Estimate the bytes that a run of so many levels takes at its peak."""
        height, width = self.size(levels)
        pixels = height * width
        optimizer = CURVATURE_PAIRS if self.settings.optimizer == "lbfgs" else 24
        each = ACTIVATIONS[self.dtype]
        ratio = max(self.style) / min(self.style)
        style = (min(height, width) * self.settings.style_scale) ** 2 * ratio
        return int(FIXED + max(pixels * (each + optimizer), style * STYLE_ACTIVATIONS))

    def check(self) -> None:
        """Raise `OutOfMemory` before a run that can't end."""
        free = devices.free_memory(self.device)
        levels = self.settings.levels or 1
        if self.needed(levels) > free:
            raise self.too_large(free)

    def too_large(self, free: int) -> OutOfMemory:
        """Say what doesn't fit, and the largest size that would."""
        levels = self.settings.levels or 1
        text = f"{self._describe(levels)} doesn't fit: {_gigabytes(free)} are free"
        for fewer in range(levels - 1, 0, -1):
            if self.needed(fewer) <= free:
                return OutOfMemory(f"{text}; take {self._describe(fewer)}")
        return OutOfMemory(f"{text}; free some memory or use another device")

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn running out of memory in the middle into an `OutOfMemory` with advice."""
        free = devices.free_memory(self.device)  # before the run took its part of it
        try:
            yield
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise self.too_large(free) from error
        except RuntimeError as error:
            if not any(phrase in str(error) for phrase in NO_MEMORY):
                raise
            raise self.too_large(free) from error

    def _describe(self, levels: int) -> str:
        height, width = self.size(levels)
        return f"levels {levels} ({width}×{height}, about {_gigabytes(self.needed(levels))})"


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"
