"""The preset `pyramid` against a straight-line reference of the procedure that it follows.

That procedure adds up, over all sizes of the picture at once, with absolute weights α, β, γ:

    α · mean (F − P)²  +  β · Σ over five layers of w · mean (G − A)²  +  γ · tv

F, P are the features of picture and photo on conv4_2, and G, A the Gram matrices of picture and
painting. Here the weights are carried over as α = content weight / mean P² and
β · w = style weight / (5 · mean A²), size by size and layer by layer.
"""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.machine.memory import Demand
from artstyle.objective import Objective
from artstyle.settings import Settings, preset
from artstyle.style import noise, pyramid
from artstyle.style.optimize import Lbfgs
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

SIZES = ((128, 160), (64, 80))
PAINTED = ((128, 192), (64, 96))  # the painting is 3:2
STYLED = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


def soft(height: int, width: int, seed: int) -> Tensor:
    """A picture of large spots: (1, 3, H, W)."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 6, 8, generator=random)
    return F.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)


PHOTO, PAINTING = soft(*SIZES[0], 1), soft(*PAINTED[0], 2)


@pytest.fixture(scope="module")
def network() -> Network:
    return checkpoints.embedded()


def features(network: Network, picture: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """conv4_2, and the five style layers after their ReLUs."""
    x, content, styled = F.pad(picture, (1, 1, 1, 1), mode="replicate"), picture, {}
    for name, convolution in network.convolutions.items():
        if name.endswith("_1") and name != "conv1_1":
            x = F.max_pool2d(x, 2)
        padding = 0 if name == "conv1_1" else 1
        x = F.conv2d(x, convolution.weight, convolution.bias, padding=padding)
        if name == "conv4_2":
            content = x
        x = F.relu(x)
        if name in STYLED:
            styled[name] = x
    return content, styled


def gram(features: Tensor) -> Tensor:
    flat = features[0].flatten(1)
    return flat @ flat.T / flat.shape[1]


def tv(x: Tensor) -> Tensor:
    right = (x[..., :, 1:] - x[..., :, :-1]).square().mean()
    lower = (x[..., 1:, :] - x[..., :-1, :]).square().mean()
    falling = (x[..., 1:, 1:] - x[..., :-1, :-1]).square().mean()
    rising = (x[..., 1:, :-1] - x[..., :-1, 1:]).square().mean()
    return right + lower + (falling + rising) / 2


def shrunk(picture: Tensor, size: tuple[int, int]) -> Tensor:
    if tuple(picture.shape[-2:]) == size:
        return picture
    return F.interpolate(picture, size, mode="bicubic", antialias=True)


def reference(network: Network, picture: Tensor, settings: Settings) -> Tensor:
    """The procedure's loss, in one go and without anything of the program's own."""
    total = torch.zeros(())
    for size, painted in zip(SIZES, PAINTED, strict=True):
        picture = shrunk(picture, size)
        photo, _ = features(network, shrunk(PHOTO, size).clamp(0, 1))
        _, painting = features(network, shrunk(PAINTING, painted).clamp(0, 1))
        found, styled = features(network, picture)
        alpha = settings.content_weight / photo.square().mean()
        total = total + alpha * (found - photo).square().mean()
        for layer in STYLED:
            wanted = gram(painting[layer])
            beta = settings.style_weight / (5 * wanted.square().mean())
            total = total + beta * (gram(styled[layer]) - wanted).square().mean()
        total = total + settings.tv_weight * tv(picture)
    return total


def objective(network: Network, settings: Settings) -> Objective:
    demand = Demand(SIZES[0], PAINTED[0], settings.resolved("cpu"), "cpu", torch.float32)
    return Objective(PHOTO, PAINTING, demand, network)


def small(**changes: object) -> Settings:
    return preset("pyramid", base_size=64, network="vgg16", device="cpu", **changes)


@pytest.mark.parametrize("changes", [{}, {"content_weight": 2.0, "style_weight": 0.5}])
def test_its_loss_and_gradient_are_those_of_the_procedure(
    network: Network, changes: dict[str, float]
) -> None:
    settings = small(**changes)
    made = objective(network, settings)
    (stage,) = pyramid.stages(SIZES[0], settings.resolved("cpu"))
    optimizer = made.begin(stage)
    assert isinstance(optimizer, Lbfgs) and stage.sizes == SIZES
    start = noise.start(PHOTO, PAINTING, SIZES[0], settings).requires_grad_()
    parts, gradient = made.evaluate(start)
    expected = reference(network, start, settings)
    (slope,) = torch.autograd.grad(expected, start)
    assert parts.sum().item() == pytest.approx(expected.item(), rel=1e-4)
    assert (gradient - slope).norm() < 1e-3 * slope.norm()


def test_every_part_counts_at_every_size(network: Network) -> None:
    settings = small()
    made = objective(network, settings)
    made.begin(pyramid.stages(SIZES[0], settings.resolved("cpu"))[0])
    parts, _ = made.evaluate(soft(*SIZES[0], 3))
    assert parts.shape == (2, 3) and (parts > 0).all()


def test_it_starts_from_structured_noise_and_takes_500_iterations_on_a_gpu() -> None:
    made = preset("pyramid")
    assert (made.start, made.noise, made.schedule) == ("blend", "structured", "joint")
    assert (made.content_loss, made.style_loss, made.optimizer) == ("features", "gram", "lbfgs")
    assert made.resolved("cuda").iterations == 500
    assert made.resolved("cpu").iterations == 100


def test_the_classical_preset_has_no_total_variation() -> None:
    assert preset("gatys").tv_weight == 0
