"""What Telegram refuses, and in which words; the numbers are those of core.telegram.org/bots/api.

Where it counts "characters", this counts UTF-16 code units: never fewer, so what passes here
passes there.
"""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image, UnidentifiedImageError

Json = dict[str, Any]

MB = 1024 * 1024
TEXT, CAPTION, ANSWER, DESCRIPTION = 4096, 1024, 200, 256
ALBUM = 2, 10  # at least, at most
CALLBACK_DATA = 64  # bytes
PHOTO_BYTES, UPLOAD_BYTES, DOWNLOAD_BYTES = 10 * MB, 50 * MB, 20 * MB
PHOTO_SIDES, PHOTO_RATIO = 10_000, 20
SAME = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)


class ApiError(Exception):
    """An answer with "ok": false."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters

    def json(self) -> Json:
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad(description: str) -> ApiError:
    return ApiError(400, f"Bad Request: {description}")


def too_many(seconds: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_text(text: str, *, edited: bool = False) -> None:
    if not text:
        raise bad("message text is empty")
    if utf16(text) > TEXT:
        raise bad("MESSAGE_TOO_LONG" if edited else "message is too long")


def check_photo(data: bytes) -> None:
    if len(data) > PHOTO_BYTES:
        raise bad(f"file of size {len(data)} bytes is too big for a photo")
    try:
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
            picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise bad("IMAGE_PROCESS_FAILED") from None
    ratio = max(width, height) / min(width, height)
    if width + height > PHOTO_SIDES or ratio > PHOTO_RATIO:
        raise bad("PHOTO_INVALID_DIMENSIONS")


def check_keyboard(markup: Json | None) -> None:
    for row in markup["inline_keyboard"] if markup else []:
        for button in row:
            if not 1 <= len(button["callback_data"].encode()) <= CALLBACK_DATA:
                raise bad("BUTTON_DATA_INVALID")


def check_commands(commands: list[Json]) -> None:
    for command in commands:
        if not re.fullmatch("[a-z0-9_]{1,32}", command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= utf16(command["description"]) <= DESCRIPTION:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
