"""Masks and mixtures: where the picture is painted, and in the manner of which paintings."""

from collections.abc import Sequence

import pytest
import torch
import torch.nn.functional as F
from tests.processor import needs_bf16
from torch import Tensor

from artstyle.errors import MaskBlack
from artstyle.style import losses, moments, tiles
from artstyle.style.losses import LevelLoss, Weights
from artstyle.style.moments import averages, covariance, mixture, weighted_averages
from artstyle.style.palettes import GRID, NEIGHBOR_LAYERS, Lookups, Measure, Palette
from artstyle.style.regions import Blend, Regions, blend, feathered, resized
from artstyle.style.tiles import Grid, Tiling, side
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import STYLE_LAYERS, Network, reach

FEATURES = torch.tensor([[[[1.0, 2.0]], [[3.0, 5.0]]]])  # two channels over two positions
SIZE = (66, 90)


def picture(height: int, width: int, seed: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, height // 4, width // 4, generator=random)
    return F.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)


def unsaturated() -> Tensor:
    """A picture without flat places, in which pooling would have no derivative."""
    random = torch.Generator().manual_seed(4)
    grain = torch.rand(1, 3, *SIZE, generator=random, dtype=torch.float64)
    return 0.1 + 0.7 * picture(*SIZE, 2).double() + 0.1 * grain


def halves(height: int, width: int) -> Tensor:
    """The left and the right half as two regions, (2, 1, H, W)."""
    left = torch.zeros(1, 1, height, width)
    left[..., : width // 2] = 1
    return torch.cat((left, 1 - left))


@pytest.fixture(scope="module")
def network() -> Network:
    return checkpoints.embedded().to("cpu", torch.float32)


def test_weighted_averages_are_those_worked_out_by_hand() -> None:
    weights = torch.tensor([[[0.25, 0.75]], [[1.0, 0.0]]])
    mean, gram = weighted_averages(FEATURES, weights)
    # (1+3·2)/4 and (3+3·5)/4; the second region is the first position alone
    assert mean.tolist() == [[1.75, 4.5], [1.0, 3.0]]
    # (1+3·4)/4, (3+3·10)/4, (9+3·25)/4
    assert gram.tolist() == [[[3.25, 8.25], [8.25, 21.0]], [[1.0, 3.0], [3.0, 9.0]]]


def test_the_gradient_of_weighted_averages_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments, "STRIP", 5)  # and a shorter one at the end
    features = picture(8, 8, 0)[..., :3, :4].double().requires_grad_()
    weights = picture(8, 8, 1)[0, :2, :3, :4].double()
    assert torch.autograd.gradcheck(lambda x: weighted_averages(x, weights), (features,))


def test_weighted_averages_with_the_same_weights_are_plain_ones() -> None:
    features = picture(20, 24, 0)
    even = torch.full((1, 20, 24), 1 / 480)
    for found, wanted in zip(weighted_averages(features, even), averages(features), strict=True):
        torch.testing.assert_close(found, wanted)


@needs_bf16
def test_weighted_averages_of_bf16_features_are_summed_in_float32() -> None:
    features = (20 + picture(32, 32, 0)).bfloat16()
    even = torch.full((1, 32, 32), 1 / 1024)
    exact = covariance(*averages(features.double()))
    found = covariance(*weighted_averages(features, even))
    assert float((found - exact).norm() / exact.norm()) < 0.01


def test_the_moments_of_a_mixture_are_those_worked_out_by_hand() -> None:
    one, two = averages(FEATURES), averages(FEATURES + 1)
    mean, gram = mixture([one, two], (0.75, 0.25))
    assert mean.tolist() == [[1.75, 4.25]]  # μ is (1.5, 4) and (2.5, 5)
    # C is the same in both; Σw(C + μμᵀ), for the first channel 0.25 + (3·1.5² + 2.5²) / 4
    assert gram[0, 0, 0].item() == pytest.approx(0.25 + (3 * 1.5**2 + 2.5**2) / 4)
    within = covariance(*one) * 0.75 + covariance(*two) * 0.25
    between = 0.75 * 0.25  # of means that are 1 apart, for every pair of channels
    torch.testing.assert_close(covariance(mean, gram), within + between)


