"""PNG's chunks: what is left out, what stays an error, and what is completed."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from tests.pictures import HEIGHT, REAL, WIDTH, chunk, exif, noise, pillow, png, quadrants, srgb

from artstyle.errors import (
    PictureDamaged,
    PictureHalf,
    PictureSlow,
    PictureTooLarge,
    PictureUnsupported,
)
from artstyle.pictures.png import CHUNKS, PROFILE, SIGNATURE, clean
from artstyle.pictures.read import decode, examine, read_metadata

PNG = REAL["PNG"]
ANCILLARY = (b"pHYs", b"tIME", b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"bKGD", b"eXIf", b"vpAg")


def with_chunk(data: bytes, new: bytes) -> bytes:
    """Insert a chunk before the first with pixels."""
    place = data.index(b"IDAT") - 4
    return data[:place] + new + data[place:]


def false(kind: bytes, content: bytes) -> bytes:
    """A chunk with a wrong checksum."""
    return chunk(kind, content)[:-4] + b"\1\2\3\4"


def kinds(data: bytes) -> list[bytes]:
    place, found = 8, []
    while place < len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        found.append(kind)
        place += 12 + length
    return found


@pytest.mark.parametrize("kind", ANCILLARY)
def test_an_ancillary_chunk_with_a_wrong_checksum_is_ignored(kind: bytes) -> None:
    data = with_chunk(PNG, false(kind, bytes(9)))
    assert np.array_equal(decode(data), quadrants())
    assert kinds(clean(data).data) == [b"IHDR", b"IDAT", b"IEND"]


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"PLTE"])
def test_a_critical_chunk_with_a_wrong_checksum_is_an_error(kind: bytes) -> None:
    data = REAL["PNG palette"]
    place = data.index(kind)
    end = place + 4 + struct.unpack(">I", data[place - 4 : place])[0]
    with pytest.raises(PictureDamaged):
        decode(data[:end] + b"\1\2\3\4" + data[end + 4 :])


def test_long_texts_are_left_out_and_ours_stays() -> None:
    packed = zlib.compress(bytes(3_000_000))
    long = chunk(b"zTXt", b"workflow\0\0" + packed) + chunk(b"iTXt", b"x\0\1\0\0\0" + packed)
    ours = chunk(b"tEXt", b'artstyle\0{"seed": 7}')
    data = with_chunk(PNG, long + ours + chunk(b"tEXt", b"Author\0somebody"))
    assert np.array_equal(decode(data), quadrants())
    assert read_metadata(data) == {"seed": 7}
    assert kinds(clean(data).data).count(b"tEXt") == 1


def test_a_profile_is_read_up_to_a_bound() -> None:
    padded = srgb() + bytes(3_000_000)
    for profile, read in ((padded, padded), (bytes(PROFILE + 1), None)):
        content = b"name\0\0" + zlib.compress(profile)
        assert clean(with_chunk(PNG, chunk(b"iCCP", content))).profile == read


@pytest.mark.parametrize("content", [b"", b"name", b"name\0\0garbage", b"name\0\0"])
def test_a_broken_profile_is_ignored(content: bytes) -> None:
    data = with_chunk(PNG, chunk(b"iCCP", content))
    assert clean(data).profile is None
    assert np.array_equal(decode(data), quadrants())


def test_colours_after_the_pixels_dont_count() -> None:
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    assert clean(with_chunk(PNG, gamma)).space is not None
    assert clean(PNG[:-12] + gamma + PNG[-12:]).space is None


def test_exif_and_transparency_are_kept() -> None:
    data = with_chunk(PNG, chunk(b"eXIf", exif(6)[6:]) + chunk(b"tRNS", bytes(6)))
    assert kinds(clean(data).data) == [b"IHDR", b"eXIf", b"tRNS", b"IDAT", b"IEND"]
    assert decode(data).shape[:2] == (WIDTH, HEIGHT)


def test_animations_show_their_first_picture() -> None:
    frames = [Image.fromarray(quadrants()), Image.new("RGB", (WIDTH, HEIGHT))]
    data = pillow(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert b"acTL" in data
    assert np.array_equal(decode(data), quadrants())


def test_what_isnt_a_png_of_the_web_is_named() -> None:
    with pytest.raises(PictureUnsupported, match="iOS"):
        decode(SIGNATURE + chunk(b"CgBI", bytes(4)) + PNG[8:])


def test_a_flood_of_chunks_is_refused() -> None:
    with pytest.raises(PictureSlow):
        clean(with_chunk(PNG, chunk(b"vpAg", b"") * CHUNKS))


# Cut off


def rows_of(data: bytes, rows: int) -> bytes:
    """A PNG without a filter, cut off after so many rows and half of the next."""
    header = data[: data.index(b"IDAT") - 4]
    unpacked = zlib.decompress(b"".join(_idats(data)))
    stride = len(unpacked) // HEIGHT
    packer = zlib.compressobj(0)  # stored as it is
    body = packer.compress(unpacked[: rows * stride + stride // 2])
    body += packer.flush(zlib.Z_SYNC_FLUSH)
    return header + struct.pack(">I", len(body) + 999) + b"IDAT" + body


def _idats(data: bytes) -> list[bytes]:
    place, found = 8, []
    while place < len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        found += [data[place + 8 : place + 8 + length]] if kind == b"IDAT" else []
        place += 12 + length
    return found


@pytest.mark.parametrize("deep", [False, True])
def test_what_there_is_of_a_png_is_taken_and_the_rest_is_counted(deep: bool) -> None:
    pixels = noise() if deep else noise().astype(np.uint8)
    data = png(pixels, 2) if deep else pillow(pixels, "PNG")
    for rows in range(HEIGHT // 2, HEIGHT):
        taken = examine(rows_of(data, rows))
        assert taken.missing == pytest.approx(1 - rows / HEIGHT)
        assert np.array_equal(taken.pixels[:rows], pixels[:rows])
        assert not taken.pixels[rows:].any()
    with pytest.raises(PictureHalf) as refused:
        examine(rows_of(data, HEIGHT // 2 - 1))
    assert refused.value.percent == 45


def test_a_png_without_its_end_lacks_nothing() -> None:
    taken = examine(PNG[:-12])
    assert np.array_equal(taken.pixels, quadrants())
    assert taken.missing == 0


def interlaced(pixels: np.ndarray) -> bytes:
    """An 8-bit RGB PNG by Adam7."""
    raw = b""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    for left, top, across, down in [*passes, (0, 1, 1, 2)]:
        raw += b"".join(b"\0" + row.tobytes() for row in pixels[top::down, left::across])
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 1))
    return SIGNATURE + header + chunk(b"IDAT", zlib.compress(raw, 0)) + chunk(b"IEND", b"")


def test_of_an_interlaced_png_all_but_the_last_pass_is_needed() -> None:
    pixels = noise().astype(np.uint8)
    data = interlaced(pixels)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)
    row = 1 + 3 * WIDTH
    last = len(data) - 12 - 8  # where the last pass ends: before a checksum of both kinds
    taken = examine(data[: last - 4 * row - 3])  # four rows and a bit of the ten odd ones
    assert taken.missing == pytest.approx(5 / HEIGHT)
    assert np.array_equal(taken.pixels[::2], pixels[::2])
    assert np.array_equal(taken.pixels[1:10:2], pixels[1:10:2])
    assert np.array_equal(taken.pixels[11::2], pixels[10::2])  # the row above
    with pytest.raises(PictureHalf):
        examine(data[: last - 10 * row - 3])


@pytest.mark.parametrize("more", [-4, 6])
def test_pixels_of_which_none_are_there_are_refused(more: int) -> None:
    with pytest.raises(PictureHalf, match="only 0 %"):
        examine(PNG[: PNG.index(b"IDAT") + more])


def test_a_false_size_is_refused_before_anything_is_filled_up() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 16, 6, 0, 0, 0))
    with pytest.raises(PictureTooLarge):
        examine(SIGNATURE + header + PNG[PNG.index(b"IDAT") - 4 : -20])
