"""The files that Telegram keeps, and the sizes in which it offers a photo."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image
from tests.telegram_limits import Json

SIZES = (90, 320, 800, 1280, 2560)  # the longer side of each copy of a photo


class Upload(NamedTuple):
    data: bytes
    name: str
    mime: str


@dataclass(frozen=True)
class StoredFile:
    number: int
    path: str
    data: bytes

    @property
    def id(self) -> str:
        return f"AgACAgIAAxkBAAI{self.number:057d}"  # too long for callback_data, as Telegram's

    def json(self) -> Json:
        ids = {"file_id": self.id, "file_unique_id": f"AQAD{self.number:012d}"}
        return {**ids, "file_size": len(self.data)}


class Files:
    def __init__(self) -> None:
        self.stored: list[StoredFile] = []

    def keep(self, data: bytes, folder: str) -> StoredFile:
        number = len(self.stored)
        self.stored.append(StoredFile(number, f"{folder}/file_{number}", data))
        return self.stored[-1]

    def photo(self, data: bytes) -> list[Json]:
        """Store a photo in its sizes and return its PhotoSizes, smallest first.

        The largest copy keeps the bytes as they came unless the photo is larger than Telegram
        keeps photos. (Telegram encodes it again in either case.)
        """
        with Image.open(io.BytesIO(data)) as picture:
            side = max(picture.size)
            copies = [_scaled(picture, size) for size in SIZES if size < side]
        return [self._size(copy) for copy in [*copies, *[data] * (side <= SIZES[-1])]]

    def _size(self, data: bytes) -> Json:
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
        return {**self.keep(data, "photos").json(), "width": width, "height": height}

    def document(self, upload: Upload) -> Json:
        file = self.keep(upload.data, "documents")
        return {**file.json(), "file_name": upload.name, "mime_type": upload.mime}


def _scaled(picture: Image.Image, side: int) -> bytes:
    copy = picture.convert("RGB")
    copy.thumbnail((side, side))
    jpeg = io.BytesIO()
    copy.save(jpeg, "JPEG", quality=87)
    return jpeg.getvalue()
