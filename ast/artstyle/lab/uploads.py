"""Reads the form with its pictures, within limits of memory, time and number.

The library multipart splits the body. This module counts every byte and accepts only plain
multipart/form-data, as browsers send it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import multipart
from aiohttp import web
from aiohttp.http import HttpProcessingError

from artstyle.errors import (
    ArtstyleError,
    FieldIsFile,
    FieldIsText,
    FieldNotText,
    FieldTooLong,
    FieldTwice,
    FormBroken,
    FormEncoded,
    FormError,
    FormTooLarge,
    FormTooLong,
    NotAForm,
    PictureError,
    PictureHeavy,
    Role,
    UnknownField,
    UploadsBusy,
    UploadSlow,
)
from artstyle.pictures import read

ROLES: tuple[Role, ...] = ("content", "style")  # the fields that are files
TEXT_BYTES = 1000
MAX_PARTS = 64
LIMITS = {"max_header_size": 4000, "max_header_count": 8}  # a line may hold a long file name
BODY_PICTURES = 4  # the body is cut off at this many pictures of the largest size
ENCODINGS = {"Content-Encoding", "Content-Transfer-Encoding"}
PLAIN = {"identity", "binary", "8bit"}  # encodings that change nothing


@dataclass(frozen=True, slots=True)
class UploadLimits:
    picture_bytes: int
    concurrent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Upload:
    """A form: its texts, its usable pictures, and what is wrong with the others."""

    fields: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    errors: dict[str, ArtstyleError] = field(default_factory=dict)


class Uploads:
    """Reads uploads, at most ``concurrent`` at once."""

    def __init__(self, limits: UploadLimits) -> None:
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.concurrent)

    async def read(self, request: web.Request, names: frozenset[str]) -> Upload:
        """Read a form whose text fields have these names; raises `FormError`.

        A picture that can't be used goes into ``errors`` instead, so that the form can be
        shown again with all that was typed.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._read(request, names)
        except TimeoutError as error:
            raise UploadSlow from error
        except multipart.ParserLimitReached as error:
            raise FormTooLong from error
        except (
            multipart.MultipartError,
            web.RequestPayloadError,
            HttpProcessingError,
            ConnectionError,  # nobody reads the answer, but aiohttp would log a traceback
        ) as error:
            raise FormBroken from error

    async def _read(self, request: web.Request, names: frozenset[str]) -> Upload:
        body = _Body(request, BODY_PICTURES * self._limits.picture_bytes)
        form = _Form(names, self._limits.picture_bytes)
        try:
            parser = _parser(request)
            if self._slots.locked():
                raise UploadsBusy
            async with self._slots:
                async for event in parser.parse_async(body.read):
                    await form.add(event)
            return form.upload
        except (FormError, multipart.MultipartError):
            form.clear()  # frees the memory while the rest is read
            while await body.read():
                pass  # browsers show no answer that arrives while they send
            raise


class _Body:
    """The bytes of a request, counted."""

    def __init__(self, request: web.Request, limit: int) -> None:
        self._stream = request.content
        self._announced = request.content_length or 0
        self._count = 0
        self._limit = limit

    async def read(self, size: int = 2**16) -> bytes:
        if max(self._announced, self._count) > self._limit:
            raise FormTooLarge(self._limit / 1e6)
        chunk = await self._stream.read(size)
        self._count += len(chunk)
        return chunk


def _parser(request: web.Request) -> multipart.PushMultipartParser:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FormEncoded
    kind, options = multipart.parse_options_header(request.headers.get("Content-Type", ""))
    if kind != "multipart/form-data":
        raise NotAForm
    boundary = options.get("boundary", "")
    if not boundary or not boundary.isascii():
        raise FormBroken
    # Not strict: that would refuse a form whose last line break arrives on its own.
    return multipart.PushMultipartParser(boundary, max_segment_count=MAX_PARTS, **LIMITS)


class _Form:
    """Collects an `Upload` from the parser's events."""

    def __init__(self, names: frozenset[str], picture_bytes: int) -> None:
        self.upload = Upload()
        self._limits = dict.fromkeys(names, TEXT_BYTES) | dict.fromkeys(ROLES, picture_bytes)
        self._seen: set[str] = set()
        self._data = bytearray()
        self._part: multipart.MultipartSegment

    def clear(self) -> None:
        self._data.clear()
        self.upload.pictures.clear()

    async def add(self, event: multipart.MultipartSegment | bytes | None) -> None:
        """Add the beginning of a part, a piece of it, or its end, which is None."""
        if event is None:
            data = bytes(self._data)
            self._data.clear()
            await self._end(self._part, data)
        elif not isinstance(event, bytes):
            self._begin(event)
        elif self._part.bytes_received <= self._limits[self._part.name]:
            self._data += event
        else:
            self._data.clear()  # too large, which is reported at its end

    def _begin(self, part: multipart.MultipartSegment) -> None:
        name, is_file = part.name, part.filename is not None
        if name not in self._limits:
            raise UnknownField
        if name in self._seen:
            raise FieldTwice(name)
        if name in ROLES and not is_file:
            raise FieldIsText(name)
        if name not in ROLES and is_file:
            raise FieldIsFile(name)
        _check_encoding(part)
        self._seen.add(name)
        self._part = part

    async def _end(self, part: multipart.MultipartSegment, data: bytes) -> None:
        name, limit = part.name, self._limits[part.name]
        if name not in ROLES:
            self.upload.fields[name] = _text(name, data, part.size)
        elif part.size > limit:
            self.upload.errors[name] = PictureHeavy(limit / 1e6, role=name)
        elif data or part.filename:  # browsers send neither where no file was chosen
            try:
                await asyncio.to_thread(read.check, data, role=name)
                self.upload.pictures[name] = data
            except PictureError as error:
                self.upload.errors[name] = error


def _check_encoding(part: multipart.MultipartSegment) -> None:
    encodings = {value.strip().lower() for key, value in part.headerlist if key in ENCODINGS}
    nested = (part.content_type or "").startswith("multipart/")
    if nested or not encodings <= PLAIN:
        raise FormEncoded


def _text(name: str, data: bytes, size: int) -> str:
    if size > TEXT_BYTES:
        raise FieldTooLong(name, TEXT_BYTES)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise FieldNotText(name) from error
    if "\0" in text:
        raise FieldNotText(name)
    return text
