"""The command line: what is refused, in one line, with nothing written."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
import torch
from PIL import Image
from tests.commandline import SMALL, Pair, Refuse, half, noisy

pytestmark = pytest.mark.usefixtures("small_preset")


def flat(width: int, height: int, kind: str = "png") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 60)).save(buffer, kind)
    return buffer.getvalue()


def bomb() -> bytes:
    """The header of a PNG of 400 megapixels, and no pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 1 << 20) + b"IDAT"


# Bad pictures

BAD_PICTURES = {
    "empty": ("a.png", b"", "a.png is empty"),
    "text": ("a.jpg", b"just some words", "a.jpg isn't a picture in a supported format"),
    "truncated JPEG": ("a.jpg", half(noisy("jpeg")), "a.jpg is damaged"),
    "truncated PNG": ("a.png", half(noisy("png")), "a.png is damaged"),
    "1×1": ("a.png", flat(1, 1), "a.png is 1 × 1 pixels; the shorter side must have"),
    "3×2000": ("a.png", flat(3, 2000), "a.png is 3 × 2000 pixels; the shorter side must have"),
    "bomb": ("a.png", bomb(), "more pixels than the limit of 100 megapixels"),
    "HEIC": ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "in the format HEIC, which isn't"),
    "SVG": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "in the format SVG, which"),
}


@pytest.mark.parametrize("role", ["content", "style"])
@pytest.mark.parametrize("kind", BAD_PICTURES)
def test_a_bad_picture_is_refused_and_named(
    kind: str, role: str, refuse: Refuse, photo: Path, tmp_path: Path
) -> None:
    name, content, reason = BAD_PICTURES[kind]
    bad = tmp_path / name
    bad.write_bytes(content)
    words = [bad, photo] if role == "content" else [photo, bad]
    assert reason in refuse(*words, "-o", tmp_path / "out.png", "--snapshots", tmp_path / "steps")


