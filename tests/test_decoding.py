"""Pictures checked and stored in child processes: what is stored, limits, and fairness."""

import asyncio
import io
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from PIL import Image
from tests.hostile import flat_png
from tests.jobs import picture, sixteen_bits
from tests.pictures import exif, pillow

from artstyle.errors import (
    MaskBlack,
    PictureDamaged,
    PictureEmpty,
    PictureError,
    PictureHalf,
    PictureMemory,
    PictureSlow,
    PictureUnknown,
    QueueClosing,
)
from artstyle.jobs.decoding import DecodeLimits, DecodePool
from artstyle.jobs.files import JobFiles
from artstyle.pictures import read
from artstyle.pictures.decoder import THUMB, VIEW

PHOTO = picture(1)
SHORT = DecodeLimits(seconds=0.3, quick=0.1)
PATIENT = DecodeLimits(seconds=60, quick=30)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="macOS has no such limit")


@asynccontextmanager
async def pool(limits: DecodeLimits | None = None) -> AsyncIterator[DecodePool]:
    opened = DecodePool(limits or DecodeLimits())
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    (tmp_path / "job").mkdir()
    return JobFiles(tmp_path / "job")


def children() -> list[psutil.Process]:
    """The decoders of this process that live."""
    return [each for each in psutil.Process().children() if _decodes(each)]


def _decodes(process: psutil.Process) -> bool:
    try:
        return "artstyle.pictures.decoder" in process.cmdline()
    except psutil.Error:  # it ends
        return False


async def stopped(decoders: DecodePool) -> psutil.Process:
    """Start a child and stop it, so that it decodes nothing."""
    before = {each.pid for each in children()}
    await decoders.warm()
    (child,) = [each for each in children() if each.pid not in before]
    child.send_signal(signal.SIGSTOP)
    return child


# What is stored


@pytest.mark.parametrize(
    "data",
    [
        picture(1, 900, 1800),
        picture(1, 2400, 3000, ".jpg"),  # larger than any level of a job needs
        sixteen_bits(70, 90),
        picture(2, 72, 96, ".webp"),
    ],
)
async def test_the_stored_pixels_are_those_of_the_file(files: JobFiles, data: bytes) -> None:
    async with pool() as decoders:
        size = await decoders.store("ann", "content", data, files)
    stored = read.decode(files.source("content"))
    assert np.array_equal(stored, read.decode(data))
    assert (size.height, size.width) == stored.shape[:2]


async def test_pictures_to_look_at_are_small_jpegs(files: JobFiles) -> None:
    async with pool() as decoders:
        await decoders.store("ann", "content", picture(1, 900, 1800), files)
        await decoders.store("ann", "style", picture(2, 80, 64), files)
    view, thumb = map(Image.open, files.views("content"))
    assert (view.size, thumb.size) == ((VIEW, VIEW // 2), (THUMB, THUMB // 2))
    assert view.format == thumb.format == "JPEG"
    assert [Image.open(path).size for path in files.views("style")] == [(64, 80)] * 2  # as it is


async def test_a_mask_is_shown_as_it_is_read_black_where_it_is_transparent(files: JobFiles) -> None:
    pixels = np.full((40, 60, 4), 255, np.uint8)
    pixels[:, :30, 3] = 0
    data = cv2.imencode(".png", pixels)[1].tobytes()
    async with pool() as decoders:
        await decoders.store("ann", "mask", data, files)
        with pytest.raises(MaskBlack) as refused:
            black = cv2.imencode(".png", pixels[:, :30])[1].tobytes()
            await decoders.store("ann", "style_mask_4", black, files)
        assert refused.value.role == "style_mask_4"
    assert (read.decode(files.source("mask")) == pixels).all()
    shown = read.decode(files.views("mask")[0])
    assert shown[:, :28].max() < 8 and shown[:, 32:].min() > 247


async def test_a_picture_is_turned_upright_and_loses_its_metadata(files: JobFiles) -> None:
    red = Image.new("RGB", (80, 70), (200, 0, 0))
    turned = pillow(red, "JPEG", exif=exif(6), comment=b"secret")
    async with pool() as decoders:
        size = await decoders.store("ann", "content", turned, files)
    assert (size.height, size.width) == (80, 70)
    for path in (files.source("content"), *files.views("content")):
        image = Image.open(io.BytesIO(path.read_bytes()))
        assert b"secret" not in path.read_bytes() and not image.getexif()
        assert image.size == (70, 80)
        pixel = image.getpixel((3, 3))
        assert isinstance(pixel, tuple) and pixel[0] > 190 and max(pixel[1:]) < 10


# What is refused


@pytest.mark.parametrize(
    ("data", "error"), [(b"", PictureEmpty), (b"hello", PictureUnknown), (PHOTO[:60], PictureHalf)]
)
async def test_a_bad_picture_is_refused_as_it_would_be_here(
    data: bytes, error: type[PictureError], files: JobFiles
) -> None:
    async with pool() as decoders:
        with pytest.raises(error) as told:
            await decoders.store("ann", "style", data, files)
        assert told.value.role == "style"
        assert await decoders.store("ann", "content", PHOTO, files)
    assert not files.source("style").exists()


async def test_what_cant_be_written_is_the_systems_error(tmp_path: Path) -> None:
    async with pool() as decoders:
        with pytest.raises(FileNotFoundError, match="No such file"):
            await decoders.store("ann", "content", PHOTO, JobFiles(tmp_path / "none"))


@linux
async def test_a_picture_that_needs_too_much_memory_is_refused(files: JobFiles) -> None:
    async with pool(DecodeLimits(memory=80_000_000)) as decoders:
        with pytest.raises(PictureMemory):
            await decoders.store("ann", "content", flat_png(4000, 4000), files)
        assert await decoders.store("ann", "content", flat_png(1000, 1000), files)


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGKILL, PictureMemory), (signal.SIGSEGV, PictureDamaged)]
)
async def test_the_end_of_a_child_is_the_pictures_error(
    number: int, error: type[PictureError]
) -> None:
    async with pool() as decoders:
        child = await stopped(decoders)
        asked = asyncio.create_task(decoders.check("ann", "content", PHOTO))
        await asyncio.sleep(0)
        child.send_signal(number)
        with suppress(psutil.NoSuchProcess):  # it may have been waited for already
            child.send_signal(signal.SIGCONT)
        with pytest.raises(error):
            await asked
        await decoders.check("ann", "content", PHOTO)  # another child


