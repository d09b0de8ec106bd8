from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from artstyle.style.descent import Descent, Iterate
from artstyle.style.optimize import Adam, Lbfgs, Optimizer, rms

GREY = 1 / 255
SHAPE = (1, 3, 8, 8)
TARGET = torch.linspace(0, 1, 192).view(SHAPE)
# an ill-conditioned bowl: curvatures from 1 to 1000
CURVATURE = torch.logspace(0, 3, 192).view(SHAPE)

Evaluate = Callable[[Tensor], tuple[Tensor, Tensor]]


class Function:
    """An objective made of a function that gives the parts of the loss and the gradient."""

    def __init__(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate
        self.calls = self.widened = 0

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        self.calls += 1
        return self._evaluate(picture)

    def widen(self) -> None:
        self.widened += 1


def loss(iterate: Iterate) -> float:
    return float(iterate.parts.sum())


def bowl(scale: float = 1.0) -> Evaluate:
    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        off, curvature = picture - TARGET.to(picture.device), CURVATURE.to(picture.device)
        height = scale * (curvature * off * off).sum() / 2
        return torch.stack((height, height * 0, height * 0))[None], scale * curvature * off

    return evaluate


def losses(evaluate: Evaluate, optimizer: Optimizer, iterations: int) -> list[float]:
    descent = Descent(Function(evaluate), torch.full(SHAPE, 0.5), optimizer)
    return [loss(iterate) for iterate in descent.iterate(iterations)]


@pytest.mark.parametrize("make", [Lbfgs, Adam])
@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e6])
def test_the_scale_of_the_loss_changes_nothing(make: Callable[[], Optimizer], scale: float) -> None:
    plain = losses(bowl(), make(), 30)
    scaled = losses(bowl(scale), make(), 30)
    # float32 rounds differently, so the paths part a little
    assert [each / scale for each in scaled] == pytest.approx(plain, rel=0.05)


def test_torchs_own_lbfgs_freezes_where_this_one_does_not() -> None:
    picture = torch.full(SHAPE, 0.5).requires_grad_()
    torchs = torch.optim.LBFGS([picture], max_iter=40, max_eval=40, history_size=20)
    evaluate = bowl(1e-9)

    def closure() -> Tensor:
        parts, picture.grad = evaluate(picture.detach())
        return parts.sum()

    begin = float(torchs.step(closure))  # type: ignore[no-untyped-call]
    assert float(evaluate(picture.detach())[0].sum()) > 0.99 * begin
    assert losses(bowl(1e-9), Lbfgs(), 40)[-1] < 0.01 * begin


def test_the_first_step_is_two_grey_levels_of_plain_gradient() -> None:
    picture = torch.full(SHAPE, 0.5)
    _, gradient = bowl()(picture)
    Lbfgs().step(picture, gradient)
    moved = picture - 0.5
    assert rms(moved).item() == pytest.approx(2 * GREY, rel=1e-5)
    torch.testing.assert_close(moved / rms(moved), -gradient / rms(gradient))


def test_no_step_is_longer_than_ten_grey_levels() -> None:
    picture, optimizer, evaluate = torch.full(SHAPE, 200.0), Lbfgs(), bowl()
    for _ in range(20):
        before = picture.clone()
        optimizer.step(picture, evaluate(picture)[1])
        assert rms(picture - before).item() <= 10 * GREY * 1.001


def test_lbfgs_finds_the_bottom_of_a_quadratic_once_it_knows_its_curvature() -> None:
    curvature = torch.tensor([1.0, 4.0, 9.0]).view(1, 3, 1, 1)
    picture, optimizer = torch.full((1, 3, 1, 1), 0.02), Lbfgs()
    for _ in range(12):
        optimizer.step(picture, curvature * picture)
    assert picture.abs().max() < 1e-6


def test_the_two_loops_multiply_by_the_inverse_of_the_secant_equation() -> None:
    optimizer = Lbfgs()
    picture = torch.zeros(1, 3, 1, 1)
    optimizer.step(picture, torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1))
    s = picture.flatten().clone()
    y = torch.tensor([-0.5, -1.0, -0.2])
    optimizer._remember(torch.tensor([1.0, 2.0, 3.0]) + y)
    # the estimate maps the change of the gradient to the step that caused it: H y = s
    torch.testing.assert_close(-optimizer._direction(y), s)


def test_pairs_of_no_curvature_are_dropped_and_a_ring_keeps_the_last() -> None:
    optimizer, picture = Lbfgs(history=3), torch.full(SHAPE, 0.5)
    flat = torch.ones(SHAPE)
    for _ in range(4):
        optimizer.step(picture, flat)  # the gradient never changes
    assert not optimizer._inner.any()
    optimizer.reset()
    for _ in range(10):
        optimizer.step(picture, bowl()(picture)[1])
    assert optimizer._inner.count_nonzero() == 3


@pytest.mark.parametrize("make", [Lbfgs, Adam])
def test_at_a_minimum_nothing_moves(make: Callable[[], Optimizer]) -> None:
    picture = TARGET.clone()
    make().step(picture, torch.zeros(SHAPE))
    assert torch.equal(picture, TARGET)


def test_a_history_that_finds_no_room_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    new_empty = Tensor.new_empty

    def small(self: Tensor, rows: int, columns: int) -> Tensor:
        if rows > 5:
            raise torch.OutOfMemoryError
        return new_empty(self, rows, columns)

    monkeypatch.setattr(Tensor, "new_empty", small)
    picture, optimizer = torch.full(SHAPE, 0.5), Lbfgs(history=20)
    begin = float(bowl()(picture)[0].sum())
    for _ in range(30):
        optimizer.step(picture, bowl()(picture)[1])
    assert optimizer.history == 5
    assert float(bowl()(picture)[0].sum()) < 0.1 * begin
