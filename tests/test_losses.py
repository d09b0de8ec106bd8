import pytest
import torch
from torch import Tensor

from artstyle.style import losses
from artstyle.style.losses import LevelLoss, StyleTarget, Weights, evaluate_pyramid
from artstyle.style.moments import averages
from artstyle.style.pyramid import Size, resize
from artstyle.vgg.convolutions import Convolution
from artstyle.vgg.networks import VGG16, Network

# Two channels over two positions, channel by channel: (1, 2) and (3, 5).
FEATURES = torch.tensor([[[[1.0, 2.0]], [[3.0, 5.0]]]])


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, height, width, generator=random, dtype=torch.float64)


@pytest.fixture
def network() -> Network:
    """VGG16's shape with few channels and random kernels, in float64."""
    random = torch.Generator().manual_seed(1)
    channels, convolutions = 3, {}
    for name in VGG16.names():
        weight = torch.randn(4, channels, 3, 3, generator=random, dtype=torch.float64) / 3
        bias = torch.rand(4, generator=random, dtype=torch.float64)
        convolutions[name] = Convolution(weight, bias)
        channels = 4
    return Network("small", convolutions)


def test_style_distance_by_gram_is_relative_to_the_target() -> None:
    target = StyleTarget(*averages(FEATURES))
    # features times 2 have a Gram matrix times 4, so 3G of G is off: 9
    assert target.distance(*averages(2 * FEATURES), "gram").item() == pytest.approx(9)


def test_style_distance_by_moments_adds_mean_and_covariance() -> None:
    target = StyleTarget(*averages(FEATURES))
    # the mean is off by itself (1) and the covariance by three times itself (9)
    assert target.distance(*averages(2 * FEATURES), "moments").item() == pytest.approx(10, rel=1e-2)
    # a shift leaves the covariance alone: ‖(1, 1)‖² / ‖(1.5, 4)‖²
    assert target.distance(*averages(FEATURES + 1), "moments").item() == pytest.approx(2 / 18.25)


@pytest.mark.parametrize("kind", ["moments", "gram"])
def test_style_distance_is_finite_for_a_painting_of_one_colour(kind: str) -> None:
    target = StyleTarget(*averages(torch.full((1, 3, 4, 4), 0.5)))
    features = picture(4, 4).float().requires_grad_()
    distance = target.distance(*averages(features), kind)
    distance.backward()  # type: ignore[no-untyped-call]
    assert features.grad is not None
    assert distance.isfinite() and features.grad.isfinite().all()


def test_tv_counts_neighbours_to_the_right_below_and_half_the_diagonals() -> None:
    corners = torch.tensor([[0.0, 1.0], [3.0, 7.0]]).expand(1, 3, 2, 2)
    right = (1 + 16) / 2
    lower = (9 + 36) / 2
    diagonals = (49 + 4) / 2
    assert losses.tv(corners).item() == pytest.approx(right + lower + diagonals)


@pytest.mark.parametrize("height", [losses.STRIP - 1, losses.STRIP, 2 * losses.STRIP + 1])
def test_tv_in_strips_is_the_same_and_so_is_its_gradient(height: int) -> None:
    x = picture(height, 5).requires_grad_()
    (expected,) = torch.autograd.grad(0.5 * losses.tv(x), x)
    gradient = torch.ones_like(x)
    value = losses.tv_in_strips(x.detach(), 0.5, gradient)
    torch.testing.assert_close(value, 0.5 * losses.tv(x).detach())
    torch.testing.assert_close(gradient, 1 + expected)


def test_level_loss_of_the_content_itself_is_its_style_and_tv_alone(network: Network) -> None:
    content = picture(32, 48)
    loss = LevelLoss(network, content, picture(40, 40, 1), Weights(1.0, 2.0, 3.0))
    parts = loss(content)
    assert parts[0] == 0
    assert parts[1] > 0
    assert parts[2] == 3 * losses.tv(content)


def test_level_loss_of_the_painting_itself_has_no_style_part(network: Network) -> None:
    style = picture(32, 48)
    parts = LevelLoss(network, picture(32, 48, 1), style, Weights(1.0, 2.0, 0.0))(style)
    assert parts[1].item() == pytest.approx(0, abs=1e-15)
    assert parts[0] > 0


def test_weights_scale_their_parts(network: Network) -> None:
    pair = picture(32, 48), picture(40, 40, 1)
    single = LevelLoss(network, *pair, Weights(1.0, 1.0, 1.0))(picture(32, 48, 2))
    scaled = LevelLoss(network, *pair, Weights(2.0, 3.0, 5.0))(picture(32, 48, 2))
    torch.testing.assert_close(scaled, single * torch.tensor([2.0, 3.0, 5.0]))


Levels = list[tuple[Size, LevelLoss]]


@pytest.fixture
def levels(network: Network) -> Levels:
    content, style = picture(64, 48), picture(50, 70, 1)
    weights = Weights(0.5, 1.0, 0.5)
    return [
        (size, LevelLoss(network, resize(content, size), style, weights))
        for size in [(64, 48), (32, 24)]
    ]


def in_one_graph(levels: Levels, picture: Tensor) -> Tensor:
    """The parts of every level, which autograd keeps all at once: (levels, 3)."""
    parts = []
    for size, loss in levels:
        picture = resize(picture, size)
        parts.append(loss(picture))
    return torch.stack(parts)


@pytest.mark.parametrize("kind", ["moments", "gram"])
def test_pyramid_loss_passes_gradcheck(network: Network, kind: str) -> None:
    weights = Weights(0.5, 1.0, 0.5, kind)
    levels = [
        (size, LevelLoss(network, picture(*size), picture(40, 32, 1), weights))
        for size in [(48, 32), (24, 16)]
    ]
    x = picture(48, 32, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda y: in_one_graph(levels, y), (x,), fast_mode=True)


def test_level_by_level_gradients_are_those_of_the_whole(levels: Levels) -> None:
    x = picture(64, 48, 2).requires_grad_()
    parts, gradient = evaluate_pyramid(levels, x)
    whole = in_one_graph(levels, x)
    (expected,) = torch.autograd.grad(whole.sum(), x)
    torch.testing.assert_close(gradient, expected)
    torch.testing.assert_close(parts, whole.detach())
