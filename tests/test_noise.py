import math

import pytest
import torch
from torch import Tensor

from artstyle.noise_levels import NoiseLevel
from artstyle.settings import SETTINGS, Settings
from artstyle.style import noise
from artstyle.style.noise import PRESETS, NoisePreset, envelope

SIZE = (65, 97)  # odd, so that there is a pixel in the very centre


@pytest.fixture
def style() -> Tensor:
    """Two colours only, so that every pixel of a permutation is one of them."""
    picture = torch.zeros(1, 3, 40, 60)
    picture[:, 0] = 1
    picture[..., 30:] = torch.tensor([0.0, 0.0, 1.0]).view(1, 3, 1, 1)
    return picture


@pytest.fixture
def content() -> Tensor:
    """Flat on both sides of one upright edge in the middle."""
    picture = torch.full((1, 3, 64, 64), 0.2)
    picture[..., 32:] = 0.8
    return picture


def test_the_default_is_the_table_of_the_structured_noise() -> None:
    rows = [(v.spots, v.central, v.peripheral, v.dispersion) for v in PRESETS["structured"].levels]
    assert rows == [
        (9, 0.3, 0.2, 0.2),
        (18, 0.2, 0.3, 0.3),
        (36, 0.1, 0.4, 0.4),
        ("pixel", 0.2, 0.1, 0.6),
        ("constant", 0.2, 0.0, 0.3),
    ]
    assert PRESETS["structured"].factor == 0.95


@pytest.mark.parametrize("name", ["structured", "gradient", "permuted"])
def test_amplitudes_of_the_style_noises_sum_to_one_everywhere(name: str) -> None:
    total = sum(envelope(level, (16, 24)) for level in PRESETS[name].levels)
    assert isinstance(total, Tensor)
    level_0 = PRESETS[name].levels[0]
    if level_0.central == level_0.peripheral:
        torch.testing.assert_close(total, torch.ones(16, 24))
    assert sum(v.central for v in PRESETS[name].levels) == pytest.approx(1)
    assert sum(v.peripheral for v in PRESETS[name].levels) == pytest.approx(1)


def test_an_envelope_falls_from_the_centre_as_a_bell() -> None:
    level = NoiseLevel(9, central=0.8, peripheral=0.2, dispersion=0.3)
    bell = envelope(level, SIZE)
    assert bell[32, 48].item() == pytest.approx(0.8)
    # 30 px right of the centre of 97, nothing up or down
    expected = 0.2 + 0.6 * math.exp(-0.5 * (30 / (0.3 * 97)) ** 2)
    assert bell[32, 78].item() == pytest.approx(expected)
    # and 20 px down of 65 as well
    expected = 0.2 + 0.6 * math.exp(-0.5 * ((30 / (0.3 * 97)) ** 2 + (20 / (0.3 * 65)) ** 2))
    assert bell[52, 78].item() == pytest.approx(expected)


def test_sobel_of_a_ramp_is_its_slope_times_the_kernels_sum() -> None:
    ramp = torch.linspace(0, 1, 33).expand(1, 3, 20, 33)
    # the 5×5 kernel smooths by [1 4 6 4 1] and differs by [−1 −2 0 2 1]: 16 · 8 · slope
    assert noise.gradient_map(ramp)[10, 16].item() == pytest.approx(128 / 32, rel=1e-5)


def test_the_gradient_is_clipped() -> None:
    steps = torch.zeros(1, 3, 32, 32)
    steps[..., 16:] = 10.0
    assert noise.gradient_map(steps).max().item() <= noise.GRADIENT_CLIP


def test_an_edge_between_colours_of_one_brightness_is_an_edge() -> None:
    picture = torch.zeros(1, 3, 32, 32)
    picture[:, 0, :, :16] = 0.5
    picture[:, 1, :, 16:] = 0.5
    assert noise.gradient_map(picture)[16, 16] > 5


def test_noise_stays_away_from_edges_and_is_full_where_it_is_flat(content: Tensor) -> None:
    share = noise.noise_map(content, PRESETS["structured"])
    assert share[32, 8].item() == pytest.approx(0.95)
    assert share[32, 32] < 0.3


