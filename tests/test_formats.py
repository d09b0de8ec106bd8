"""What a header is refused for, and what refusals say."""

import errno
import io
import os
import random
import resource
import struct
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from PIL import Image
from tests.pictures import REAL, ROOT, chunk, exif, is_picture, pillow, quadrants, refusal, tiff

from artstyle.errors import PictureError
from artstyle.pictures.formats import format_of
from artstyle.pictures.read import check, load

# Limits


def claiming(kind: str, width: int, height: int) -> bytes:
    """Rewrite the header of a small file so that it claims another size."""
    data = bytearray(REAL[kind])
    if kind == "PNG":
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return bytes(data[:8]) + chunk(b"IHDR", header) + chunk(b"IDAT", b"")
    if kind == "JPEG":
        start = data.index(b"\xff\xc0") + 5
        data[start : start + 4] = struct.pack(">HH", height, width)
    elif kind == "GIF":
        data[6:10] = struct.pack("<HH", width, height)
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", width, height)
    elif kind == "WebP lossy":
        data[26:30] = struct.pack("<HH", width, height)
    else:
        return tiff(quadrants(), t256=[width], t257=[height])
    return bytes(data)


@pytest.mark.parametrize("side", [15820, 20000])  # Pillow warns, Pillow raises
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WebP lossy"])
def test_bombs_are_refused_by_their_header(kind: str, side: int) -> None:
    side = min(side, 16383)
    data = claiming(kind, side, side)
    assert len(data) < 5000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = refusal(data)
    assert message.startswith("the photo has more than 250 megapixels")


def test_what_pillow_finds_large_and_we_dont_passes_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check(claiming("PNG", 10000, 25000)).width == 10000
    assert "megapixels" in refusal(claiming("PNG", 10001, 25000))


def test_pillows_grumbles_about_damaged_exif_reach_nobody() -> None:
    data = pillow(quadrants(), "JPEG", exif=exif(6)[:-6])
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        Image.open(io.BytesIO(data)).getexif()
        assert len(seen) == 1
        assert is_picture(load(data))
        assert len(seen) == 1


def test_pillows_own_limits_are_left_to_others() -> None:
    load(REAL["PNG"])
    with pytest.warns(Image.DecompressionBombWarning):
        Image.open(io.BytesIO(claiming("PNG", 10000, 10000)))


@pytest.mark.parametrize("size", [(1, 1), (15, 15), (3, 2000), (2000, 15)])
def test_tiny_pictures_are_refused(size: tuple[int, int]) -> None:
    message = refusal(pillow(Image.new("RGB", size), "PNG"))
    assert f"{size[0]} × {size[1]}" in message and "16" in message


def test_ribbons_are_refused_and_the_limits_themselves_arent() -> None:
    message = refusal(pillow(Image.new("RGB", (16, 321)), "PNG"))
    assert "16 × 321" in message and "20 times" in message
    assert load(pillow(Image.new("RGB", (320, 16)), "PNG")).shape == (1, 3, 16, 320)
    assert load(pillow(Image.new("RGB", (16, 16)), "PNG")).shape == (1, 3, 16, 16)


# Refusals


def test_a_missing_file_is_named_with_its_path(tmp_path: Path) -> None:
    message = refusal(tmp_path / "nowhere" / "a.jpg")
    assert message.startswith("a.jpg doesn't exist")
    assert str(tmp_path / "nowhere") in message


def test_folders_empty_files_and_pipes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refusal(tmp_path).startswith(f"{tmp_path.name} is a folder or a device")
    assert refusal(tmp_path / "empty.jpg").startswith("empty.jpg is empty")
    assert refusal(tmp_path / "pipe.jpg").startswith("pipe.jpg is a folder or a device")
    assert refusal(b"").startswith("the photo is empty")
    assert refusal(io.BytesIO(b"")).startswith("the photo is empty")


