"""The sample paintings, from which somebody may choose who has only a photo."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

from PIL import Image
from telegram import Bot, InputMediaPhoto

from artstyle.bot.address import Address
from artstyle.bot.sending import deliver

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
FEWEST, MOST = 2, 10  # pictures that Telegram takes as an album
NAME_BYTES = 50
SHOWN = 800  # px


class Samples:
    def __init__(self, folder: Path | None) -> None:
        found = sorted(folder.iterdir()) if folder and folder.is_dir() else []
        usable = [path for path in found if path.suffix.lower() in ENDINGS and _is_short(path.stem)]
        self.paths = {path.stem: path for path in usable[:MOST]}
        self._sent: list[str] = []  # Telegram's ids of the pictures, once they were sent

    async def show(self, bot: Bot, to: Address) -> None:
        """Send the paintings as an album, with their names; a single one makes no album."""
        if len(self.paths) < FEWEST:
            return
        pictures: list[str | bytes] = [*self._sent]
        if not pictures:
            pictures = await asyncio.to_thread(lambda: [*map(_small, self.paths.values())])
        titles = map(title, self.paths)
        media = [InputMediaPhoto(each, name) for each, name in zip(pictures, titles, strict=True)]
        sent = await deliver(
            lambda: bot.send_media_group(to.chat, media, message_thread_id=to.thread), address=to
        )
        self._sent = [each.photo[-1].file_id for each in sent or ()]


def _is_short(name: str) -> bool:
    """Whether a name fits into a button's data, of which a colon ends a part."""
    return len(name.encode()) <= NAME_BYTES and ":" not in name


def title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _small(path: Path) -> bytes:
    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.thumbnail((SHOWN, SHOWN))
        image.convert("RGB").save(buffer, "jpeg", quality=85)
    return buffer.getvalue()
