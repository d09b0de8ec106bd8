"""The command line, the lab's API and the bot make the same picture, byte for byte."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.bot import ended, running
from tests.commandline import run
from tests.lab_app import form, lab
from tests.pictures import png
from tests.telegram_people import Document
from tests.telegram_server import Telegram

from artstyle.jobs import EventKind, ThreadEngine
from artstyle.settings import PRESETS, Preset

TINY: Mapping[str, Any] = {
    "levels": 1,
    "base_size": 64,
    "iterations": 3,
    "network": "vgg16",
    "device": "cpu",
}


def smooth(height: int, width: int, seed: int) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """A 16-bit picture (H, W, 3) without noise."""
    coarse = np.random.default_rng(seed).integers(0, 65536, (6, 8, 3)).astype(np.uint16)
    return np.asarray(cv2.resize(coarse, (width, height)), np.uint16)


def eight(pixels: np.ndarray[Any, Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray((pixels >> 8).astype(np.uint8)).save(buffer, **options)
    return buffer.getvalue()


PHOTOS = {
    "JPEG": eight(smooth(72, 96, 1), format="JPEG", quality=90),
    "16 bits": png(smooth(72, 96, 2), 2),
    "wider than 2000 px": eight(smooth(150, 2200, 3), format="PNG"),
    "alpha": eight(np.dstack([smooth(72, 96, 4), smooth(72, 96, 5)[..., :1]]), format="PNG"),
}
PAINTING = eight(smooth(80, 64, 6), format="WEBP", lossless=True)


def engine() -> ThreadEngine:
    return ThreadEngine({"cpu": 1, "cuda": 1, "mps": 1}, large_levels=3)


def by_command_line(folder: Path, photo: bytes) -> bytes:
    for name, data in (("photo", photo), ("painting", PAINTING)):
        (folder / name).write_bytes(data)
    out = folder / "out.png"
    assert run(folder / "photo", folder / "painting", "-o", out, "--preset", "tiny") == 0
    return out.read_bytes()


async def by_api(folder: Path, photo: bytes) -> bytes:
    async with lab(folder, engine()) as it:
        fields = form(content=photo, style=PAINTING, preset="tiny", seed=0)
        made = await it.json("POST", "/api/jobs", 201, data=fields)
        job = it.queue.get(made["id"])
        assert job is not None
        assert [event.kind async for event in job.events()][-1] is EventKind.DONE
        async with it.client.get(f"/api/jobs/{job.id}/result") as answer:
            return await answer.read()


async def by_bot(folder: Path, photo: bytes) -> bytes:
    async with Telegram() as telegram, running(telegram, folder, engine(), defaults=TINY):
        ann = telegram.user(7)
        await ann.sends_album(
            [Document(photo, "a.png", "image/png"), Document(PAINTING, "b.webp", "image/webp")]
        )
        await ann.chat.until(ended, seconds=90)
        (file,) = ann.chat.documents
        assert file.document is not None
        return file.document


@pytest.mark.parametrize("kind", PHOTOS)
async def test_every_way_in_gives_the_same_bytes(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRESETS, "tiny", Preset("Tiny", "For tests.", TINY))
    for name in ("cli", "lab", "bot"):
        (tmp_path / name).mkdir()
    expected = by_command_line(tmp_path / "cli", PHOTOS[kind])
    assert expected.startswith(b"\x89PNG")
    assert await by_api(tmp_path / "lab", PHOTOS[kind]) == expected
    assert await by_bot(tmp_path / "bot", PHOTOS[kind]) == expected