def test_a_level_aims_at_the_moments_of_all_positions_of_all_paintings(network: Network) -> None:
    one, two = picture(48, 64, 0), picture(48, 64, 1)
    weights = Weights(0.0, 1.0, 0.0, mixture=(0.5, 0.5))
    (target,) = LevelLoss(network, picture(32, 40, 2), [one, two], weights).style
    for (layer, first), (_, second) in zip(
        network.features(one, STYLE_LAYERS), network.features(two, STYLE_LAYERS), strict=True
    ):
        mean, gram = averages(torch.cat((first, second), 3))
        torch.testing.assert_close(target[layer].mean, mean, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(target[layer].gram, gram, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["moments", "gram"])
def test_each_region_is_compared_with_its_painting_by_its_share(
    kind: str, network: Network
) -> None:
    amounts = halves(64, 96)
    amounts[0] *= 0.5  # the left region has a third of what is painted
    regions = Regions(amounts, [(1.0, 0.0), (0.0, 1.0)])
    paintings, x = [picture(48, 64, 0), picture(48, 64, 1)], picture(64, 96, 2)
    weights = Weights(0.0, 1.0, 0.0, kind, mixture=(0.5, 0.5))
    loss = LevelLoss(network, x, paintings, weights, regions=regions)
    expected = 0.0
    for layer, features in network.features(x, STYLE_LAYERS):
        middle = features.shape[-1] // 2
        for number, part in enumerate((features[..., :middle], features[..., middle:])):
            found = loss.style[number][layer].distance(*averages(part), kind)
            expected += float(found) * (1, 2)[number] / 3 / len(STYLE_LAYERS)
    assert float(loss(x)[1]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("content_loss", ["features", "neighbors"])
def test_one_region_everywhere_is_the_picture_without_regions(
    content_loss: str, network: Network
) -> None:
    weights = Weights(0.08, 1.0, 0.5, content_loss=content_loss, realism=0.3)
    pair, x = (picture(*SIZE, 0), picture(70, 64, 1)), picture(*SIZE, 2)
    everywhere = Regions(torch.ones(1, 1, *SIZE), [(1.0,)])
    parts, gradient = LevelLoss(network, *pair, weights).evaluate(x)
    same = LevelLoss(network, *pair, weights, regions=everywhere).evaluate(x)
    torch.testing.assert_close(same[0], parts, rtol=1e-4, atol=1e-7)
    assert (same[1] - gradient).norm() < 1e-3 * gradient.norm()


def masked(kind: str, content_loss: str) -> tuple[Weights, Regions]:
    """Two regions with one painting each, and a part that isn't painted."""
    amounts = halves(*SIZE)
    amounts[..., :20, :] = 0
    amounts[..., 20:30, :] *= 0.5
    weights = Weights(
        *(0.08, 1.0, 0.5, kind), content_loss=content_loss, realism=0.3, mixture=(0.5, 0.5)
    )
    return weights, Regions(amounts, [(1.0, 0.0), (0.0, 1.0)])


LOSSES = [("moments", "neighbors"), ("gram", "features")]


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize(("kind", "content_loss"), LOSSES)
@pytest.mark.parametrize(("block", "rows", "columns"), [(1, 2, 1), (3, 2, 3), (5, 1, 2)])
def test_tiles_give_what_the_whole_gives(
    block: int,
    rows: int,
    columns: int,
    *,
    kind: str,
    content_loss: str,
    fine: bool,
    network: Network,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights, regions = masked(kind, content_loss)
    paintings, x = [picture(70, 64, 1), picture(64, 64, 3)], picture(*SIZE, 2)
    loss = LevelLoss(network, picture(*SIZE, 0), paintings, weights, fine=fine, regions=regions)
    parts, gradient = loss.evaluate(x)
    step = max(tiles.stride_after(block), GRID)
    halo = -(-reach(network.convolutions, block) // step) * step
    cut = Grid(side(SIZE[0], step, halo, rows), side(SIZE[1], step, halo, columns))
    monkeypatch.setattr(tiles, "grid", lambda *_: cut)
    loss.tiling = Tiling(block, 0)
    tiled_parts, tiled_gradient = loss.evaluate(x)
    torch.testing.assert_close(tiled_parts, parts, rtol=1e-5, atol=1e-7)
    assert (tiled_gradient - gradient).norm() < 1e-5 * gradient.norm()


@pytest.mark.parametrize(("kind", "content_loss"), LOSSES)
def test_its_gradient_is_that_of_finite_differences(
    kind: str, content_loss: str, network: Network
) -> None:
    weights, regions = masked(kind, content_loss)
    double = checkpoints.embedded().to("cpu", torch.float64)
    paintings = [picture(70, 64, 1).double(), picture(64, 64, 3).double()]
    content, x = picture(*SIZE, 0).double(), unsaturated()
    loss = LevelLoss(double, content, paintings, weights, regions=regions)
    _, gradient = loss.evaluate(x)
    for seed in range(2):
        way, step = picture(*SIZE, 10 + seed).double() - 0.5, 1e-7
        rise = (loss(x + step * way).sum() - loss(x - step * way).sum()) / (2 * step)
        assert float(rise) == pytest.approx(float((gradient * way).sum()), rel=1e-4)


@needs_bf16
def test_bf16_is_near_float32(network: Network) -> None:
    weights, regions = masked("moments", "neighbors")
    half = network.to("cpu", torch.bfloat16)
    paintings, x = [picture(70, 64, 1), picture(64, 64, 3)], picture(*SIZE, 2)
    gradients = [
        LevelLoss(each, picture(*SIZE, 0), paintings, weights, regions=regions).evaluate(x)[1]
        for each in (network, half)
    ]
    assert (gradients[1] - gradients[0]).norm() < 0.1 * gradients[0].norm()


def test_what_is_not_painted_has_no_part_in_the_loss(network: Network) -> None:
    nothing = Regions(torch.zeros(1, 1, *SIZE), [(0.5, 0.5)])
    weights = Weights(0.08, 1.0, 0.5, content_loss="neighbors", mixture=(0.5, 0.5))
    paintings = [picture(70, 64, 1), picture(64, 64, 3)]
    loss = LevelLoss(network, picture(*SIZE, 0), paintings, weights, regions=nothing)
    parts, gradient = loss.evaluate(picture(*SIZE, 2))
    assert not parts.any() and not gradient.any()


def test_tv_counts_each_place_as_much_as_it_is_painted() -> None:
    corners = torch.tensor([[0.0, 1.0], [3.0, 7.0]]).expand(1, 3, 2, 2)
    painted = torch.tensor([[2.0, 1.0], [1.0, 0.0]])
    # the differences to the right begin at 2 and 1, the lower ones at 2 and 1, the diagonal ones
    # at the upper left, 2, and at the upper right, 1
    expected = (2 * 1 + 1 * 16) / 2 + (2 * 9 + 1 * 36) / 2 + (2 * 49 + 1 * 4) / 2
    assert losses.tv(corners, painted).item() == pytest.approx(expected)


@pytest.mark.parametrize("height", [losses.STRIP, 2 * losses.STRIP + 1])
def test_painted_tv_in_strips_is_the_same_and_so_is_its_gradient(height: int) -> None:
    x = torch.rand(1, 3, height, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    painted = x[0, 0].square()
    x.requires_grad_()
    (expected,) = torch.autograd.grad(0.5 * losses.tv(x, painted), x)
    gradient = torch.zeros_like(x)
    value = losses.tv_in_strips(x.detach(), 0.5, gradient, painted)
    torch.testing.assert_close(value, 0.5 * losses.tv(x, painted).detach())
    torch.testing.assert_close(gradient, expected)


def features_of(values: Sequence[float]) -> dict[str, Tensor]:
    """Features on a grid of four equal rows, two channels a layer: the value, and its square."""
    rows = torch.tensor([list(values), [each**2 for each in values]])
    return dict.fromkeys(NEIGHBOR_LAYERS, rows[None, :, None].expand(1, 2, 4, -1))


def test_a_place_takes_matches_only_from_the_paintings_of_its_region() -> None:
    photo = features_of([0.0, 1.0, 2.0, 3.0])
    palettes = [Palette.of(features_of(each)) for each in ([0.0, 1.0, 2.0], [3.0, 5.0, 9.0])]
    measure = Measure(palettes, (0.5, 0.5))
    own = measure.rows({layer: each.flatten(2) for layer, each in photo.items()})
    regions = Regions(halves(16, 16), [(1.0, 0.0), (0.0, 1.0)])
    found = Lookups(photo, palettes, measure, (0.5, 0.5), regions).find(own, slice(0, 16))
    for place, part in enumerate(found):
        theirs = Lookups(photo, [palettes[place % 4 // 2]], measure, (1.0,), None)
        assert any(torch.allclose(part, each) for each in theirs._lookups[0].parts)
    together = Lookups(photo, palettes, measure, (0.5, 0.5), None)
    assert len(together._lookups[0].parts) == 24


def test_all_paintings_together_have_no_more_parts_than_one() -> None:
    wide = {k: torch.rand(1, 4, 100, 120) for k in NEIGHBOR_LAYERS}
    assert Palette.of(wide).parts["relu3_1"].shape[-1] <= 8192
    assert Palette.of(wide, 8192 // 4).parts["relu3_1"].shape[-1] <= 2048


def test_overlapping_masks_share_a_place_and_the_rest_takes_the_mixture() -> None:
    one, two = torch.zeros(1, 1, 20, 20), torch.zeros(1, 1, 20, 20)
    one[..., :10] = two[..., 5:15] = 1
    made = blend((0.75, 0.25), None, [one, two], (20, 20))
    row = made.owners((20, 20))[:, 0]
    assert row[:, 0].tolist() == [1, 0]
    assert row[:, 7].tolist() == [0.5, 0.5]
    assert row[:, 12].tolist() == [0, 1]
    assert row[:, 18].tolist() == [0.75, 0.25]
    regions = made.at((20, 20))
    assert regions is not None
    assert regions.shares.tolist() == pytest.approx([7.5 / 20, 7.5 / 20, 5 / 20])
    assert regions.mixtures == ((1, 0), (0, 1), (0.75, 0.25))


def test_a_region_that_is_not_painted_is_left_out() -> None:
    left, right = (each[None] for each in halves(20, 40))
    regions = Blend((0.5, 0.5), torch.cat((left, right)), left).at((20, 40))
    assert regions is not None
    assert regions.mixtures == ((1, 0),) and regions.shares.tolist() == [1]


@pytest.mark.parametrize("stride", [1, 2, 4, 8, 16])
def test_the_weights_of_a_region_sum_to_one_at_every_layer(stride: int) -> None:
    regions = Regions(halves(67, 101), [(1.0, 0.0), (0.0, 1.0)])
    weights = regions.weights[stride]
    assert weights.shape == (2, 67 // stride, 101 // stride)
    assert weights.sum((1, 2)).tolist() == pytest.approx([1, 1], rel=1e-4)
    assert regions.painted(stride).mean().item() == pytest.approx(1)


def test_a_mask_that_is_white_or_nearly_so_is_no_mask() -> None:
    assert blend((1.0,), torch.full((1, 1, 8, 8), 0.995), [], (64, 64)).count == 0
    assert blend((1.0,), torch.full((1, 1, 8, 8), 0.9), [], (64, 64)).count == 1


def test_a_painting_alone_needs_no_region() -> None:
    mask = halves(20, 40)[:1]
    assert blend((1.0,), None, [mask], (20, 40)).regions is None
    assert blend((0.0, 1.0), None, [mask, mask], (20, 40)) == Blend((1.0,))


def test_a_black_mask_of_a_painting_is_refused_by_its_name() -> None:
    white = torch.ones(1, 1, 8, 8)
    with pytest.raises(MaskBlack, match="the second painting's mask is black everywhere"):
        blend((0.5, 0.5), None, [white, white * 0.005], (64, 64))
    assert blend((1.0, 0.0), None, [white, white * 0], (64, 64)) == Blend((1.0,))  # isn't used


def test_a_masks_edge_is_a_hundredth_of_the_picture_wide() -> None:
    edge = feathered(halves(200, 300)[:1])[0, 0, 100]
    soft = ((edge > 0.16) & (edge < 0.84)).sum()
    assert edge[0] == 1 and edge[-1] == 0
    assert 1 <= int(soft) <= 2
    assert edge.tolist() == sorted(edge.tolist(), reverse=True)


def test_a_mask_is_averaged_when_it_shrinks_and_stays_in_its_range() -> None:
    fine = torch.zeros(1, 1, 64, 64)
    fine[..., ::2] = 1
    assert resized(fine, (16, 16)).sub(0.5).abs().max() < 0.07
    large = resized(halves(8, 8)[:1], (100, 100))
    assert large.min() == 0 and large.max() == 1
