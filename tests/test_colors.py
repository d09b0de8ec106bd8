import pytest
import torch
from torch import Tensor

from artstyle.style import colors


def test_luminance_weighs_the_channels() -> None:
    picture = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1)
    expected = 0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6
    assert colors.luminance(picture).item() == pytest.approx(expected)


def test_the_grey_painting_has_the_photos_brightness_and_contrast() -> None:
    random = torch.Generator().manual_seed(0)
    photo = 0.4 + 0.1 * torch.rand(1, 3, 30, 40, generator=random)
    painting = torch.rand(1, 3, 20, 50, generator=random)
    content, style = colors.grey_pair(photo, painting)
    assert torch.equal(content[:, 0], content[:, 2]) and torch.equal(style[:, 0], style[:, 1])
    assert style.mean().item() == pytest.approx(content.mean().item(), abs=1e-4)
    assert style.std().item() == pytest.approx(content.std().item(), rel=1e-2)


def test_recolouring_takes_the_brightness_of_one_and_the_colours_of_the_other() -> None:
    photo = torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1)
    grey = torch.full((1, 3, 1, 1), 0.6)
    made = colors.recolor(grey, photo)
    assert colors.luminance(made).item() == pytest.approx(0.6)
    differences = (made - photo).flatten()
    assert differences.tolist() == pytest.approx([differences[0].item()] * 3)


PRIMARIES = [  # sRGB, and its Oklab as the space's author gives it
    ((1.0, 1.0, 1.0), (1.0, 0.0, 0.0)),
    ((1.0, 0.0, 0.0), (0.62796, 0.22486, 0.12585)),
    ((0.0, 1.0, 0.0), (0.86644, -0.23389, 0.17950)),
    ((0.0, 0.0, 1.0), (0.45201, -0.03246, -0.31153)),
    ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
]


@pytest.mark.parametrize(("rgb", "lab"), PRIMARIES)
def test_colours_have_their_place_in_oklab_and_come_back(
    rgb: tuple[float, ...], lab: tuple[float, ...]
) -> None:
    pixel = torch.tensor(rgb, dtype=torch.float64)[:, None]
    assert colors.to_oklab(pixel).flatten().tolist() == pytest.approx(lab, abs=2e-4)
    assert colors.from_oklab(colors.to_oklab(pixel)).allclose(pixel, atol=1e-6)


def test_the_transport_of_axes_stretches_each() -> None:
    before = torch.diag(torch.tensor([4.0, 1.0, 0.25], dtype=torch.float64))
    after = torch.diag(torch.tensor([1.0, 9.0, 0.25], dtype=torch.float64))
    wanted = torch.diag(torch.tensor([0.5, 3.0, 1.0], dtype=torch.float64))
    assert colors.transport(before, after).allclose(wanted)


def test_the_transport_is_symmetric_and_gives_the_other_covariance() -> None:
    random = torch.Generator().manual_seed(1)
    roots = torch.randn(2, 3, 3, generator=random, dtype=torch.float64)
    before, after = roots @ roots.mT
    linear = colors.transport(before, after)
    assert linear.allclose(linear.mT) and torch.linalg.eigvalsh(linear).min() > 0
    assert (linear @ before @ linear).allclose(after)


def soft(seed: int, mean: float, height: int) -> Tensor:
    """A picture whose colours stay well inside of the gamut."""
    random = torch.Generator().manual_seed(seed)
    mixed = torch.rand(3, 3, generator=random) / 3
    noise = torch.randn(3, height * 40, generator=random).clamp(-2, 2)
    return (mean + 0.08 * mixed @ noise).view(1, 3, height, 40)


def test_a_matched_painting_has_the_photos_mean_and_covariance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(colors, "PIECE", 700)  # which no size is a multiple of
    photo, painting = soft(1, 0.6, 30), soft(2, 0.4, 50)
    made = colors.matched(painting, photo)
    assert made.shape == painting.shape
    one, two = (colors.to_oklab(each.reshape(3, -1).double()) for each in (made, photo))
    assert one.mean(1).allclose(two.mean(1), atol=1e-5)
    assert torch.cov(one).allclose(torch.cov(two), rtol=0.15, atol=1e-5)
    assert not torch.cov(colors.to_oklab(painting.reshape(3, -1).double())).allclose(
        torch.cov(two), rtol=0.15, atol=1e-5
    )


def test_a_picture_that_is_matched_to_itself_stays() -> None:
    picture = torch.rand(1, 3, 9, 11, generator=torch.Generator().manual_seed(3))
    assert colors.matched(picture, picture).allclose(picture, atol=1e-4)


def test_a_grey_painting_gets_the_photos_mean_colour_and_stays_in_the_gamut() -> None:
    random = torch.Generator().manual_seed(4)
    grey = torch.rand(1, 1, 20, 20, generator=random).expand(-1, 3, -1, -1)
    made = colors.matched(grey, soft(5, 0.7, 10) * torch.tensor([1, 0.6, 0.2]).view(1, 3, 1, 1))
    assert made.isfinite().all() and made.min() >= 0 and made.max() <= 1
    red, green, blue = made.mean((0, 2, 3)).tolist()
    assert red > green + 0.1 > blue + 0.2
