"""Tests of sketches as runs, and of what they share with real ones: the canvas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from artstyle import sketching, transfer
from artstyle.canvas import NO_FACES, Canvas
from artstyle.errors import MaskShape
from artstyle.faces import detection
from artstyle.faces.detection import Face
from artstyle.pictures import read
from artstyle.settings import Settings, preset
from artstyle.sketch import drawing
from artstyle.style import pyramid

ROOT = Path(__file__).parents[1]
SKETCH = preset("sketch", levels=1, base_size=64)


def random(height: int, width: int, seed: int = 0) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


PHOTO, PAINTING, OTHER = random(64, 80), random(70, 64, 1), 0.3 * random(64, 64, 2)


def sketched(*paintings: Tensor, mask: Tensor | None = None, **changes: object) -> Tensor:
    settings = preset("sketch", **{"levels": 1, "base_size": 64, **changes})
    return transfer.stylize(PHOTO, paintings, settings, mask=mask).picture


def test_a_sketch_is_a_run_of_one_iteration() -> None:
    (progress,) = transfer.run(PHOTO, PAINTING, SKETCH)
    assert (progress.percent, progress.iteration, progress.iterations) == (100, 1, 1)
    assert progress.size == (64, 80) and progress.sizes == () and progress.ended
    result = transfer.stylize(PHOTO, PAINTING, SKETCH)
    assert torch.equal(result.picture, progress.picture())
    assert result.network == "sketch"
    assert result.metadata()["loss"] is None


def test_a_sketch_has_the_size_of_the_levels() -> None:
    assert sketched(PAINTING, levels=2).shape == (1, 3, 128, 160)


def test_a_sketch_is_what_the_network_draws() -> None:
    drawn = drawing.draw(PHOTO, [PAINTING, OTHER], (64, 80), weights=[0.25, 0.75], realism=0.2)
    assert torch.equal(sketched(PAINTING, OTHER, style_weights=(1, 3)), drawn)


def test_each_region_of_a_sketch_is_drawn_in_the_manner_of_its_painting() -> None:
    left = torch.zeros(1, 1, 64, 80)
    left[..., :40] = 1
    masks = left, 1 - left
    both = transfer.stylize(PHOTO, [PAINTING, OTHER], SKETCH, style_masks=masks).picture
    first, second = sketched(PAINTING), sketched(OTHER)
    assert torch.allclose(both[..., :38], first[..., :38], atol=1e-5)
    assert torch.allclose(both[..., 42:], second[..., 42:], atol=1e-5)


def test_a_mask_leaves_the_photo_in_a_sketch() -> None:
    assert torch.equal(sketched(PAINTING, mask=torch.zeros(1, 1, 64, 80)), PHOTO)
    assert torch.equal(sketched(PAINTING, mask=torch.ones(1, 1, 64, 80)), sketched(PAINTING))
    with pytest.raises(MaskShape):
        sketched(PAINTING, mask=torch.ones(1, 1, 64, 64))


def test_a_sketch_keeps_colours_and_alpha() -> None:
    grey = sketched(PAINTING, colors="photo")
    assert (grey - PHOTO).std(1).mean() < 0.5 * (sketched(PAINTING) - PHOTO).std(1).mean()
    clear = torch.cat((PHOTO, torch.full((1, 1, 64, 80), 0.5)), 1)
    result = transfer.stylize(clear, PAINTING, SKETCH).picture
    assert result.shape[1] == 4 and torch.allclose(result[:, 3], torch.tensor(0.5))


def test_the_preview_of_a_large_run_is_no_larger_than_needed() -> None:
    canvas = Canvas(PHOTO, [PAINTING], Settings(levels=4).resolved("cpu"), None, ())
    assert sketching.preview(canvas).shape[-2:] == (512, 640)


def test_faces_stay_as_they_are_in_the_photo() -> None:
    photo = pyramid.target(read.load(ROOT / "img/content/astronaut.jpg"), (128, 128))
    settings = preset("sketch", levels=1, base_size=128, keep_faces=True)
    (progress,) = transfer.run(photo, PAINTING, settings)
    assert progress.note is None
    picture, (face,) = progress.picture(), detection.find(photo)
    x, y = round(face.x + face.width / 2), round(face.y + face.height / 2)
    inside = ..., slice(y - 4, y + 4), slice(x - 4, x + 4)
    assert torch.equal(picture[inside], photo[inside])
    assert (picture - photo)[..., 100:, :].abs().mean() > 0.05


def test_a_mask_and_faces_are_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "find", lambda _: [Face(10, 10, 30, 40, 0.9)])
    right = torch.zeros(1, 1, 64, 80)
    right[..., 40:] = 1
    picture = sketched(PAINTING, mask=right, keep_faces=True)
    assert torch.equal(picture[..., 20:40, 15:35], PHOTO[..., 20:40, 15:35])
    assert torch.equal(picture[..., :, :30], PHOTO[..., :, :30])
    assert not torch.equal(picture[..., 70:], PHOTO[..., 70:])


def test_a_photo_without_faces_is_painted_and_its_user_told() -> None:
    (progress,) = transfer.run(PHOTO, PAINTING, replace(SKETCH, keep_faces=True))
    assert progress.note == NO_FACES
    assert torch.equal(progress.picture(), sketched(PAINTING))


def test_a_real_run_tells_it_too_and_keeps_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(levels=1, base_size=64, iterations=2, keep_faces=True)
    assert {each.note for each in transfer.run(PHOTO, PAINTING, settings)} == {NO_FACES}
    monkeypatch.setattr(detection, "find", lambda _: [Face(20, 10, 30, 40, 0.9)])
    picture = transfer.stylize(PHOTO, PAINTING, settings).picture
    assert torch.equal(picture[..., 20:40, 25:45], PHOTO[..., 20:40, 25:45])
