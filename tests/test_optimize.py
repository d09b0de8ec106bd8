from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from artstyle import optimize
from artstyle.errors import RunError
from artstyle.optimize import OPTIMIZERS, Adam, Descent, Evaluate, Lbfgs, Optimizer, rms

GREY = 1 / 255
SHAPE = (1, 3, 8, 8)
TARGET = torch.linspace(0, 1, 192).view(SHAPE)
# an ill-conditioned bowl: curvatures from 1 to 1000
CURVATURE = torch.logspace(0, 3, 192).view(SHAPE)


def bowl(scale: float = 1.0) -> Evaluate:
    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        off = picture - TARGET
        loss = scale * (CURVATURE * off * off).sum() / 2
        return torch.stack((loss, loss * 0, loss * 0))[None], scale * CURVATURE * off

    return evaluate


def losses(evaluate: Evaluate, optimizer: Optimizer, iterations: int) -> list[float]:
    descent = Descent(evaluate, torch.full(SHAPE, 0.5), optimizer, lambda: None)
    return [iterate.loss for iterate in descent.iterate(iterations)]


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e6])
def test_the_scale_of_the_loss_changes_nothing(make: Callable[[], Optimizer], scale: float) -> None:
    plain = losses(bowl(), make(), 30)
    scaled = losses(bowl(scale), make(), 30)
    # float32 rounds differently, so the paths part a little
    assert [loss / scale for loss in scaled] == pytest.approx(plain, rel=0.05)


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
    assert not optimizer._inner
    optimizer.reset()
    for _ in range(10):
        optimizer.step(picture, bowl()(picture)[1])
    assert len(optimizer._inner) == 3


@pytest.mark.parametrize("make", [Lbfgs, Adam])
def test_at_a_minimum_nothing_moves(make: Callable[[], Optimizer]) -> None:
    picture = TARGET.clone()
    make().step(picture, torch.zeros(SHAPE))
    assert torch.equal(picture, TARGET)


class Faulty:
    """A loss that breaks at chosen evaluations until the run is widened."""

    def __init__(self, breaks: Callable[[int], bool], fault: Callable[[Tensor], Tensor]) -> None:
        self.calls = self.widened = 0
        self._breaks, self._fault = breaks, fault

    def __call__(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        self.calls += 1
        parts, gradient = bowl()(picture)
        if self._breaks(self.calls) and not self.widened:
            return self._fault(parts), gradient
        return parts, gradient

    def widen(self) -> None:
        self.widened += 1


def descend(faulty: Faulty, iterations: int) -> list[optimize.Iterate]:
    descent = Descent(faulty, torch.full(SHAPE, 0.5), Lbfgs(), faulty.widen)
    return list(descent.iterate(iterations))


@pytest.mark.parametrize("first", [1, 5])
def test_a_loss_that_is_not_a_number_is_recovered_in_float32(first: int) -> None:
    faulty = Faulty(lambda call: call >= first, lambda parts: parts * float("nan"))
    iterates = descend(faulty, 25)
    assert [i.trouble for i in iterates if i.trouble] == ["not a number"]
    assert faulty.widened == 1
    assert iterates[-1].loss < 0.1 * iterates[0].loss


def test_a_gradient_that_is_not_a_number_is_caught_too() -> None:
    seen: list[int] = []

    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(1)
        parts, gradient = bowl()(picture)
        return parts, gradient * (float("inf") if len(seen) == 4 else 1)

    descent = Descent(evaluate, torch.full(SHAPE, 0.5), Lbfgs(), lambda: None)
    assert [i.trouble for i in descent.iterate(6)] == [None] * 3 + ["not a number", None, None]


def test_a_leap_of_the_loss_goes_back_to_the_best_picture() -> None:
    faulty = Faulty(lambda call: call == 8, lambda parts: parts * 1e5)
    iterates = descend(faulty, 20)
    assert iterates[7].trouble == "exploding"
    assert iterates[7].loss < iterates[0].loss
    assert iterates[-1].loss < iterates[7].loss


def test_a_frozen_run_is_thawed() -> None:
    stuck = torch.full(SHAPE, 0.5)
    begin = bowl()(stuck)

    class Frozen(Faulty):
        def __call__(self, picture: Tensor) -> tuple[Tensor, Tensor]:
            return bowl()(picture) if self.widened else begin

    frozen = Frozen(bool, lambda parts: parts)
    iterates = descend(frozen, 60)
    troubles = [number for number, i in enumerate(iterates, 1) if i.trouble == "frozen"]
    assert troubles == [optimize.PATIENCE + 1]
    assert iterates[-1].loss < 0.1 * iterates[0].loss


def test_a_loss_that_has_settled_is_left_alone_after_two_recoveries() -> None:
    parts, gradient = torch.ones(1, 3), torch.full(SHAPE, 1e-9)
    descent = Descent(lambda _: (parts, gradient), torch.zeros(SHAPE), Lbfgs(), lambda: None)
    iterates = list(descent.iterate(100))
    assert sum(i.trouble is not None for i in iterates) == optimize.RECOVERIES
    assert len(iterates) == 100


def test_a_run_that_stays_broken_in_float32_ends_with_words() -> None:
    nothing = torch.full((1, 3), float("nan")), torch.zeros(SHAPE)
    descent = Descent(lambda _: nothing, torch.zeros(SHAPE), Lbfgs(), lambda: None)
    with pytest.raises(RunError, match="not a number, even in float32"):
        list(descent.iterate(5))


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_start_so_near_the_bottom_that_any_step_leaps_ends_below_it(
    make: Callable[[], Optimizer],
) -> None:
    near = TARGET + 1e-4 * torch.linspace(-1, 1, 192).view(SHAPE)
    begin = float(bowl()(near)[0].sum())
    descent = Descent(bowl(1e3), near.clone(), make(), lambda: None)
    iterates = list(descent.iterate(30))
    assert iterates[0].trouble is None
    assert "exploding" in {iterate.trouble for iterate in iterates}
    assert descent.finish().loss <= 1e3 * begin


def test_freezes_dont_use_up_the_recoveries_from_a_leap() -> None:
    # thirty evaluations stand still, which is two thaws, then one leaps
    calls: list[int] = []

    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        calls.append(1)
        return torch.ones(1, 3) * (1e6 if len(calls) == 40 else 1), torch.full(SHAPE, 1e-9)

    descent = Descent(evaluate, torch.zeros(SHAPE), Lbfgs(), lambda: None)
    troubles = [i.trouble for i in descent.iterate(60) if i.trouble]
    assert troubles == ["frozen", "frozen", "exploding"]


def test_the_best_picture_wins_over_a_worse_last_one() -> None:
    descent = Descent(bowl(), torch.full(SHAPE, 0.5), Lbfgs(), lambda: None)
    best = min(iterate.loss for iterate in descent.iterate(15))
    descent.picture.add_(1.0)  # a last step into nowhere
    assert descent.finish().loss == pytest.approx(best)
    assert float(bowl()(descent.picture)[0].sum()) == pytest.approx(best)
