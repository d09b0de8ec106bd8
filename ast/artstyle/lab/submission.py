"""From the fields of a form to a job."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from artstyle import defaults, errors, settings
from artstyle.errors import ArtstyleError, FormRejected, PictureError, Role, SettingsError
from artstyle.jobs import Job, Submission
from artstyle.lab import form
from artstyle.lab.addresses import client
from artstyle.lab.config import CONFIG, QUEUE, SAMPLES, UPLOADS
from artstyle.lab.forwarded import remote
from artstyle.lab.uploads import ROLES, Upload

NAMES = {"content": "photo", "style": "painting"}  # of uploads; a user's file name is private


class Picture(NamedTuple):
    data: bytes
    name: str


async def read_form(request: web.Request) -> Upload:
    """Read the form that a request sends and check its pictures; raises `FormError`."""
    names = frozenset({"preset", "content_sample", "style_sample", "again", *form.names()})
    upload = await request.app[UPLOADS].read(request, names)
    decoding = request.app[QUEUE].decoding
    for role in [each for each in ROLES if each in upload.pictures]:
        try:
            await decoding.check(_owner(request), role, upload.pictures[role])
        except PictureError as error:
            upload.errors[role] = error
            del upload.pictures[role]
    return upload


async def submit(request: web.Request, upload: Upload) -> Job:
    """Make a job of a form; raises `FormRejected`, `QueueError` or `DiskError`."""
    options, wrong = read_settings(upload.fields, request.app[CONFIG].defaults)
    wrong |= upload.errors
    pictures: dict[Role, Picture] = {}
    for role in ROLES:
        if role not in wrong:
            try:
                pictures[role] = await _picture(request, upload, role)
            except errors.SampleMissing as error:
                wrong[f"{role}_sample"] = error
            except errors.RepeatGone as error:
                wrong["again"] = error
            except PictureError as error:
                wrong[role] = error
    if wrong or options is None:
        raise FormRejected(wrong)
    content, style = pictures["content"], pictures["style"]
    asked = Submission(
        owner=_owner(request),
        content=content.data,
        style=style.data,
        settings=options,
        preset=upload.fields.get("preset") or None,
        content_name=content.name,
        style_name=style.name,
    )
    try:
        return await request.app[QUEUE].submit(asked)
    except PictureError as error:  # damage shows only when the pixels are decoded
        raise FormRejected({error.role or "": error}) from error


def _owner(request: web.Request) -> str:
    return f"web:{client(remote(request))}"


def read_settings(
    fields: Mapping[str, str], usual: Mapping[str, Any]
) -> tuple[settings.Settings | None, dict[str, ArtstyleError]]:
    """Read the settings that were typed, the usual ones for the rest.

    What is wrong comes second, by field.
    """
    values, refused = settings.parse_all({name: fields.get(name, "") for name in form.names()})
    wrong: dict[str, ArtstyleError] = {**refused}
    preset = fields.get("preset", "").strip()
    try:
        return defaults.combine(usual, preset or None, values), wrong
    except SettingsError as error:
        return None, {**wrong, error.field: error}


async def _picture(request: web.Request, upload: Upload, role: Role) -> Picture:
    """Find a picture: the file, or the sample, or that of the job to repeat."""
    if role in upload.pictures:
        return Picture(upload.pictures[role], NAMES[role])
    if sample := upload.fields.get(f"{role}_sample"):
        path = request.app[SAMPLES].path(role, sample)
        if path is None:
            raise errors.SampleMissing(role=role)
        return Picture(await asyncio.to_thread(path.read_bytes), path.stem)
    if not (again := upload.fields.get("again")):
        raise errors.PictureNotChosen(role=role)
    job = request.app[QUEUE].get(again)
    if job is None:
        raise errors.RepeatGone
    source = job.request.content if role == "content" else job.request.style
    path = request.app[QUEUE].files(job).source(role)
    try:
        return Picture(await asyncio.to_thread(path.read_bytes), source.name)
    except FileNotFoundError as error:
        raise errors.RepeatGone from error
