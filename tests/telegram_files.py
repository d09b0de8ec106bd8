"""The files that Telegram keeps, and the sizes in which it offers a photo."""

from __future__ import annotations

import io
import mimetypes
from dataclasses import dataclass

from PIL import Image
from tests.telegram_limits import Json, bad

SIZES = (90, 320, 800, 1280, 2560)  # the longer side of each copy of a photo


@dataclass(frozen=True)
class Upload:
    data: bytes
    name: str = "file"
    mime: str = "application/octet-stream"


@dataclass(frozen=True)
class StoredFile:
    file_id: str
    unique_id: str
    path: str
    upload: Upload

    @property
    def data(self) -> bytes:
        return self.upload.data

    def json(self) -> Json:
        ids = {"file_id": self.file_id, "file_unique_id": self.unique_id}
        return {**ids, "file_size": len(self.data)}


def scaled(picture: Image.Image, side: int) -> bytes:
    """Encode a copy whose longer side is at most side pixels, as Telegram does."""
    copy = picture.convert("RGB")
    copy.thumbnail((side, side))
    jpeg = io.BytesIO()
    copy.save(jpeg, "JPEG", quality=87)
    return jpeg.getvalue()


class Files:
    def __init__(self, first: int = 1) -> None:
        self._next = first
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def keep(self, upload: Upload, folder: str, ending: str = "") -> StoredFile:
        """Store a file.

        Its file_id is as long as Telegram's: it does not fit into callback_data.
        """
        number, self._next = self._next, self._next + 1
        file = StoredFile(
            f"AgACAgIAAxkBAAI{number:057d}",
            f"AQAD{number:012d}",
            f"{folder}/file_{number}{ending}",
            upload,
        )
        self._by_id[file.file_id] = self._by_path[file.path] = file
        return file

    def photo(self, data: bytes) -> list[Json]:
        """Store a photo in its sizes, smallest first; return its PhotoSizes.

        The largest copy keeps the bytes as they came unless the photo is larger than Telegram
        keeps photos. (Telegram encodes it again in either case.)
        """
        with Image.open(io.BytesIO(data)) as picture:
            side = max(picture.size)
            copies = [scaled(picture, size) for size in SIZES if size < side]
        if side <= SIZES[-1]:
            copies.append(data)
        return [self._size(copy) for copy in copies]

    def _size(self, data: bytes) -> Json:
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
        file = self.keep(Upload(data), "photos", ".jpg")
        return {**file.json(), "width": width, "height": height}

    def document(self, upload: Upload) -> Json:
        ending = mimetypes.guess_extension(upload.mime) or ""
        file = self.keep(upload, "documents", ending)
        return {**file.json(), "file_name": upload.name, "mime_type": upload.mime}

    def with_id(self, file_id: str) -> StoredFile:
        if file_id not in self._by_id:
            raise bad("invalid file_id")
        return self._by_id[file_id]

    def at(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)
