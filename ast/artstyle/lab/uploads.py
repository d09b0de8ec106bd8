"""Read the lab's form with its pictures, never holding more than the limits allow.

The library multipart takes the body apart. Here every byte is counted, and what a form may
hold is decided: browsers send plain multipart/form-data, the rest is refused in words.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import multipart
from aiohttp import web
from aiohttp.http import HttpProcessingError

from artstyle.errors import PictureError
from artstyle.lab.safety import Refused
from artstyle.pictures import read

PICTURES = {"content": "the photo", "style": "the painting"}  # field -> what messages say
_TEXT_BYTES = 1000
_MAX_PARTS = 64
_HEADERS = {"max_header_size": 4000, "max_header_count": 8}  # a line may hold a long file name
_BODIES = 4  # how many pictures of the largest size a body may be long before it's cut off
_CLOSE = {"Connection": "close"}
_ENCODINGS = {"Content-Encoding", "Content-Transfer-Encoding"}
_PLAIN = {"identity", "binary", "8bit"}  # encodings that change nothing


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How large a picture may be, how many uploads may run at once, how long one may take."""

    picture_bytes: int
    concurrent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Upload:
    """What the form held: its texts, its usable pictures, and what is wrong with the others."""

    fields: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


class Uploads:
    """Reads uploads, so many at once."""

    def __init__(self, limits: UploadLimits) -> None:
        """Nothing runs yet."""
        self._limits = limits
        self._turns = asyncio.Semaphore(limits.concurrent)

    async def read(self, request: web.Request, names: frozenset[str]) -> Upload:
        """Read a form whose text fields may be called `names`; raises Refused.

        A picture that can't be used is no refusal: it's named in `errors`, so that the form
        can be shown again with what was typed.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._read(request, names)
        except TimeoutError as error:
            message = "the upload took too long; try smaller pictures or a faster connection"
            raise Refused(message, 408, _CLOSE) from error
        except multipart.ParserLimitReached as error:
            raise Refused("the form has too many fields or headers; send fewer", 413) from error
        except (multipart.MultipartError, web.RequestPayloadError, HttpProcessingError) as error:
            message = "the form came broken or cut short; reload the page and send it again"
            raise Refused(message, 400) from error
        except ConnectionError as error:  # nobody reads this, but aiohttp would log a traceback
            raise Refused("the upload broke off; send it again", 400, _CLOSE) from error

    async def _read(self, request: web.Request, names: frozenset[str]) -> Upload:
        body = _Body(request, _BODIES * self._limits.picture_bytes)
        form = _Form(names, self._limits.picture_bytes)
        try:
            parser = _parser(request)
            if self._turns.locked():
                message = "too many pictures are being uploaded just now; try again in a moment"
                raise Refused(message, 503, {"Retry-After": "10"})
            async with self._turns:
                async for event in parser.parse_async(body.read):
                    await form.take(event)
            return form.upload
        except (Refused, multipart.MultipartError):
            form.clear()  # the turn is another's now, and so is the memory
            while await body.read():
                pass  # browsers show no answer that comes while they send
            raise


class _Body:
    """The bytes of a request, counted."""

    def __init__(self, request: web.Request, most: int) -> None:
        self._stream = request.content
        self._announced = request.content_length or 0
        self._count = 0
        self._most = most

    async def read(self, size: int = 2**16) -> bytes:
        """Give the next bytes; raises Refused where there are more than can be waited for."""
        if max(self._announced, self._count) > self._most:
            message = f"is larger than {self._most / 10**6:g} MB; choose smaller pictures"
            raise Refused(f"the form {message}", 413, _CLOSE)
        chunk = await self._stream.read(size)
        self._count += len(chunk)
        return chunk


def _parser(request: web.Request) -> multipart.PushMultipartParser:
    """Prepare for the body; refuse those that are no form or are compressed."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused("the form came compressed; send it as it is", 415)
    kind, options = multipart.parse_options_header(request.headers.get("Content-Type", ""))
    if kind != "multipart/form-data":
        raise Refused("this isn't a form with files; send it as multipart/form-data", 415)
    boundary = options.get("boundary", "")
    if not boundary or not boundary.isascii():
        raise Refused("the form names no boundary between its fields; send it again", 400)
    # Not strict: that would refuse a form whose last line break arrives on its own.
    return multipart.PushMultipartParser(boundary, max_segment_count=_MAX_PARTS, **_HEADERS)


class _Form:
    """Makes an `Upload` of what the parser finds; raises Refused."""

    def __init__(self, names: frozenset[str], picture_bytes: int) -> None:
        self.upload = Upload()
        self._most = dict.fromkeys(names, _TEXT_BYTES) | dict.fromkeys(PICTURES, picture_bytes)
        self._seen: set[str] = set()
        self._data = bytearray()
        self._part: multipart.MultipartSegment

    def clear(self) -> None:
        """Forget the pictures."""
        self._data.clear()
        self.upload.pictures.clear()

    async def take(self, event: multipart.MultipartSegment | bytes | None) -> None:
        """Take the beginning of a part, a piece of it, or its end, which is None."""
        if event is None:
            data = bytes(self._data)
            self._data.clear()
            await self._end(self._part, data)
        elif not isinstance(event, bytes):
            self._begin(event)
        elif self._part.bytes_received <= self._most[self._part.name]:
            self._data += event
        else:
            self._data.clear()  # too large, which is said at its end

    def _begin(self, part: multipart.MultipartSegment) -> None:
        name, is_file = part.name, part.filename is not None
        if name not in self._most:
            raise Refused("the form has a field that the lab doesn't know; reload the page", 400)
        if name in self._seen:
            raise Refused("the form has a field twice; reload the page and try again", 400)
        if name in PICTURES and not is_file:
            raise Refused(f"{PICTURES[name]} came as text; choose a file", 400)
        if name not in PICTURES and is_file:
            raise Refused(f"{name} came as a file; type it into its field", 400)
        _check_encoding(part)
        self._seen.add(name)
        self._part = part

    async def _end(self, part: multipart.MultipartSegment, data: bytes) -> None:
        name, most = part.name, self._most[part.name]
        if name not in PICTURES:
            self.upload.fields[name] = _text(name, data, part.size)
        elif part.size > most:
            message = f"is larger than {most / 10**6:g} MB; choose a smaller file"
            self.upload.errors[name] = f"{PICTURES[name]} {message}"
        elif data or part.filename:  # neither is what browsers send where no file was chosen
            try:
                await asyncio.to_thread(read.check, data, PICTURES[name])
                self.upload.pictures[name] = data
            except PictureError as error:
                self.upload.errors[name] = str(error)


def _check_encoding(part: multipart.MultipartSegment) -> None:
    """Refuse parts that aren't plain bytes."""
    if (part.content_type or "").startswith("multipart/"):
        raise Refused("the form has a form in it; send each file in its own field", 415)
    encodings = {value.strip().lower() for key, value in part.headerlist if key in _ENCODINGS}
    if not encodings <= _PLAIN:
        raise Refused("a field of the form is encoded; send it as it is", 415)


def _text(name: str, data: bytes, size: int) -> str:
    if size > _TEXT_BYTES:
        raise Refused(f"{name} is longer than {_TEXT_BYTES} bytes; shorten it", 413)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"{name} isn't UTF-8 text; type it again", 400) from error
    if "\0" in text:
        raise Refused(f"{name} holds a character that no text has; type it again", 400)
    return text
