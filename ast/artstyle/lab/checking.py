"""Whether the lab will take a picture, told before all of it is sent."""

import asyncio

from aiohttp import web

from artstyle import errors
from artstyle.errors import ClipError, PictureError
from artstyle.lab.config import CONFIG, QUEUE, UPLOADS
from artstyle.lab.owners import address_of
from artstyle.lab.representation import Checked, respond
from artstyle.lab.words import language_of
from artstyle.roles import ROLES, Role
from artstyle.wording import word

BEGINNING = 2**18  # bytes of a file that are looked at
SECONDS = 20.0  # for them to arrive
# what may only mean that the rest of the file is missing
UNDECIDED = (
    *(errors.PictureDamaged, errors.PictureMemory, errors.PictureSlow),
    *(errors.ClipDamaged, errors.ClipWithoutVideo, errors.ClipUnsupported),
)


async def check(request: web.Request) -> web.Response:
    """POST /api/check?role=content&bytes=N: the beginning of a file of N bytes."""
    role = _role(request.query.get("role", ""))
    size = request.query.get("bytes", "")
    if not (size.isascii() and size.isdigit() and len(size) < 16):
        raise errors.NotACount("bytes")
    try:
        return respond(await _look(request, role, int(size)))
    except (PictureError, ClipError) as error:
        told = word(error, language_of(request))
        return respond(Checked(False, error=told, code=error.code, data=error.data))


async def _look(request: web.Request, role: Role, size: int) -> Checked:
    """Raises `PictureError` or `ClipError`, or `FormError` for what isn't such a beginning."""
    largest, decoding = request.app[CONFIG].upload_limits.picture_bytes, request.app[QUEUE].decoding
    beginning = await _beginning(request)
    decoding.takes_as_clip(role, beginning, size)
    if size > largest:
        raise errors.PictureHeavy(largest / 1e6, role=role)
    if not beginning:
        raise errors.PictureEmpty(role=role)
    try:
        found = await decoding.check(address_of(request), role, beginning)
    except UNDECIDED:
        if len(beginning) >= size:
            raise
        return Checked(True)
    return Checked(True, found.width, found.height)


async def _beginning(request: web.Request) -> bytes:
    if (request.content_length or 0) > BEGINNING:
        raise errors.BeginningTooLong(BEGINNING)
    data = bytearray()
    try:
        with request.app[UPLOADS].place(request):
            async with asyncio.timeout(SECONDS):
                while piece := await request.content.readany():
                    data += piece
                    if len(data) > BEGINNING:
                        raise errors.BeginningTooLong(BEGINNING)
    except TimeoutError as error:
        raise errors.UploadSlow from error
    return bytes(data)


def _role(text: str) -> Role:
    for role in ROLES:
        if text == role:
            return role
    raise errors.UnknownParameter("role", choices=ROLES)
