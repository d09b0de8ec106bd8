"""The content losses: the neighbours' targets, their weights, and their gradient."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.settings import Settings
from artstyle.style import content
from artstyle.style.content import STRENGTH, FeatureLoss, NeighborLoss, OnGrid, structure
from artstyle.style.losses import LevelLoss, Weights
from artstyle.style.palettes import GRID, NEIGHBOR_LAYERS, Palette
from artstyle.transfer import stylize
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

NEIGHBORS = Weights(1.0, 0.0, 0.0, content_loss="neighbors")


def soft(height: int, width: int, seed: int) -> Tensor:
    """Soft spots of all sizes, float64."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, height // 4, width // 4, generator=random, dtype=torch.float64)
    return F.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)


@pytest.fixture(scope="module")
def network() -> Network:
    return checkpoints.embedded().to("cpu", torch.float64)


def everything(picture: Tensor) -> tuple[slice, slice]:
    height, width = picture.shape[-2:]
    return slice(0, height // GRID), slice(0, width // GRID)


def read(network: Network, reading: OnGrid, picture: Tensor) -> dict[str, Tensor]:
    features = network.features(picture, reading.layers)
    return {name: reading.read(name, each, everything(picture)) for name, each in features}


def by_hand(
    network: Network, picture: Tensor, weight: Tensor, pair: tuple[Tensor, Tensor]
) -> float:
    """The distance of a picture, position by position."""
    photo, painting, x = (
        {layer: each[0].flatten(1).T for layer, each in read(network, OnGrid(), which).items()}
        for which in (*pair, picture)
    )
    rows: list[list[Tensor]] = [[], [], []]
    for layer, share in NEIGHBOR_LAYERS.items():
        mean = painting[layer].mean(0)
        spread = (painting[layer] - mean).square().sum(1).mean().sqrt()
        for parts, which in zip(rows, (photo, painting, x), strict=True):
            parts.append((which[layer] - mean) * share / spread)
    ours, theirs, now = (torch.cat(parts, 1) for parts in rows)
    total = 0.0
    for place, (wanted, found) in enumerate(zip(ours - ours.mean(0), now, strict=True)):
        cosines = [float(F.cosine_similarity(wanted, each, dim=0)) for each in theirs]
        target = theirs[cosines.index(max(cosines))]
        part = 1 - float(F.cosine_similarity(found, target, dim=0))
        total += float(weight.flatten()[place]) * part
    return STRENGTH * total / len(ours)


@pytest.mark.parametrize("size", [(36, 48), (38, 51)])
def test_neighbors_are_those_found_position_by_position(
    size: tuple[int, int], network: Network
) -> None:
    photo, painting, x = soft(*size, 0), soft(44, 40, 1), soft(*size, 2)
    loss = LevelLoss(network, photo, painting, NEIGHBORS)
    expected = by_hand(network, x, structure(photo), (photo, painting))
    assert float(loss(x)[0]) == pytest.approx(expected, rel=1e-6)


def test_its_gradient_is_that_of_finite_differences(network: Network) -> None:
    loss = LevelLoss(network, soft(32, 40, 0), soft(40, 32, 1), NEIGHBORS)
    x = soft(32, 40, 2)
    _, gradient = loss.evaluate(x)
    for seed in range(3):
        way = soft(32, 40, 10 + seed) - 0.5
        step = 1e-6
        rise = (loss(x + step * way)[0] - loss(x - step * way)[0]) / (2 * step)
        assert float(rise) == pytest.approx(float((gradient * way).sum()), rel=1e-4)


@pytest.mark.parametrize("strip", [1, 64, 1 << 16])
def test_strips_agree_with_autograd(strip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "STRIP", strip)
    random = torch.Generator().manual_seed(0)
    features, target = torch.rand(2, 1, 8, 5, 7, generator=random, dtype=torch.float64)
    mean = features.mean((2, 3), keepdim=True)
    assert torch.autograd.gradcheck(
        lambda x: content._Agreement.apply(x, target, mean), (features.requires_grad_(),)
    )
    centred = features - mean
    expected = torch.stack(((centred * target).sum(1), centred.square().sum(1)), 1)
    torch.testing.assert_close(content._Agreement.apply(features, target, mean), expected)


def test_all_realism_asks_for_the_photo_itself(network: Network) -> None:
    photo, painting = soft(36, 48, 0), soft(44, 40, 1)

    def distance(realism: float, picture: Tensor) -> float:
        weights = Weights(1.0, 0.0, 0.0, content_loss="neighbors", realism=realism)
        return float(LevelLoss(network, photo, painting, weights)(picture)[0])

    assert distance(1.0, photo) == pytest.approx(0, abs=1e-9)
    to_the_photo = [distance(realism, photo) for realism in (0.0, 0.3, 0.6, 1.0)]
    assert to_the_photo == sorted(to_the_photo, reverse=True)
    assert to_the_photo[0] > 0.1


def test_more_content_weight_asks_for_more(network: Network) -> None:
    pair = soft(36, 48, 0), soft(44, 40, 1)
    parts = [
        LevelLoss(network, *pair, Weights(weight, 0.0, 0.0, content_loss="neighbors"))(
            soft(36, 48, 2)
        )[0]
        for weight in (0.5, 1.0)
    ]
    assert float(parts[1]) == pytest.approx(2 * float(parts[0]))


def test_a_picture_that_has_the_targets_everywhere_is_perfect() -> None:
    random = torch.Generator().manual_seed(0)
    channels = dict(zip(NEIGHBOR_LAYERS, (3, 4, 5), strict=True))
    painting = {k: torch.rand(1, c, 3, 4, generator=random) for k, c in channels.items()}
    turned = {layer: each.flip(2, 3) for layer, each in painting.items()}
    loss = NeighborLoss(turned, [Palette.of(painting)], torch.ones(1, 3, 4), 0.0)
    place = slice(0, 3), slice(0, 4)

    def distance(picture: dict[str, Tensor]) -> float:
        grid = {
            layer: each.repeat_interleave(stride, 2).repeat_interleave(stride, 3)
            for (layer, each), stride in zip(picture.items(), (4, 2, 1), strict=True)
        }
        return float(loss.distance({k: loss.read(k, v, place) for k, v in grid.items()}))

    assert distance(turned) == pytest.approx(0, abs=1e-5)
    assert distance(painting) > 0.5


def test_a_painting_of_one_colour_gives_a_finite_loss_and_gradient(network: Network) -> None:
    loss = LevelLoss(network, soft(36, 48, 0), torch.full((1, 3, 40, 40), 0.5).double(), NEIGHBORS)
    parts, gradient = loss.evaluate(soft(36, 48, 2))
    assert parts.isfinite().all() and gradient.isfinite().all()


def test_the_weights_mean_is_one_and_structure_weighs_more() -> None:
    photo = torch.full((1, 3, 120, 160), 0.2)
    photo[..., 40:80, 20:50] = soft(40, 32, 0).float()[..., :30]
    weight = structure(photo)
    assert weight.shape == (1, 30, 40)
    assert float(weight.mean()) == pytest.approx(1)
    assert weight[0, 10:20, 5:12].min() > 10 * weight[0, :, 30:].max()
    assert weight.min() > 0


@pytest.mark.parametrize("colour", [0.0, 0.5])
def test_a_photo_of_one_colour_weighs_the_same_everywhere(colour: float) -> None:
    weight = structure(torch.full((1, 3, 64, 96), colour))
    torch.testing.assert_close(weight, torch.ones(1, 16, 24))


def test_features_are_compared_as_in_the_paper() -> None:
    wanted = torch.tensor([[[[1.0, 2.0]]]])
    loss = FeatureLoss({"conv4_2": wanted})
    assert float(loss.distance({"conv4_2": wanted + 1})) == pytest.approx(2 / 5)


@pytest.mark.parametrize("content_loss", ["neighbors", "features"])
def test_a_photo_painted_in_its_own_manner_stays_as_it_is(content_loss: str) -> None:
    photo = soft(80, 96, 3).float()
    settings = Settings(
        levels=1,
        base_size=64,
        network="vgg16",
        device="cpu",
        precision="fp32",
        content_loss=content_loss,
        start="content",
        tv_weight=0,
        iterations=30,
    )
    result = stylize(photo, photo, settings).picture
    wanted = F.interpolate(photo, result.shape[-2:], mode="bicubic", antialias=True)
    error = (result - wanted.clamp(0, 1)).square().mean().sqrt()
    assert float(error) < 0.02
    assert math.isfinite(float(error))
