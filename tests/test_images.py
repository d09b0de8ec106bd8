"""Pictures in and out: what is accepted, and what is written."""

import errno
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.pictures import (
    GREEN,
    HEIGHT,
    REAL,
    RED,
    WIDTH,
    chunk,
    colour,
    flat,
    is_picture,
    noise,
    pillow,
    png,
    quadrants,
    swapped,
)
from torch import Tensor

from artstyle.errors import OutputError, PictureError
from artstyle.pictures.read import check, decode, load, read_metadata
from artstyle.pictures.save import check_output, encode, encode_lossless, save
from artstyle.pictures.thumbnails import thumbnail

# What is accepted


@pytest.mark.parametrize("kind", REAL)
def test_every_format_becomes_a_float_picture(kind: str) -> None:
    picture = load(REAL[kind])
    assert is_picture(picture)
    turned = kind == "EXIF"
    assert picture.shape[2:] == ((WIDTH, HEIGHT) if turned else (HEIGHT, WIDTH))


@pytest.mark.parametrize("kind", ["PNG", "WebP", "TIFF", "TIFF LZW", "BMP", "GIF", "PNG palette"])
def test_lossless_formats_keep_every_pixel(kind: str) -> None:
    expected = torch.from_numpy(quadrants()).permute(2, 0, 1)[None] / 255
    torch.testing.assert_close(load(REAL[kind]), expected, rtol=0, atol=1e-7)


def test_bytes_paths_strings_and_streams_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(REAL["PNG"])
    expected = load(REAL["PNG"])
    assert check(path).format == "PNG"
    for source in (path, str(path), io.BytesIO(REAL["PNG"])):
        assert torch.equal(load(source), expected)