async def test_a_child_that_ends_between_pictures_is_replaced() -> None:
    """The kernel may choose it when memory runs out."""
    async with pool() as decoders:
        await decoders.warm()
        (child,) = children()
        child.kill()
        assert not psutil.wait_procs([child], timeout=5)[1]
        await decoders.check("ann", "content", PHOTO)


# Time


async def test_a_picture_that_takes_too_long_is_given_up_and_the_next_one_is_not() -> None:
    async with pool(SHORT) as decoders:
        child = await stopped(decoders)
        with pytest.raises(PictureSlow) as told:
            await decoders.check("ann", "content", PHOTO)
        assert told.value.role == "content"
        assert not psutil.wait_procs([child], timeout=5)[1]
    async with pool() as decoders:
        await decoders.check("ann", "content", PHOTO)


async def test_a_slow_picture_delays_its_owner_alone(files: JobFiles) -> None:
    async with pool(PATIENT) as decoders:
        child = await stopped(decoders)
        slow = asyncio.create_task(decoders.check("ann", "content", PHOTO))
        await asyncio.sleep(0)
        own = asyncio.create_task(decoders.check("ann", "style", PHOTO))
        await decoders.store("bob", "content", PHOTO, files)
        assert not slow.done() and not own.done()
        child.send_signal(signal.SIGCONT)
        await asyncio.gather(slow, own)


async def test_slow_pictures_leave_their_places_to_others(files: JobFiles) -> None:
    """As many as there are places, and one more."""
    async with pool(DecodeLimits(seconds=60, quick=0.5)) as decoders:
        asked = []
        for owner in ("ann", "bea", "cat"):
            await stopped(decoders)
            asked.append(asyncio.create_task(decoders.check(owner, "content", PHOTO)))
            await asyncio.sleep(0)
        await decoders.store("bob", "content", PHOTO, files)
        assert not all(each.done() for each in asked)
        for child in children():
            child.send_signal(signal.SIGCONT)
        await asyncio.gather(*asked)  # those that were interrupted have started over


# The end


async def test_closing_ends_every_child_at_once_and_tells_those_who_wait() -> None:
    async with pool(PATIENT) as decoders:
        await stopped(decoders)
        asked = asyncio.create_task(decoders.check("ann", "content", PHOTO))
        behind = asyncio.create_task(decoders.check("ann", "style", PHOTO))
        await asyncio.sleep(0)
        await decoders.warm()
        processes = children()
        assert len(processes) == 2
        decoders.close()
        for each in (asked, behind):
            with pytest.raises(QueueClosing):
                await each
        assert not psutil.wait_procs(processes, timeout=5)[1]
        with pytest.raises(QueueClosing):
            await decoders.check("ann", "content", PHOTO)


async def test_who_no_longer_waits_frees_the_child() -> None:
    async with pool(PATIENT) as decoders:
        child = await stopped(decoders)
        asked = asyncio.create_task(decoders.check("ann", "content", PHOTO))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert not psutil.wait_procs([child], timeout=5)[1]


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, signal\n"
        "from artstyle.jobs.decoding import DecodeLimits, DecodePool\n"
        "async def main():\n"
        "    decoders = DecodePool(DecodeLimits())\n"
        "    await decoders.warm()\n"
        "    (child,) = decoders._children\n"
        "    print(child._process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    assert ended.returncode == -signal.SIGKILL
    pid = int(ended.stdout)
    if psutil.pid_exists(pid):
        assert not psutil.wait_procs([psutil.Process(pid)], timeout=10)[1]
