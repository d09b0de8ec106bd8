"""Tiles give what the whole picture gives: the same sums, loss and gradient."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from tests.processor import needs_bf16
from torch import Tensor

from artstyle.style import tiles
from artstyle.style.content import Whole
from artstyle.style.losses import LevelLoss, Weights
from artstyle.style.palettes import GRID
from artstyle.style.pyramid import Size
from artstyle.style.tiles import Grid, TiledBlocks, Tiling, side
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import STYLE_LAYERS, Network, reach

Cut = Callable[[int, int, int], Tiling]
WEIGHTS = {
    content_loss: Weights(0.08, 1.0, 0.5, content_loss=content_loss, realism=0.3)
    for content_loss in ("features", "neighbors")
}


def picture(height: int, width: int, seed: int) -> Tensor:
    """Smooth, as photos are: white noise would hide mistakes at borders."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, height // 4, width // 4, generator=random)
    return F.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)


@pytest.fixture(scope="module")
def network() -> Network:
    return checkpoints.embedded().to("cpu", torch.float32)


def grid(size: Size, step: int, halo: int, rows: int, columns: int) -> Grid:
    return Grid(side(size[0], step, halo, rows), side(size[1], step, halo, columns))


@pytest.fixture
def cut_up(network: Network, monkeypatch: pytest.MonkeyPatch) -> Cut:
    """Make the tiling of so many blocks whose grid has so many rows and columns."""

    def cut(block: int, rows: int, columns: int) -> Tiling:
        step = max(tiles.stride_after(block), GRID)
        halo = -(-reach(network.convolutions, block) // step) * step
        monkeypatch.setattr(tiles, "grid", lambda size, *_: grid(size, step, halo, rows, columns))
        return Tiling(block, 0)

    return cut


@pytest.mark.parametrize(
    ("size", "cut"),
    [
        ((67, 101), (1, 1, 1)),
        ((67, 101), (1, 3, 3)),
        ((67, 101), (2, 1, 4)),
        ((101, 67), (3, 2, 1)),
        ((130, 203), (3, 2, 3)),
        ((203, 131), (4, 2, 1)),
        ((130, 333), (5, 1, 1)),
        ((130, 333), (5, 1, 3)),
        ((257, 190), (5, 2, 2)),
    ],
)
@pytest.mark.parametrize("content_loss", WEIGHTS)
def test_loss_and_gradient_are_those_of_the_whole(
    content_loss: str, size: Size, cut: tuple[int, int, int], network: Network, cut_up: Cut
) -> None:
    tiling, weights = cut_up(*cut), WEIGHTS[content_loss]
    content, style = picture(*size, 0), picture(90, 70, 1)
    x = picture(*size, 2)
    parts, gradient = LevelLoss(network, content, style, weights).evaluate(x)
    tiled = LevelLoss(network, content, style, weights, tiling)
    tiled_parts, tiled_gradient = tiled.evaluate(x)
    torch.testing.assert_close(tiled_parts, parts, rtol=1e-5, atol=1e-7)
    assert (tiled_gradient - gradient).norm() < 1e-5 * gradient.norm()
    assert (tiled_gradient - gradient).abs().max() < 1e-4 * gradient.abs().max()


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize(
    "weights",
    [
        Weights(0.0, 1.0, 0.0, "moments"),
        Weights(0.0, 1.0, 0.0, "gram"),
        Weights(1.0, 0.0, 0.0, content_loss="features"),
        Weights(1.0, 0.0, 0.0, content_loss="neighbors"),
    ],
)
def test_any_loss_can_be_tiled(
    weights: Weights, *, fine: bool, network: Network, cut_up: Cut
) -> None:
    pair, x = (picture(66, 90, 0), picture(70, 64, 1)), picture(66, 90, 2)
    loss = LevelLoss(network, *pair, weights, fine=fine)
    _, expected = loss.evaluate(x)
    loss.tiling = cut_up(2, 2, 2)
    _, gradient = loss.evaluate(x)
    assert (gradient - expected).norm() < 1e-5 * expected.norm()


def test_a_halo_too_narrow_would_be_noticed(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = (66, 90)
    loss = LevelLoss(network, picture(*size, 0), picture(70, 64, 1), WEIGHTS["neighbors"])
    x = picture(*size, 2)
    _, expected = loss.evaluate(x)
    loss.tiling = Tiling(2, 0)
    monkeypatch.setattr(tiles, "grid", lambda size, *_: grid(size, 4, 4, 2, 2))
    _, gradient = loss.evaluate(x)
    assert (gradient - expected).norm() > 1e-4 * expected.norm()


@pytest.mark.parametrize("content_loss", WEIGHTS)
@needs_bf16
def test_bf16_in_tiles_is_as_near_as_bf16_is(
    content_loss: str, network: Network, cut_up: Cut
) -> None:
    half = network.to("cpu", torch.bfloat16)
    pair, x = (picture(96, 128, 0), picture(70, 64, 1)), picture(96, 128, 2)
    _, exact = LevelLoss(network, *pair, WEIGHTS[content_loss]).evaluate(x)
    loss = LevelLoss(half, *pair, WEIGHTS[content_loss])
    _, whole = loss.evaluate(x)
    loss.tiling = cut_up(3, 2, 2)
    _, tiled = loss.evaluate(x)
    assert (tiled - exact).norm() < 1.5 * (whole - exact).norm()


@pytest.mark.parametrize("parts", [(1, 1), (2, 3), (4, 1)])
def test_every_pixel_belongs_to_one_tile(parts: tuple[int, int]) -> None:
    count = torch.zeros(131, 203)
    for tile in grid((131, 203), 16, 48, *parts).tiles():
        (top, bottom), (left, right) = tile.inner
        count[top:bottom, left:right] += 1
    assert (count == 1).all()


def test_tiles_begin_where_poolings_do() -> None:
    for tile in grid((131, 203), 16, 48, 2, 3).tiles():
        assert all(begin % 16 == 0 for begin, _ in (*tile.inner, *tile.outer))


def test_tiles_have_a_halo_except_at_the_pictures_border() -> None:
    cut = side(256, 16, 32, 4)
    assert cut.outer == ((0, 96), (32, 160), (96, 224), (160, 256))
    assert (cut.longest, cut.total) == (128, 96 + 128 + 128 + 96)


def test_the_grid_of_the_least_work_is_chosen() -> None:
    # one cut costs two halos; across the long side that is the shorter border
    found = tiles.grid((256, 512), Tiling(5, 256 * 400), 64)
    assert found is not None
    assert (len(found.rows.inner), len(found.columns.inner)) == (1, 2)


def test_there_is_no_grid_for_too_few_pixels(network: Network) -> None:
    assert tiles.grid((256, 512), Tiling(5, 1000), 64) is None
    with pytest.raises(ValueError, match="1000 pixels"):
        TiledBlocks(network, (256, 512), Tiling(5, 1000))


def test_what_a_position_sees_is_counted_from_the_convolutions(network: Network) -> None:
    # two at stride 1, two at 2, three at 4, three at 8 and one at 16
    assert [reach(network.convolutions, block) for block in (1, 2, 3, 5)] == [2, 6, 18, 58]


@pytest.mark.parametrize("block", [1, 3, 5])
def test_layers_of_later_blocks_are_left_to_others(block: int, network: Network) -> None:
    blocks = TiledBlocks(network, (64, 80), Tiling(block, 64 * 80))
    found = blocks.measure(picture(64, 80, 0), STYLE_LAYERS, Whole())
    assert list(found.averages) == [f"relu{b}_1" for b in range(1, block + 1)]
    assert list(found.read) == (["conv4_2"] if block == 5 else [])
    assert list(found.pooled) == ([] if block == 5 else [f"pool{block}"])