def test_a_truncated_picture_is_refused_before_the_network_is_loaded(
    refuse: Refuse, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        pytest.fail("loaded the network")

    monkeypatch.setattr("artstyle.vgg.checkpoints.load", fail)
    (tmp_path / "a.jpg").write_bytes(half(noisy("jpeg")))
    refuse(photo, tmp_path / "a.jpg", "-o", tmp_path / "out.png")


def test_a_picture_that_is_missing_or_a_folder_is_refused(
    refuse: Refuse, photo: Path, tmp_path: Path
) -> None:
    out = ("-o", tmp_path / "out.png")
    assert "nowhere.jpg doesn't exist" in refuse(tmp_path / "nowhere.jpg", photo, *out)
    assert "nowhere.jpg doesn't exist" in refuse(photo, tmp_path / "nowhere.jpg", *out)
    assert "is a folder; name a picture in it" in refuse(tmp_path, photo, *out)


def test_a_name_of_several_lines_makes_no_second_line(
    refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    refuse(tmp_path / "no\nsuch.jpg", painting, "-o", tmp_path / "out.png")
    refuse(photo, tmp_path / "no\nsuch.jpg", "-o", tmp_path / "out.png")
    refuse(photo, painting, "-o", tmp_path / "no\nsuch" / "out.png")
    refuse(photo, painting, "-o", tmp_path, "--weights", tmp_path / "no\nsuch.pth")


@pytest.mark.parametrize("place", ["content", "style", "out", "snapshots", "weights"])
def test_a_name_that_no_file_can_have_is_refused(
    place: str, refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    words: dict[str, str | Path] = {"content": photo, "style": painting}
    words |= {"out": tmp_path / "out.png", "snapshots": tmp_path / "steps"}
    words |= {"weights": tmp_path / "w.pth", place: tmp_path / ("x" * 300 + ".png")}
    content, style, *options = words.items()
    said = [word for name, value in options for word in (f"--{name}", value)]
    assert "ile name too long" in refuse(content[1], style[1], *said)


# Bad places for the result


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("nowhere/out.png", "nowhere doesn't exist; create it first"),
        ("photo.png/out.png", "photo.png doesn't exist; create it first"),  # under a file
        ("/proc/out.png", "/proc/out.png can't be written"),  # not even by root
        ("out", "out has no ending that can be written; use .png, .jpg, .jpeg, .webp"),
        ("out.tiff", "has no ending that can be written"),
        ("photo.png", "photo.png is one of the input pictures"),
        ("painting.png", "painting.png is one of the input pictures"),
    ],
)
def test_a_result_that_cannot_be_written_is_refused(
    out: str, reason: str, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    assert reason in refuse(*pair, "-o", tmp_path / out, *SMALL)


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("nowhere/steps", "nowhere doesn't exist"),
        ("photo.png", "photo.png is a file: name a folder for the snapshots"),
        ("/proc", "can't be written"),
        ("/proc/steps", "can't be written"),
    ],
)
def test_snapshots_that_cannot_be_written_are_refused(
    folder: str, reason: str, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    words = ["-o", tmp_path / "out.png", "--snapshots", tmp_path / folder]
    assert reason in refuse(*pair, *words, *SMALL)


def test_a_folder_of_paintings_needs_a_folder_for_the_results(
    refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    paintings = tmp_path / "paintings"
    paintings.mkdir()
    painting.rename(paintings / "painting.png")
    (tmp_path / "is-there.png").write_bytes(b"kept")
    for out in ("out.png", "is-there.png", "nowhere"):
        assert "is a folder, so OUT must be an existing folder" in refuse(
            photo, paintings, "-o", tmp_path / out
        )


def test_a_folder_without_a_picture_is_refused(refuse: Refuse, photo: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("none here")
    assert "there is no picture in" in refuse(photo, empty, "-o", tmp_path)


# Bad options


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("--sharpen", "unrecognized arguments: --sharpen"),
        ("--levels 0", "levels must be from 1 to 6, but is 0"),
        ("--levels 7", "levels must be from 1 to 6, but is 7"),
        ("--levels 9", "levels must be from 1 to 6, but is 9"),
        ("--levels two", "levels must be a whole number, but is two"),
        ("--iterations 0", "iterations must be from 1 to 100000, but is 0"),
        ("--seed -1", "seed must be from 0"),
        (f"--seed 1{'0' * 400}", "seed must be from 0"),
        ("--content-weight -1", "content weight must be from 0 to 1000, but is -1"),
        ("--style-weight -0.5", "style weight must be from 0 to 1000, but is -0.5"),
        ("--tv-weight=-1e-9", "tv weight must be from 0 to 1000"),
        ("--content-weight nan", "content weight must be from 0 to 1000, but is nan"),
        ("--style-weight inf", "style weight must be from 0 to 1000, but is inf"),
        ("--style-scale 0", "style scale must be from 0.125 to 4, but is 0"),
        ("--style-scale nan", "style scale must be from 0.125 to 4, but is nan"),
        ("--preset ultra", '"ultra": choose one of preview, standard, high, max, gatys'),
        ("--network resnet", '"resnet": choose one of auto, vgg19, vgg16'),
        ("--optimizer sgd", '"sgd": choose one of lbfgs, adam'),
        ("--schedule never", '"never": choose one of coarse-to-fine, joint'),
        ("--style-loss l2", '"l2": choose one of moments, gram'),
        ("--start here", '"here": choose one of blend, content, style, noise'),
        ("--noise pink", '"pink": choose one of structured, gradient, permuted, spots16'),
        ("--device tpu", '"tpu": choose one of auto, cpu, cuda, mps'),
        ("--precision fp8", '"fp8": choose one of auto, fp32, bf16'),
    ],
)
def test_a_bad_option_is_refused_with_the_valid_ones(
    words: str, reason: str, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    assert reason in refuse(*pair, "-o", tmp_path / "out.png", *words.split())


def test_what_is_missing_is_asked_for(refuse: Refuse, photo: Path, painting: Path) -> None:
    assert "name the result" in refuse(photo, painting)
    assert "name a photo and a painting" in refuse(photo, "-o", "out.png")
    assert "name a photo and a painting" in refuse()


def test_a_device_that_is_not_there_is_refused(
    refuse: Refuse, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    words = ["-o", tmp_path / "out.png", "--network", "vgg16", "--device", "cuda"]
    assert 'no device "cuda" here' in refuse(*pair, *words)


# Bad weights


class Harmful:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (self.marker,)


def _truncate(path: Path) -> None:
    torch.save({"features.0.weight": torch.ones(64, 3, 3, 3)}, path)
    path.write_bytes(half(path.read_bytes()))


BAD_WEIGHTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "No such file"),
    "a folder": (lambda path: path.mkdir(), "is no file but a folder"),
    "text": (lambda path: path.write_text("hello"), "is no checkpoint"),
    "truncated": (_truncate, "is no checkpoint, or is damaged"),
    "keys missing": (lambda path: torch.save({}, path), "is no VGG19: it has no features.0.weight"),
    "wrong shapes": (
        lambda path: torch.save({"features.0.weight": torch.ones(64, 3, 5, 5)}, path),
        "features.0.weight is (64, 3, 5, 5), not (64, 3, 3, 3)",
    ),
    "code": (
        lambda path: torch.save({"features.0.weight": Harmful(path.parent / "ran")}, path),
        "is no checkpoint, or is damaged",
    ),
}


@pytest.mark.parametrize("kind", BAD_WEIGHTS)
def test_bad_weights_are_refused(kind: str, refuse: Refuse, pair: Pair, tmp_path: Path) -> None:
    make, reason = BAD_WEIGHTS[kind]
    make(tmp_path / "weights.pth")
    words = ["-o", tmp_path / "out.png", "--weights", tmp_path / "weights.pth"]
    err = refuse(*pair, *words, "--snapshots", tmp_path / "steps")
    assert reason in err
    assert str(tmp_path / "weights.pth") in err
    assert not (tmp_path / "ran").exists()
