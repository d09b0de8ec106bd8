"""Reads the form with its pictures, within limits of memory, time and number.

The library multipart splits the body. This module counts every byte and accepts only plain
multipart/form-data, as browsers send it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field

import multipart
from aiohttp import web
from aiohttp.http import HttpProcessingError

from artstyle import errors
from artstyle.errors import ArtstyleError, FormError
from artstyle.lab.forwarded import NONE, TrustedProxies, remote
from artstyle.lab.pace import Pace
from artstyle.lab.shares import Shares
from artstyle.roles import ROLES  # the fields that are files

TEXT_BYTES = 1000
MAX_PARTS = 64
LIMITS = {"max_header_size": 4000, "max_header_count": 8}  # a line may hold a long file name
REST_SECONDS = 60.0  # for what still arrives of a refused form
BODY_PICTURES = 6  # the body is cut off at this many pictures of the largest size; masks are small
ENCODINGS = {"Content-Encoding", "Content-Transfer-Encoding"}
PLAIN = {"identity", "binary", "8bit"}  # encodings that change nothing


@dataclass(frozen=True, slots=True)
class UploadLimits:
    picture_bytes: int
    concurrent: int
    seconds: float
    # 2 MB in three minutes, as from a phone far from its mast, are 11,000 bytes per second
    least_rate: float = 4000
    patience: float = 20  # seconds of a pause


@dataclass(frozen=True, slots=True)
class Upload:
    """A form: its texts, its pictures, and which of these are too large."""

    fields: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    errors: dict[str, ArtstyleError] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set, compare=False)


class Uploads:
    """Reads uploads, at most ``concurrent`` at once, and half as many of one client."""

    def __init__(self, limits: UploadLimits, proxies: TrustedProxies = NONE) -> None:
        self._limits = limits
        self._places = Shares(limits.concurrent, max(2, limits.concurrent // 2), proxies)

    async def read(self, request: web.Request, names: frozenset[str]) -> Upload:
        """Read a form whose text fields have these names; raises `FormError`.

        A picture that is too large goes into ``errors`` instead, so that the form can be shown
        again with all that was typed.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._read(request, names)
        except TimeoutError as error:
            raise errors.UploadSlow from error
        except multipart.ParserLimitReached as error:
            raise errors.FormTooLong from error
        except (
            multipart.MultipartError,
            web.RequestPayloadError,
            HttpProcessingError,
            ConnectionError,  # nobody reads the answer, but aiohttp would log a traceback
        ) as error:
            raise errors.FormBroken from error

    def place(self, request: web.Request) -> AbstractContextManager[None]:
        """Takes the place of an upload; raises `UploadsBusy` where there is none."""
        return self._places.taken(remote(request), errors.UploadsBusy)

    async def _read(self, request: web.Request, names: frozenset[str]) -> Upload:
        limits = dict.fromkeys(names, TEXT_BYTES)
        limits |= dict.fromkeys(ROLES, self._limits.picture_bytes)
        body = _counted(request, self._limits)
        upload, data = Upload(), bytearray()
        try:
            parser = _parser(request)
            with self.place(request):
                async for event in parser.parse_async(body):
                    if isinstance(event, multipart.MultipartSegment):
                        part = event
                        _check(part, limits, upload)
                    elif event is None:  # the part ends
                        _add(upload, part, bytes(data), limits[part.name])
                        data.clear()
                    elif part.bytes_received <= limits[part.name]:
                        data += event
                    else:
                        data.clear()  # too large, which is reported at its end
            return upload
        except (FormError, multipart.MultipartError):
            data.clear()
            upload.pictures.clear()  # frees the memory while the rest is read
            with suppress(TimeoutError):
                async with asyncio.timeout(REST_SECONDS):
                    while await body():
                        pass  # browsers show no answer that arrives while they send
            raise


def _counted(request: web.Request, limits: UploadLimits) -> Callable[[], Awaitable[bytes]]:
    """A function that reads the body piece by piece, up to a limit in bytes.

    It raises `TimeoutError` when the pieces come too slowly.
    """
    limit = BODY_PICTURES * limits.picture_bytes
    announced, count = request.content_length or 0, 0
    pace = Pace(limits.least_rate, limits.patience)

    async def read_piece(size: int = 2**16) -> bytes:
        nonlocal count
        if max(announced, count) > limit:
            raise errors.FormTooLarge(limit / 1e6)
        piece = await pace.wait(request.content.read(size))
        count += len(piece)
        return piece

    return read_piece


def _parser(request: web.Request) -> multipart.PushMultipartParser:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise errors.FormEncoded
    kind, options = multipart.parse_options_header(request.headers.get("Content-Type", ""))
    if kind != "multipart/form-data":
        raise errors.NotAForm
    boundary = options.get("boundary", "")
    if not boundary or not boundary.isascii():
        raise errors.FormBroken
    # Not strict: that would refuse a form whose last line break arrives on its own.
    return multipart.PushMultipartParser(boundary, max_segment_count=MAX_PARTS, **LIMITS)


def _check(part: multipart.MultipartSegment, limits: dict[str, int], upload: Upload) -> None:
    """Check the head of a part; raises `FormError`."""
    name, is_file = part.name, part.filename is not None
    if name not in limits:
        raise errors.UnknownField
    if name in upload.seen:
        raise errors.FieldTwice(name)
    if is_file != (name in ROLES):
        raise (errors.FieldIsFile if is_file else errors.FieldIsText)(name)
    encodings = {value.strip().lower() for key, value in part.headerlist if key in ENCODINGS}
    nested = (part.content_type or "").startswith("multipart/")
    if nested or not encodings <= PLAIN:
        raise errors.FormEncoded
    upload.seen.add(name)


def _add(upload: Upload, part: multipart.MultipartSegment, data: bytes, limit: int) -> None:
    """Add a whole part to an upload."""
    name = part.name
    if name not in ROLES:
        if part.size > TEXT_BYTES:
            raise errors.FieldTooLong(name, TEXT_BYTES)
        try:
            upload.fields[name] = data.decode()
        except UnicodeDecodeError as error:
            raise errors.FieldNotText(name) from error
        if b"\0" in data:
            raise errors.FieldNotText(name)
    elif part.size > limit:
        upload.errors[name] = errors.PictureHeavy(limit / 1e6, role=name)
    elif data or part.filename:  # browsers send neither where no file was chosen
        upload.pictures[name] = data