def test_a_preset_without_gradient_puts_the_noise_everywhere_alike(content: Tensor) -> None:
    share = noise.noise_map(content, PRESETS["permuted"])
    assert sorted(set(share.flatten().tolist())) == pytest.approx([0.7])


def test_pixel_noise_is_a_permutation_of_the_styles_pixels(style: Tensor) -> None:
    preset = NoisePreset(1.0, (NoiseLevel("pixel", 1.0, 1.0),))
    made = noise.noise_picture(style, (40, 60), preset, seed=3)
    assert not torch.equal(made, style)
    rows = sorted(map(tuple, made.flatten(2)[0].T.tolist()))
    assert rows == sorted(map(tuple, style.flatten(2)[0].T.tolist()))


def test_the_constant_level_is_a_brightness_without_noise(style: Tensor) -> None:
    preset = NoisePreset(1.0, (NoiseLevel("constant", 0.4, 0.4),))
    made = noise.noise_picture(style, (20, 30), preset, seed=0)
    assert sorted(set(made.flatten().tolist())) == pytest.approx([0.4])


def test_a_preview_has_the_same_spots_as_the_large_picture(style: Tensor) -> None:
    preset = NoisePreset(1.0, (NoiseLevel(9, 1.0, 1.0),))
    small = noise.noise_picture(style, (32, 48), preset, seed=5)
    large = noise.noise_picture(style, (128, 192), preset, seed=5)
    shrunk = torch.nn.functional.interpolate(large, (32, 48), mode="bicubic", antialias=True)
    assert (small - shrunk).abs().mean() < 0.03
    assert small.std() > 0.2  # they are spots, and not a mean of all colours


@pytest.mark.parametrize("name", SETTINGS["noise"].choices)
def test_every_preset_gives_a_start_of_the_size_that_its_seed_reproduces(
    name: str, content: Tensor, style: Tensor
) -> None:
    settings = Settings(noise=name, seed=7, base_size=64)
    torch.manual_seed(1)
    first = noise.start(content, style, (64, 64), settings)
    torch.manual_seed(2)  # the global generator has no say
    second = noise.start(content, style, (64, 64), settings)
    assert first.shape == (1, 3, 64, 64)
    assert torch.equal(first, second)
    other = noise.start(content, style, (64, 64), Settings(noise=name, seed=8, base_size=64))
    assert torch.equal(first, other) == (name == "none")


def test_without_noise_the_start_is_the_photo(content: Tensor, style: Tensor) -> None:
    for settings in [Settings(noise="none"), Settings(start="content")]:
        assert torch.equal(noise.start(content, style, (64, 64), settings), content)


def test_the_start_blends_photo_and_noise_pixel_by_pixel(content: Tensor, style: Tensor) -> None:
    settings = Settings(base_size=64, seed=2)
    blend = noise.start(content, style, (64, 64), settings)
    pure = noise.start(content, style, (64, 64), Settings(base_size=64, seed=2, start="noise"))
    k = noise.noise_map(content, PRESETS["structured"])
    torch.testing.assert_close(blend, (1 - k) * content + k * pure)


def test_the_style_start_covers_the_size_without_stretching(content: Tensor, style: Tensor) -> None:
    made = noise.start(content, style, (64, 64), Settings(start="style"))
    assert made.shape == (1, 3, 64, 64)
    # a 60×40 picture, red and blue halves, cut to a square: still halves
    assert made[0, 0, :, :28].min() > 0.9 and made[0, 2, :, 36:].min() > 0.9


def test_levels_and_factor_replace_those_of_the_noise(content: Tensor, style: Tensor) -> None:
    levels = (NoiseLevel("constant", 0.4, 0.4),)
    settings = Settings(base_size=64, noise="permuted", noise_levels=levels, noise_factor=0.5)
    blend = noise.start(content, style, (64, 64), settings)
    torch.testing.assert_close(blend, 0.5 * content + 0.5 * 0.4)


def test_a_noises_own_levels_said_again_give_the_same_start(content: Tensor, style: Tensor) -> None:
    own = PRESETS["structured"]
    said = Settings(base_size=64, noise_levels=own.levels, noise_factor=own.factor)
    same = noise.start(content, style, (64, 64), Settings(base_size=64))
    assert torch.equal(noise.start(content, style, (64, 64), said), same)
