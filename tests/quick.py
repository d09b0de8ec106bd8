"""Runs that compute nothing, for tests of what surrounds them."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from artstyle.progress import LossParts, Progress, Result
from artstyle.settings import Settings
from artstyle.style import pyramid

LOSS = LossParts(0.5, 0.25, 0.0)
GIVEN: list[dict[str, Any]] = []  # what each run was given; masks by their means


class Quick:
    """A transfer in two steps whose result is the photo."""

    def __init__(
        self,
        photo: Tensor,
        paintings: list[Tensor],
        settings: Settings,
        network: Any,
        savepoint: None,
        *,
        mask: Tensor | None,
        style_masks: list[Tensor],
    ) -> None:
        sizes = [pyramid.size_of(each) for each in paintings]
        masks = [None if each is None else each.mean().item() for each in (mask, *style_masks)]
        GIVEN.append({"paintings": sizes, "settings": settings, "masks": masks})
        self._photo, self._settings = photo, settings
        self._network = network()

    def run(self) -> Iterator[Progress]:
        size = pyramid.size_of(self._photo)
        for iteration in (1, 2):
            values: dict[str, Any] = {
                **{"percent": 50.0 * iteration, "iteration": iteration, "iterations": 2},
                **{"stage": 1, "stages": 1, "sizes": (size,), "size": size, "levels": (LOSS,)},
                **{"seconds": float(iteration), "seconds_left": 2.0 - iteration},
            }
            yield Progress(**values, picture=lambda: self._photo)

    def result(self, last: Progress) -> Result:
        return Result(self._photo, self._settings, "vgg16", LOSS, last.seconds, last.percent)
