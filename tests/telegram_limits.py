"""What Telegram refuses, and with which words.

The numbers are those of core.telegram.org/bots/api. Where it counts "characters", this counts
UTF-16 code units: never fewer, so what passes here passes there.
"""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image, UnidentifiedImageError

Json = dict[str, Any]

MB = 1024 * 1024
TEXT, CAPTION, ANSWER = 4096, 1024, 200
CALLBACK_DATA = 64  # bytes
PHOTO_BYTES, UPLOAD_BYTES, DOWNLOAD_BYTES = 10 * MB, 50 * MB, 20 * MB
PHOTO_SIDES, PHOTO_RATIO = 10_000, 20
COMMANDS, DESCRIPTION = 100, 256
ALBUM = range(2, 11)

BUTTON = {"text", "callback_data"}  # a button could do other things, which the bot doesn't use
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


def forbidden(description: str) -> ApiError:
    return ApiError(403, f"Forbidden: {description}")


def too_many(seconds: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def utf16(text: str) -> int:
    """Count UTF-16 code units, in which Telegram measures every offset."""
    return len(text.encode("utf-16-le")) // 2


def check_text(text: str, *, edited: bool = False) -> None:
    if not text:
        raise bad("message text is empty")
    if utf16(text) > TEXT:
        raise bad("MESSAGE_TOO_LONG" if edited else "message is too long")


def check_caption(caption: str) -> None:
    """Refuse a too long caption; an empty one is none."""
    if utf16(caption) > CAPTION:
        raise bad("message caption is too long")


def check_photo(data: bytes) -> None:
    if len(data) > PHOTO_BYTES:
        size = f"file of size {len(data)} bytes is too big for a photo"
        raise bad(f"{size}; the maximum size is {PHOTO_BYTES} bytes")
    try:
        with Image.open(io.BytesIO(data)) as picture:
            _check_sides(*picture.size)
            picture.load()
    except Image.DecompressionBombError:
        raise bad("PHOTO_INVALID_DIMENSIONS") from None
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise bad("IMAGE_PROCESS_FAILED") from None


def _check_sides(width: int, height: int) -> None:
    ratio = max(width, height) / min(width, height)
    if width + height > PHOTO_SIDES or ratio > PHOTO_RATIO:
        raise bad("PHOTO_INVALID_DIMENSIONS")


def checked_keyboard(markup: Json | None) -> Json | None:
    if markup is None:
        return None
    if set(markup) != {"inline_keyboard"}:
        raise bad(f"this server knows inline keyboards only, not {sorted(markup)}")
    rows = [row for row in markup["inline_keyboard"] if row]
    for row in rows:
        for button in row:
            _check_button(button)
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Json) -> None:
    if strange := sorted(set(button) - BUTTON):
        raise bad(f"this server knows no button with {strange}")
    if not button.get("text"):
        raise bad('can\'t parse inline keyboard button: Field "text" must not be empty')
    if not 1 <= len(button["callback_data"].encode()) <= CALLBACK_DATA:
        raise bad("BUTTON_DATA_INVALID")


def check_commands(commands: list[Json]) -> None:
    if len(commands) > COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch("[a-z0-9_]{1,32}", command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= utf16(command["description"]) <= DESCRIPTION:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