def test_the_first_of_several_frames_counts() -> None:
    frames = [flat("RGB", RED), flat("RGB", GREEN)]
    for kind in ("GIF", "TIFF", "WEBP", "PNG", "MPO"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = pillow(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert load(data)[0, :, 5, 5].argmax() == 0, kind
        assert check(data).format == kind


@pytest.mark.parametrize(
    ("mode", "value", "expected"), [("1", 1, 255), ("1", 0, 0), ("L", 77, 77), ("P", 0, 0)]
)
def test_grey_and_black_and_white_become_equal_channels(
    mode: str, value: int, expected: int
) -> None:
    picture = load(pillow(flat(mode, value), "PNG"))
    assert colour(picture) == (expected, expected, expected)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile_is_ink_on_white(kind: str) -> None:
    cyan = load(pillow(flat("CMYK", (255, 0, 0, 0)), kind))[0, :, 5, 5]
    assert cyan[0] < 0.01
    assert cyan[1:].min() > 0.99
    black = load(pillow(flat("CMYK", (0, 0, 0, 255)), kind))
    assert black.max() < 0.01


# Saving


def gradient(height: int = HEIGHT, width: int = WIDTH) -> Tensor:
    return torch.linspace(0, 1, 3 * height * width).reshape(1, 3, height, width)


@pytest.mark.parametrize(
    ("ending", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("JPEG", "JPEG"), ("webp", "WEBP")]
)
def test_the_ending_decides_the_format(tmp_path: Path, ending: str, kind: str) -> None:
    path = tmp_path / f"out.{ending}"
    save(gradient(64, 64), path, {"levels": 3})
    assert check(path).format == kind
    assert (load(path) - gradient(64, 64)).abs().mean() < 0.01
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_png_rounds_to_the_nearest_of_256_and_clips() -> None:
    picture = torch.zeros(1, 3, 16, 16)
    picture[0, :, 0, 0] = torch.tensor([100.4 / 255, 100.6 / 255, 1.0])
    picture[0, :, 0, 1] = torch.tensor([-0.5, 1.5, 0.0])
    loaded = load(encode(picture, "png"))
    assert colour(loaded, 0, 0) == (100, 101, 255)
    assert colour(loaded, 0, 1) == (0, 255, 0)


@pytest.mark.parametrize("kind", REAL)
def test_lossless_bytes_give_back_exactly_what_was_decoded(kind: str) -> None:
    pixels = decode(REAL[kind])
    encoded = bytes(encode_lossless(pixels))
    assert np.array_equal(decode(encoded), pixels)
    assert encoded[24] == (16 if "16" in kind else 8)  # the bit depth in a PNG's header


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_colours_and_alpha_are_kept_exactly(depth: type[np.unsignedinteger[Any]]) -> None:
    clear = np.random.default_rng(3).integers(0, np.iinfo(depth).max, (HEIGHT, WIDTH, 4), depth)
    pixels = decode(png(clear, 6) if depth is np.uint16 else pillow(clear, "PNG"))
    assert np.array_equal(pixels, clear)
    assert np.array_equal(decode(bytes(encode_lossless(pixels))), pixels)


def test_a_thumbnail_has_the_wanted_side_and_is_never_enlarged() -> None:
    picture = gradient(40, 80)
    small = Image.open(io.BytesIO(thumbnail(picture, 20)))
    assert (small.format, small.size) == ("JPEG", (20, 10))
    for depth in (np.uint8, np.uint16):
        peak = np.iinfo(depth).max
        pixels = np.rint(picture[0].numpy().transpose(1, 2, 0) * peak).astype(depth)
        assert Image.open(io.BytesIO(thumbnail(pixels, 500))).size == (80, 40)
        assert thumbnail(pixels, 20) == thumbnail(picture, 20)


def test_jpeg_keeps_colour_at_full_resolution() -> None:
    image = Image.open(io.BytesIO(encode(gradient(), "jpeg")))
    assert [tuple(part[1:3]) for part in image.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]


def test_half_precision_and_pictures_with_gradients_can_be_saved() -> None:
    assert is_picture(load(encode(gradient().to(torch.bfloat16), "png")))
    assert is_picture(load(encode(gradient().requires_grad_(), "webp")))


@pytest.mark.parametrize(("format", "longest"), [("webp", 16383), ("jpeg", 65500)])
def test_a_side_that_the_format_cant_hold_is_refused(
    tmp_path: Path, format: str, longest: int
) -> None:
    assert encode(torch.zeros(1, 3, 1, longest), format)
    with pytest.raises(OutputError, match=f"{longest}; save as PNG"):
        save(torch.zeros(1, 3, 1, longest + 1), tmp_path / f"a.{format}")
    assert not list(tmp_path.iterdir())
    assert encode(torch.zeros(1, 3, 1, longest + 1), "png")


def test_settings_come_back_from_a_png(tmp_path: Path) -> None:
    settings = {"style": "Große Welle 神奈川 \udcff", "tv": 0.5, "seed": None, "all": [1]}
    save(gradient(), tmp_path / "a.png", settings | {"path": Path("a/b")})
    assert read_metadata(tmp_path / "a.png") == settings | {"path": "a/b"}
    assert Image.open(tmp_path / "a.png").info["Software"] == "artstyle"


def test_settings_of_an_earlier_version_have_todays_names(tmp_path: Path) -> None:
    save(gradient(), tmp_path / "a.png", {"settings": {"keep_colors": True, "seed": 7}})
    assert read_metadata(tmp_path / "a.png") == {"settings": {"colors": "photo", "seed": 7}}
    save(gradient(), tmp_path / "b.png", {"settings": {"keep_colors": "so"}})
    assert read_metadata(tmp_path / "b.png") == {"settings": {"keep_colors": "so"}}


@pytest.mark.parametrize("text", [None, "no JSON", "[1, 2]", "[" * 100_000])
def test_pictures_without_settings_say_so(tmp_path: Path, text: str | None) -> None:
    extra = [] if text is None else [chunk(b"tEXt", b"artstyle\0" + text.encode())]
    (tmp_path / "a.png").write_bytes(png(noise(), 2, *extra))
    with pytest.raises(PictureError, match=r"^a\.png holds no artstyle settings"):
        read_metadata(tmp_path / "a.png")


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_where_and_when_a_photo_was_taken_doesnt_reach_the_output(
    tmp_path: Path, ending: str
) -> None:
    tags = Image.Exif()
    tags[0x010F] = "SpyCamera"
    tags.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    data = pillow(quadrants(), "JPEG", exif=tags, comment=b"SpyCamera", icc_profile=swapped())
    assert data.count(b"SpyCamera") == 2
    save(load(data), tmp_path / f"a.{ending}", {"levels": 1})
    written = (tmp_path / f"a.{ending}").read_bytes()
    assert not any(mark in written for mark in (b"SpyCamera", b"Exif", b"EXIF", b"eXIf", b"acsp"))
    assert not Image.open(io.BytesIO(written)).getexif()


@pytest.mark.parametrize("name", ["out.gif", "out", "out.tar.gz", ".png", "out.png.txt"])
def test_other_endings_are_refused_with_the_valid_ones(tmp_path: Path, name: str) -> None:
    for refuse in (check_output, lambda path: save(gradient(), path)):
        with pytest.raises(OutputError, match=r"\.png, \.jpg, \.jpeg, \.webp"):
            refuse(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(OutputError, match="gif can't be written; use one of png, jpeg, webp"):
        encode(gradient(), "gif")


def test_bad_places_for_the_output_are_refused_beforehand(tmp_path: Path) -> None:
    check_output(tmp_path / "out.PNG")
    assert not list(tmp_path.iterdir())
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    for place, words in {
        tmp_path / "folder.png": "is a folder",
        tmp_path / "nowhere" / "a.png": "nowhere doesn't exist; create it first",
        tmp_path / "file" / "a.png": "file doesn't exist",
        Path("/proc/a.png"): "can't be written",
        tmp_path / ("x" * 5000) / "a.png": "can't be written",
        tmp_path / ("x" * 300 + ".png"): "can't be written",
        tmp_path / "a\0.png": "can't be written",
    }.items():
        with pytest.raises(OutputError, match=words) as caught:
            save(gradient(), place)
        assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"folder.png", "file"}


def test_a_failed_save_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a.png").write_bytes(b"an older result")
    monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
    with pytest.raises(OutputError, match="No space left"):
        save(gradient(), tmp_path / "a.png")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"an older result"


def test_saving_replaces_an_older_result_and_heeds_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"an older result")
    plain = path.stat().st_mode
    save(gradient(), path)
    assert check(path).format == "PNG"
    assert path.stat().st_mode == plain
