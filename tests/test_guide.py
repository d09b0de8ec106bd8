"""The temporal loss by hand-computed numbers and finite differences."""

import pytest
import torch
from torch import Tensor

from artstyle.video.guide import WEIGHT, Guide, Guided


def guide(sure: Tensor | None = None) -> Guide:
    return Guide(torch.full((1, 3, 2, 2), 0.5), torch.ones(1, 1, 2, 2) if sure is None else sure)


class Flat:
    """An objective whose loss is the mean of a picture, on two levels."""

    def __init__(self) -> None:
        self.wide = False

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        parts = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        return parts, torch.full_like(picture, 1 / picture.numel())

    def widen(self) -> None:
        self.wide = True


def test_the_loss_is_the_mean_square_distance() -> None:
    loss, _ = guide().loss(torch.full((1, 3, 2, 2), 0.7))
    assert float(loss) == pytest.approx(WEIGHT * 0.04)


def test_what_is_unsure_counts_for_nothing() -> None:
    sure = torch.tensor([[1.0, 0.0], [0.0, 0.0]]).view(1, 1, 2, 2)
    loss, slope = guide(sure).loss(torch.full((1, 3, 2, 2), 0.7))
    assert float(loss) == pytest.approx(WEIGHT * 0.04 / 4)
    assert slope[..., 0, 0].abs().min() > 0
    assert slope.flatten(2)[..., 1:].abs().max() == 0


def test_the_gradient_is_that_of_the_loss() -> None:
    picture = torch.rand(1, 3, 2, 2, dtype=torch.float64)
    sure = torch.tensor([[1.0, 0.0], [1.0, 1.0]], dtype=torch.float64).view(1, 1, 2, 2)
    tied = Guide(torch.rand(1, 3, 2, 2, dtype=torch.float64), sure)
    _, slope = tied.loss(picture)
    step = torch.zeros_like(picture)
    for place in ((0, 0, 0, 0), (0, 2, 0, 1), (0, 1, 1, 1)):
        step.zero_()[place] = 1e-6
        rise = tied.loss(picture + step)[0] - tied.loss(picture - step)[0]
        assert float(slope[place]) == pytest.approx(float(rise) / 2e-6, rel=1e-5, abs=1e-9)


def test_the_temporal_part_is_the_fourth_of_the_finest_level() -> None:
    objective = Flat()
    guided, picture = Guided(objective, guide()), torch.full((1, 3, 2, 2), 0.7)  # type: ignore[arg-type]
    parts, gradient = guided.evaluate(picture)
    assert parts[:, :3].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert parts[:, 3].tolist() == pytest.approx([WEIGHT * 0.04, 0])
    assert gradient == pytest.approx(torch.full_like(picture, 1 / 12 + WEIGHT * 0.4 / 12))
    guided.widen()
    assert objective.wide
