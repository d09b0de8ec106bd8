"""Where a run stands, as a file: what it takes to go on after the process is gone."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

from artstyle.errors import SavepointDamaged
from artstyle.style.pyramid import Stage


# The optimizer's history is left out: L-BFGS's is forty times the picture, and it is learnt
# anew within a few iterations.
@dataclass(frozen=True, slots=True, eq=False)
class Savepoint:
    """The state of a run between two iterations; it belongs to its pictures and settings."""

    stage: int
    """Index of the stage, from 0."""
    iteration: int
    """Iterations done in that stage."""
    seconds: float
    """Spent so far on the whole run."""
    picture: Tensor
    """What is optimised, float32 (1, 3, H, W) on the CPU, also beyond [0, 1]."""

    def fits(self, stages: Sequence[Stage]) -> bool:
        """Tell whether a run of these stages can go on from here."""
        if not 0 <= self.stage < len(stages):
            return False
        stage = stages[self.stage]
        size = tuple(self.picture.shape)
        return 0 <= self.iteration <= stage.iterations and size == (1, 3, *stage.size)

    def write(self, path: Path) -> None:
        """Write the file whole or not at all; raises `OSError`.

        It survives the end of the process at any moment, but not of the machine's power.
        """
        part = path.with_name(f".{path.name}.part")  # one name: what was cut off is replaced
        try:
            with part.open("wb") as file:
                self._save(file)
            part.replace(path)
        finally:
            with suppress(OSError):  # the first error is the one to tell
                part.unlink(missing_ok=True)

    def dumps(self) -> bytes:
        """Give what `write` would write."""
        file = io.BytesIO()
        self._save(file)
        return file.getvalue()

    def _save(self, file: BinaryIO) -> None:
        np.savez(
            file,
            stage=np.int64(self.stage),
            iteration=np.int64(self.iteration),
            seconds=np.float64(self.seconds),
            picture=self.picture.numpy(),
        )

    @classmethod
    def loads(cls, data: bytes) -> Savepoint:
        """Read what `dumps` gave; raises `RunError` when it is damaged."""
        try:
            return cls._parse(io.BytesIO(data))
        except Exception as error:  # as in `read`
            raise SavepointDamaged from error

    @classmethod
    def read(cls, path: Path) -> Savepoint | None:
        """Read a file, None where there isn't one; nothing in it is ever run.

        Raises `RunError` when it can't be read or is damaged.
        """
        try:
            with path.open("rb") as file:
                return cls._parse(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SavepointDamaged from error
        except Exception as error:  # numpy and zipfile raise nearly anything for a damaged file
            raise SavepointDamaged from error

    @classmethod
    def _parse(cls, file: BinaryIO) -> Savepoint:
        """Read and check what `write` has written; raises whatever the file provokes."""
        with np.load(file, allow_pickle=False) as arrays:
            stage, iteration = (index(arrays[name][()]) for name in ("stage", "iteration"))
            seconds = float(arrays["seconds"])
            picture = np.ascontiguousarray(arrays["picture"])
        if min(stage, iteration, seconds) < 0 or not math.isfinite(seconds):
            raise ValueError("its counts make no sense")
        if picture.dtype != np.float32 or picture.ndim != 4 or picture.shape[:2] != (1, 3):
            raise ValueError("its picture is none")
        if not np.isfinite(picture).all():
            raise ValueError("its picture has holes")
        return cls(stage, iteration, seconds, torch.from_numpy(picture))
