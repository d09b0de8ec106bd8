"""From the fields of a form to a job."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from artstyle import settings
from artstyle.errors import (
    ArtstyleError,
    FormRejected,
    PictureError,
    PictureNotChosen,
    RepeatGone,
    Role,
    SampleMissing,
    SettingsError,
)
from artstyle.jobs import Job, JobRequest
from artstyle.lab import form
from artstyle.lab.config import QUEUE, SAMPLES, UPLOADS
from artstyle.lab.uploads import Upload

NAMES = {"content": "photo", "style": "painting"}  # of uploads; a user's file name is private


@dataclass(frozen=True, slots=True)
class Picture:
    data: bytes
    name: str


async def read_form(request: web.Request) -> Upload:
    """Read the form that a request sends; raises `FormError`."""
    names = {"preset", "content_sample", "style_sample", "again", *form.names()}
    return await request.app[UPLOADS].read(request, frozenset(names))


async def submit(request: web.Request, upload: Upload) -> Job:
    """Make a job of a form; raises `FormRejected`, `QueueError` or `DiskError`."""
    errors = dict(upload.errors)
    options = read_settings(upload.fields, errors)
    content = await _picture(request, upload, "content", errors)
    style = await _picture(request, upload, "style", errors)
    if errors or options is None or content is None or style is None:
        raise FormRejected(errors)
    asked = JobRequest(
        owner=f"web:{request.remote}",
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


def read_settings(
    fields: Mapping[str, str], errors: dict[str, ArtstyleError]
) -> settings.Settings | None:
    """Read the settings that were typed; adds what is wrong to ``errors`` by field."""
    typed = {name: fields.get(name, "") for name in form.names()}
    values, wrong = settings.parse_all(typed)
    errors.update(wrong)
    preset = fields.get("preset", "").strip()
    try:
        return settings.preset(preset, **values) if preset else settings.Settings(**values)
    except SettingsError as error:
        errors[error.field] = error
    return None


async def _picture(
    request: web.Request, upload: Upload, role: Role, errors: dict[str, ArtstyleError]
) -> Picture | None:
    """Find a picture: the file, or the sample, or that of the job to repeat."""
    if role in errors:
        return None
    if role in upload.pictures:
        return Picture(upload.pictures[role], NAMES[role])
    sample, again = upload.fields.get(f"{role}_sample", ""), upload.fields.get("again", "")
    if sample:
        path = request.app[SAMPLES].path(role, sample)
        if path is not None:
            return Picture(await asyncio.to_thread(path.read_bytes), path.stem)
        errors[f"{role}_sample"] = SampleMissing(role=role)
    elif again:
        return await _picture_again(request, role, again, errors)
    else:
        errors[role] = PictureNotChosen(role=role)
    return None


async def _picture_again(
    request: web.Request, role: Role, id: str, errors: dict[str, ArtstyleError]
) -> Picture | None:
    queue = request.app[QUEUE]
    job = queue.get(id)
    if job is not None:
        files, source = queue.files(job), job.content if role == "content" else job.style
        path = files.content if role == "content" else files.style
        try:
            return Picture(await asyncio.to_thread(path.read_bytes), source.name)
        except FileNotFoundError:
            pass  # removed in the meantime
    errors["again"] = RepeatGone()
    return None
