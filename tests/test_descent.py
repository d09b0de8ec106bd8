"""A run that breaks is recovered from its best picture."""

from collections.abc import Callable

import pytest
import torch
from tests.test_optimize import SHAPE, TARGET, Evaluate, Function, bowl, loss
from torch import Tensor

from artstyle.errors import RunError
from artstyle.style.descent import RECOVERIES, SETTLING, Descent, Iterate
from artstyle.style.optimize import Adam, Lbfgs, Optimizer


class Faulty(Function):
    """A loss that breaks at chosen evaluations until the run is widened."""

    def __init__(self, breaks: Callable[[int], bool], fault: Callable[[Tensor], Tensor]) -> None:
        super().__init__(bowl())
        self._breaks, self._fault = breaks, fault

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        parts, gradient = super().evaluate(picture)
        if self._breaks(self.calls) and not self.widened:
            return self._fault(parts), gradient
        return parts, gradient


def descending(evaluate: Evaluate, start: float = 0.0) -> Descent:
    return Descent(Function(evaluate), torch.full(SHAPE, start), Lbfgs())


def descend(faulty: Function, iterations: int) -> list[Iterate]:
    return list(Descent(faulty, torch.full(SHAPE, 0.5), Lbfgs()).iterate(iterations))


@pytest.mark.parametrize("first", [1, 5])
def test_a_loss_that_is_not_a_number_is_recovered_in_float32(first: int) -> None:
    faulty = Faulty(lambda call: call >= first, lambda parts: parts * float("nan"))
    iterates = descend(faulty, 25)
    assert [i.trouble for i in iterates if i.trouble] == ["not a number"]
    assert faulty.widened == 1
    assert loss(iterates[-1]) < 0.1 * loss(iterates[0])


def test_a_gradient_that_is_not_a_number_is_caught_too() -> None:
    seen: list[int] = []

    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(1)
        parts, gradient = bowl()(picture)
        return parts, gradient * (float("inf") if len(seen) == 4 else 1)

    descent = descending(evaluate, 0.5)
    assert [i.trouble for i in descent.iterate(6)] == [None] * 3 + ["not a number", None, None]


def test_a_leap_of_the_loss_goes_back_to_the_best_picture() -> None:
    faulty = Faulty(lambda call: call == 8, lambda parts: parts * 1e5)
    iterates = descend(faulty, 20)
    assert iterates[7].trouble == "exploding"
    assert loss(iterates[7]) < loss(iterates[0])
    assert loss(iterates[-1]) < loss(iterates[7])


def test_a_loss_that_has_settled_is_left_alone_after_two_recoveries() -> None:
    parts, gradient = torch.ones(1, 3), torch.full(SHAPE, 1e-9)
    iterates = list(descending(lambda _: (parts, gradient)).iterate(100))
    assert sum(i.trouble is not None for i in iterates) == RECOVERIES
    assert len(iterates) == 100


def test_a_run_that_stays_broken_in_float32_ends_with_words() -> None:
    nothing = torch.full((1, 3), float("nan")), torch.zeros(SHAPE)
    with pytest.raises(RunError, match="not a number, even in float32"):
        list(descending(lambda _: nothing).iterate(5))


@pytest.mark.parametrize("make", [Lbfgs, Adam])
def test_a_start_so_near_the_bottom_that_any_step_leaps_ends_below_it(
    make: Callable[[], Optimizer],
) -> None:
    near = TARGET + 1e-4 * torch.linspace(-1, 1, 192).view(SHAPE)
    begin = float(bowl()(near)[0].sum())
    descent = Descent(Function(bowl(1e3)), near.clone(), make())
    iterates = list(descent.iterate(30))
    assert iterates[0].trouble is None
    assert "exploding" in {iterate.trouble for iterate in iterates}
    assert float(descent.finish().sum()) <= 1e3 * begin


def test_freezes_dont_use_up_the_recoveries_from_a_leap() -> None:
    # thirty evaluations stand still, which is two thaws, then one leaps
    calls: list[int] = []

    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        calls.append(1)
        return torch.ones(1, 3) * (1e6 if len(calls) == 40 else 1), torch.full(SHAPE, 1e-9)

    troubles = [i.trouble for i in descending(evaluate).iterate(60) if i.trouble]
    assert troubles == ["frozen", "frozen", "exploding"]


def test_the_best_picture_wins_over_a_worse_last_one() -> None:
    descent = descending(bowl(), 0.5)
    best = min(map(loss, descent.iterate(15)))
    descent.picture.add_(1.0)  # a last step into nowhere
    assert float(descent.finish().sum()) == pytest.approx(best)
    assert float(bowl()(descent.picture)[0].sum()) == pytest.approx(best)


@pytest.mark.parametrize("every", [3, 10])
def test_reading_the_loss_seldom_changes_nothing_but_what_is_told(every: int) -> None:
    pictures, numbers = [], []
    for each in (1, every):
        descent = Descent(Function(bowl()), torch.full(SHAPE, 0.5), Lbfgs(), each)
        numbers.append([iterate.number for iterate in descent.iterate(14)])
        pictures.append(descent.picture)
    assert torch.equal(*pictures)
    assert numbers == [list(range(1, 15)), [n for n in range(1, 15) if n % every == 0 or n == 14]]


def test_a_descent_has_settled_once_it_gains_hardly_anything() -> None:
    slowly = [0.04 * (1 - 5e-5) ** n for n in range(40)]  # not frozen, but not worth it
    losses = iter([1 / n for n in range(1, 21)] + slowly)
    gradient = torch.full(SHAPE, 1e-9)
    slope = Function(lambda _: (torch.full((1, 3), next(losses) / 3), gradient))
    descent = Descent(slope, torch.zeros(SHAPE), Adam())
    settled = [iterate.number for iterate in descent.iterate(50) if descent.settled]
    assert settled == list(range(21 + SETTLING, 51))
