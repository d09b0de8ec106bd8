"""Where a run stands, as bytes: what it takes to resume it after the process is gone."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import index

import numpy as np
import torch
from torch import Tensor

from artstyle.errors import SavepointDamaged
from artstyle.style.pyramid import Stage


# The optimizer's history is left out: L-BFGS's is forty times the picture, and is learnt again
# within a few iterations.
@dataclass(frozen=True, slots=True, eq=False)
class Savepoint:
    """The state of a run between two iterations; it fits only its own pictures and settings."""

    stage: int  # index of the stage, from 0
    iteration: int  # iterations done in that stage
    seconds: float  # spent so far on the whole run
    picture: Tensor  # the optimised picture, float32 (1, 3, H, W) on the CPU, not limited to [0, 1]
    percent: float = 0.0  # shown so far; a resumed run doesn't fall below it

    def fits(self, stages: Sequence[Stage]) -> bool:
        """Whether a run of these stages can resume from here."""
        if not 0 <= self.stage < len(stages):
            return False
        stage = stages[self.stage]
        size = tuple(self.picture.shape)
        return 0 <= self.iteration <= stage.iterations and size == (1, 3, *stage.size)

    def dumps(self) -> bytes:
        """The savepoint as the bytes of an ``.npz`` file."""
        file = io.BytesIO()
        np.savez(
            file,
            stage=np.int64(self.stage),
            iteration=np.int64(self.iteration),
            seconds=np.float64(self.seconds),
            picture=self.picture.numpy(),
            percent=np.float64(self.percent),
        )
        return file.getvalue()

    @classmethod
    def loads(cls, data: bytes) -> Savepoint:
        """Read what `dumps` returned, running nothing in it. Raises `SavepointDamaged`."""
        try:
            return cls._parse(data)
        except Exception as error:  # numpy and zipfile raise nearly anything for damaged data
            raise SavepointDamaged from error

    @classmethod
    def _parse(cls, data: bytes) -> Savepoint:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            stage, iteration = (index(arrays[name][()]) for name in ("stage", "iteration"))
            seconds = float(arrays["seconds"])
            percent = float(arrays["percent"]) if "percent" in arrays else 0.0  # older ones lack it
            picture = np.ascontiguousarray(arrays["picture"])
        if min(stage, iteration, seconds) < 0 or not math.isfinite(seconds):
            raise ValueError("a count is out of range")
        if not 0 <= percent <= 100:
            raise ValueError("the percentage is out of range")
        if picture.dtype != np.float32 or picture.ndim != 4 or picture.shape[:2] != (1, 3):
            raise ValueError("the picture has another type or shape")
        if not np.isfinite(picture).all():
            raise ValueError("the picture has values that aren't finite")
        return cls(stage, iteration, seconds, torch.from_numpy(picture), percent)
