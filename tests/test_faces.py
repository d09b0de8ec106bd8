"""Tests of finding faces."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from torch import Tensor

from artstyle.errors import WeightsUnreadable
from artstyle.faces import detection
from artstyle.faces.detection import Face
from artstyle.pictures import read
from artstyle.style import pyramid

ROOT = Path(__file__).parents[1]


def photo(path: str, shorter: int = 256) -> Tensor:
    loaded = read.load(ROOT / path, "content")[:, :3]
    return pyramid.target(loaded, pyramid.level_size(pyramid.size_of(loaded), shorter))


def test_the_astronauts_face_is_found() -> None:
    (face,) = detection.find(photo("img/content/astronaut.jpg"))
    assert (face.x + face.width / 2, face.y + face.height / 2) == pytest.approx((112, 60), abs=6)
    assert face.score > 0.9


def test_two_people_have_two_faces() -> None:
    assert len(detection.find(photo("bench/people/women.jpg"))) == 2


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket"])
def test_nothing_else_is_a_face(name: str) -> None:
    assert detection.find(photo(f"img/content/{name}.jpg")) == []


def test_a_large_picture_has_its_faces_where_the_small_one_has_them() -> None:
    (small,), (large,) = (
        detection.find(photo("img/content/astronaut.jpg", side)) for side in (256, 512)
    )
    assert large.x == pytest.approx(2 * small.x, abs=8)
    assert large.height == pytest.approx(2 * small.height, rel=0.1)


def test_a_small_face_in_a_large_picture_is_found() -> None:
    canvas = torch.full((1, 3, 1200, 1200), 0.5)
    canvas[..., 900:1000, 700:800] = photo("img/content/astronaut.jpg", 100)
    (face,) = detection.find(canvas)
    assert 700 < face.x < 800 and 900 < face.y < 1000


def test_the_mask_spares_the_face_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "find", lambda _: [Face(30, 40, 20, 30, 0.9)])
    mask = detection.mask(torch.zeros(1, 3, 100, 120))
    assert mask.shape == (1, 1, 100, 120)
    assert (mask[..., 41:69, 33:47] == 0).all()
    assert (mask[..., :15, :] == 1).all() and (mask[..., 60:] == 1).all()
    edge = mask[0, 0, 55]
    assert (edge.diff()[:10].abs() <= 0.35).all() and ((edge > 0) & (edge < 1)).any()


def test_without_a_face_everything_is_painted() -> None:
    assert (detection.mask(photo("img/content/coffee.jpg")) == 1).all()


def test_the_readme_has_the_sum_of_the_model() -> None:
    text = (detection.MODEL.parent / "README.md").read_text(encoding="utf-8")
    digest = hashlib.sha256(detection.MODEL.read_bytes()).hexdigest()
    assert f"SHA-256 of the file | `{digest}`" in text


def test_a_missing_model_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "MODEL", tmp_path / "none.onnx")
    with pytest.raises(WeightsUnreadable, match="No such file"):
        detection.find(torch.zeros(1, 3, 64, 64))
