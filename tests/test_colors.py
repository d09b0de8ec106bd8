import pytest
import torch

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
