"""Runs with several paintings, masks and parts of paintings, at 64 and 96 px."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.errors import MaskShape, PictureNotChosen, StyleWeightsCount
from artstyle.machine.memory import Demand
from artstyle.noise_levels import NoiseLevel
from artstyle.settings import SETTINGS, Settings
from artstyle.style import noise, paintings, pyramid
from artstyle.style.noise import PRESETS, NoisePreset
from artstyle.style.pyramid import Stage
from artstyle.style.regions import Blend
from artstyle.transfer import Transfer, stylize
from artstyle.vgg import checkpoints

SIZE = (64, 84)
NETWORK = checkpoints.embedded()


def soft(height: int, width: int, seed: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, height // 8, width // 8, generator=random)
    return F.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)


PHOTO, ONE, TWO = soft(96, 126, 0), soft(80, 96, 1), soft(120, 80, 2)
LEFT = torch.zeros(1, 1, 48, 63)
LEFT[..., :32] = 1


def settings(**said: Any) -> Settings:
    usual = {"base_size": 64, "network": "vgg16", "device": "cpu", "levels": 1, "iterations": 5}
    return Settings(**{**usual, **said})


def made(style: Any, mask: Tensor | None = None, masks: Any = (), **said: Any) -> Tensor:
    return stylize(PHOTO, style, settings(**said), NETWORK, mask=mask, style_masks=masks).picture


def photo(size: tuple[int, int] = SIZE) -> Tensor:
    return pyramid.target(PHOTO, size)


@pytest.mark.parametrize("said", [{}, {"content_loss": "features"}, {"start": "noise"}], ids=str)
def test_a_painting_with_all_of_the_weight_is_that_painting_alone(said: dict[str, Any]) -> None:
    alone = made(ONE, **said)
    assert torch.equal(made([ONE], **said), alone)
    assert torch.equal(made([ONE, TWO], style_weights=(1, 0), **said), alone)
    assert torch.equal(made([TWO, ONE, TWO], style_weights=(0, 3, 0), **said), alone)
    masks = [1 - LEFT, LEFT]
    assert torch.equal(made([TWO, ONE], masks=masks, style_weights=(0, 3), **said), alone)


def test_two_paintings_give_another_picture_than_either_and_weights_matter() -> None:
    alone = made(ONE), made(TWO)
    even, uneven = made([ONE, TWO]), made([ONE, TWO], style_weights=(3, 1))
    assert torch.equal(even, made([ONE, TWO], style_weights=(2, 2)))
    for each in (*alone, uneven):
        assert (even - each).abs().mean() > 0.005
    distances = [(each - alone[0]).abs().mean() for each in (uneven, even, alone[1])]
    assert distances == sorted(distances)


def test_a_mask_of_ones_is_no_mask() -> None:
    assert torch.equal(made(ONE, torch.ones(1, 1, 48, 63)), made(ONE))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"colors": "photo"},
        {"colors": "match"},
        {"content_loss": "features", "style_loss": "gram"},
        {"optimizer": "adam"},
        {"start": "style"},
        {"iterations": None},
    ],
    ids=str,
)
def test_a_mask_of_zeros_gives_the_photo_back(said: dict[str, Any]) -> None:
    transfer = Transfer(PHOTO, ONE, settings(**said), NETWORK, mask=torch.zeros(1, 1, 96, 126))
    seen = list(transfer.run())
    assert torch.equal(transfer.result(seen[-1]).picture, photo())
    assert {progress.note for progress in seen} == {None}
    assert seen[-1].loss == 0


@pytest.mark.parametrize("optimizer", SETTINGS["optimizer"].choices)
@pytest.mark.parametrize("start", SETTINGS["start"].choices)
def test_what_a_mask_leaves_black_stays_the_photo(start: str, optimizer: str) -> None:
    result = made(ONE, LEFT, start=start, optimizer=optimizer, iterations=10)
    assert torch.equal(result[..., 46:], photo()[..., 46:])
    assert (result - photo())[..., :38].abs().mean() > 0.02


def test_the_edge_between_the_two_is_soft() -> None:
    ramp = Blend((1.0,), painted=torch.linspace(1, 0, 84).expand(1, 1, *SIZE))
    over = ramp.over(torch.zeros(1, 3, *SIZE), torch.ones(1, 3, *SIZE))
    torch.testing.assert_close(over, torch.linspace(1, 0, 84).expand(1, 3, *SIZE))


def test_at_all_sizes_the_photo_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    three = [Stage(((48, 63),), 3), Stage((SIZE,), 3), Stage(((96, 126), SIZE), 2)]
    monkeypatch.setattr(pyramid, "stages", lambda *_: three)
    transfer = Transfer(PHOTO, [ONE, TWO], settings(), NETWORK, mask=LEFT, style_masks=[LEFT, LEFT])
    for progress in transfer.run():
        shown = progress.picture()
        size = pyramid.size_of(shown)
        right = slice(size[1] // 2 + 5, None)
        assert torch.equal(shown[..., right], photo(size)[..., right])
        kept = pyramid.target(transfer.objective.content, pyramid.size_of(transfer._picture))
        right = slice(kept.shape[-1] // 2 + 5, None)
        assert (transfer._picture - kept)[..., right].abs().mean() < 0.01


def test_a_mask_brings_the_loss_of_what_is_painted_down() -> None:
    transfer = Transfer(PHOTO, [ONE, TWO], settings(iterations=12), NETWORK, mask=LEFT)
    seen = [progress.loss for progress in transfer.run()]
    assert seen[-1] < 0.7 * seen[0]


def test_alpha_and_a_background_go_with_a_mask() -> None:
    clear = torch.cat((PHOTO, LEFT.new_full((1, 1, 96, 126), 0.5)), 1)
    kept = stylize(clear, ONE, settings(), NETWORK, mask=LEFT).picture
    assert kept.shape == (1, 4, *SIZE)
    torch.testing.assert_close(kept[:, 3], torch.full((1, *SIZE), 0.5))
    white = stylize(clear, ONE, settings(background="white"), NETWORK, mask=0 * LEFT).picture
    torch.testing.assert_close(white, pyramid.target(0.5 + 0.5 * PHOTO, SIZE))


def test_each_region_comes_nearer_to_its_painting() -> None:
    red, blue = ONE * torch.tensor([1, 0.1, 0.1]).view(1, 3, 1, 1), TWO.clone()
    blue[:, :2] *= 0.1
    result = made([red, blue], masks=[LEFT, 1 - LEFT], iterations=20)
    left, right = result[..., :36], result[..., 48:]
    assert left[:, 0].mean() > 1.5 * left[:, 2].mean()
    assert right[:, 2].mean() > 1.5 * right[:, 0].mean()


def test_noise_takes_its_pixels_from_all_paintings_in_proportion() -> None:
    red, blue = torch.zeros(1, 3, 40, 60), torch.zeros(1, 3, 60, 40)
    red[:, 0], blue[:, 2] = 1, 1
    preset = NoisePreset(1.0, (NoiseLevel("pixel", 1.0, 1.0),))
    spots = noise.noise_picture([red, blue], (20, 30), preset, 3, Blend((0.75, 0.25)))
    assert spots[:, 0].sum() == 450 and spots[:, 2].sum() == 150 and not spots[:, 1].any()
    assert 0.6 < spots[:, 0, :10].mean() < 0.9  # and they are mixed
    left = torch.zeros(1, 1, 20, 30)
    left[..., :15] = 1
    regions = Blend((0.75, 0.25), torch.cat((left, 1 - left)))
    spots = noise.noise_picture([red, blue], (20, 30), preset, 3, regions)
    assert spots[..., :15].sum((2, 3)).tolist() == [[300, 0, 0]]
    assert spots[..., 15:].sum((2, 3)).tolist() == [[0, 0, 300]]


@pytest.mark.parametrize("name", PRESETS)
def test_several_paintings_have_every_noise(name: str) -> None:
    mixed = Blend((0.5, 0.5))
    start = noise.start(PHOTO, [ONE, TWO], SIZE, settings(noise=name), mixed)
    assert start.shape == (1, 3, *SIZE) and start.isfinite().all()


def test_a_start_from_the_style_is_the_first_painting_or_each_in_its_region() -> None:
    first = noise.start(PHOTO, ONE, SIZE, settings(start="style"))
    second = noise.start(PHOTO, TWO, SIZE, settings(start="style"))
    said = settings(start="style")
    assert torch.equal(noise.start(PHOTO, [ONE, TWO], SIZE, said, Blend((0.1, 0.9))), first)
    left = F.interpolate(LEFT, SIZE)
    regions = Blend((0.5, 0.5), torch.cat((left, 1 - left)))
    made = noise.start(PHOTO, [ONE, TWO], SIZE, said, regions)
    assert torch.equal(made[..., :40], first[..., :40])
    assert torch.equal(made[..., 46:], second[..., 46:])


def test_a_part_of_a_painting_is_that_part_alone() -> None:
    part = TWO[..., 30:90, 20:60]
    crop = (0.25, 0.25, 0.5, 0.5)
    assert torch.equal(made(TWO, style_crop=(crop,)), made(part))
    both = made([ONE, TWO], style_crop=((0, 0, 1, 1), crop))
    assert torch.equal(both, made([ONE, part]))
    weights: dict[str, Any] = {"style_weights": (0, 1)}
    assert torch.equal(made([ONE, TWO], style_crop=((0, 0, 1, 1), crop), **weights), made(part))


def test_a_cropped_painting_is_decoded_larger() -> None:
    whole, crop = settings(), settings(style_crop=((0, 0, 1, 1), (0.5, 0.5, 0.25, 0.5)))
    photo, painting = pyramid.enough(whole)
    assert pyramid.enough(crop) == (photo, 4 * painting)


def test_the_longest_painting_sets_the_need_for_memory() -> None:
    assert paintings.longest([ONE, TWO]) == (120, 80)
    transfer = Transfer(PHOTO, [ONE, TWO], settings(), NETWORK, style_masks=[LEFT, 1 - LEFT])
    demand = transfer.objective.demand
    assert demand.style == (120, 80) and demand.regions == 3
    plain = Demand(demand.content, demand.style, demand.settings, demand.device, demand.dtype)
    assert demand.least(SIZE) >= plain.least(SIZE)


def test_what_does_not_go_together_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(PictureNotChosen):
        made([])
    with pytest.raises(StyleWeightsCount):
        made(ONE, style_weights=(1, 1))
    with pytest.raises(MaskShape):
        made(ONE, torch.ones(1, 1, 48, 48))