def test_denied_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jpg").write_bytes(REAL["JPEG"])

    def deny(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", deny)  # root, who runs tests, may read anything
    assert refusal(tmp_path / "a.jpg").startswith(
        "a.jpg can't be read (permission denied); check its permissions"
    )


@pytest.mark.parametrize("path", ["a\0b.jpg", "x" * 300 + ".jpg", "\ud800/\n.jpg", ""])
def test_impossible_paths_are_refused_on_one_encodable_line(path: str) -> None:
    assert refusal(path).encode()


def test_text_is_refused() -> None:
    message = refusal(b"Dear diary, " * 100)
    assert "supported format (JPEG, PNG, WebP, AVIF, HEIC, TIFF, BMP, GIF); save it" in message


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "CR3 (camera raw)"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "MP4 or MOV (a video)"),
        (b"II*\0\x10\0\0\0CR\2\0", "CR2 (camera raw)"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!DOCTYPE html>\n<html>", "HTML (a web page)"),
        (b"%PDF-1.7\n", "PDF"),
        (b"8BPS\0\1", "PSD (Photoshop)"),
        (b"\0\0\1\0\1\0", "ICO"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\xff\x0a\xfa", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x4f\xff\x51\0", "JPEG 2000"),
    ],
)
def test_other_formats_are_called_by_their_name(head: bytes, name: str) -> None:
    told = f"the photo is in the format {name}, which isn't supported; save it as JPEG or PNG"
    assert refusal(head + bytes(100)) == told


def test_pillows_own_samples_of_other_formats_are_recognised() -> None:
    image = Image.fromarray(quadrants())
    samples = {"AVIF": "AVIF", "JPEG2000": "JPEG 2000", "PDF": "PDF", "ICO": "ICO", "EPS": "EPS"}
    for kind, name in samples.items():
        assert format_of(pillow(image, kind)[:4096]) == name


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "AVIF"),
    ],
)
def test_brands_tell_avif_from_heic(head: bytes, name: str) -> None:
    assert format_of(head) == name


def test_heic_without_its_package_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    told = refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    assert told.startswith("the photo is in the format HEIC, as iPhones save photos")
    assert told.endswith("save it as JPEG, or install requirements-heif.txt")


@pytest.mark.parametrize(
    "kind", ["JPEG", "PNG", "WebP", "TIFF", "TIFF LZW", "BMP", "GIF", "PNG 16"]
)
def test_a_quarter_of_a_file_is_refused(kind: str) -> None:
    data = REAL[kind][: len(REAL[kind]) // 4]
    assert refusal(data).startswith(("the photo is damaged", "the photo is cut off: only"))


@pytest.mark.parametrize("kind", REAL)
def test_damaged_files_load_or_are_refused_and_nothing_else(kind: str) -> None:
    chance, data = random.Random(kind), REAL[kind]
    cuts = [data[: len(data) * part // 40] for part in range(40)] + [data[:-12], data]
    outcomes = {attempt(cut) for cut in cuts} | {attempt(flipped(data, chance)) for _ in range(80)}
    assert outcomes == {True, False}  # some load, some are refused; what else is raised fails


def test_a_false_chunk_length_reserves_no_memory() -> None:
    """OpenCV takes 2 GB for this, and seconds, before it finds the file too short."""
    data = REAL["PNG 16"]
    start = data.index(b"IDAT")
    false = data[: start - 4] + struct.pack(">I", 2_000_000_000) + data[start:]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert is_picture(load(false))  # all its pixels are there
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kB


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Change 1 to 4 bytes, half of them in the header."""
    broken = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        end = min(len(data), 100) if chance.random() < 0.5 else len(data)
        broken[chance.randrange(end)] = chance.randrange(256)
    return bytes(broken)


def attempt(data: bytes) -> bool:
    try:
        picture = load(data)
    except PictureError as error:
        assert "\n" not in str(error)
        return False
    assert is_picture(picture)
    assert check(data).width == picture.shape[3]
    return True


def test_checking_needs_no_torch(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(REAL["PNG"])
    code = (
        "import sys; from artstyle.pictures.read import check; "
        "from artstyle.pictures.save import check_output; "
        f"check({str(path)!r}); check_output({str(path)!r}); sys.exit('torch' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "ast")}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
