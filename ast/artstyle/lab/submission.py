"""From the fields of a form to a job."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from artstyle.errors import ArtstyleError, PictureError, SettingsError
from artstyle.jobs import Job, Request
from artstyle.lab.keys import QUEUE, SAMPLES, UPLOADS
from artstyle.lab.uploads import PICTURES, Upload
from artstyle.settings import Settings, preset
from artstyle.wording import sentence

WHOLE = ("levels", "iterations", "seed")
REAL = ("content_weight", "style_weight", "tv_weight", "style_scale")
CHOICES = ("noise", "start", "style_loss", "schedule", "optimizer", "network")
SETTINGS = (*WHOLE, *REAL, "keep_colors", *CHOICES)
FIELDS = frozenset({"preset", "content_sample", "style_sample", "again", *SETTINGS})
YES, NO = ("on", "true", "1", "yes"), ("off", "false", "0", "no")


class Rejected(ArtstyleError):
    """A form that can't become a job: what is wrong, by field, and what was typed."""

    def __init__(self, errors: Mapping[str, str], fields: Mapping[str, str]) -> None:
        """Keep both for the form; the field "" stands for the whole."""
        super().__init__("; ".join(errors.values()))
        self.errors, self.fields = dict(errors), dict(fields)


@dataclass(frozen=True, slots=True)
class _Picture:
    data: bytes
    name: str


async def submit(request: web.Request) -> Job:
    """Read a form and hand its job to the queue.

    Raises `Rejected`, `Refused`, `QueueError` or `DiskError`.
    """
    upload = await request.app[UPLOADS].read(request, FIELDS)
    errors = dict(upload.errors)
    settings = read_settings(upload.fields, errors)
    pictures = {kind: await _picture(request, upload, kind, errors) for kind in PICTURES}
    content, style = pictures["content"], pictures["style"]
    if errors or settings is None or content is None or style is None:
        raise Rejected(errors, upload.fields)
    asked = Request(
        owner=f"web:{request.remote}",
        content=content.data,
        style=style.data,
        settings=settings,
        preset=upload.fields.get("preset") or None,
        content_name=content.name,
        style_name=style.name,
    )
    try:
        return await request.app[QUEUE].submit(asked)
    except PictureError as error:  # damage shows only when the pixels are decoded
        message = str(error)
        kind = next((kind for kind, title in PICTURES.items() if message.startswith(title)), "")
        raise Rejected({kind: message}, upload.fields) from error


def read_settings(fields: Mapping[str, str], errors: dict[str, str]) -> Settings | None:
    """Make settings of what was typed; what is wrong is put into ``errors`` by field."""
    said: dict[str, Any] = {}
    for name in SETTINGS:
        text = fields.get(name, "").strip()
        if not text:
            continue
        try:
            value = _value(name, text)
            replace(Settings(), **{name: value})  # to see which field is wrong
            said[name] = value
        except SettingsError as error:
            errors[name] = sentence(error)
    name = fields.get("preset", "").strip()
    try:
        return preset(name, **said) if name else Settings(**said)
    except SettingsError as error:
        errors["preset" if "preset" in str(error) else ""] = sentence(error)
    return None


def typed(settings: Settings, preset_name: str | None) -> dict[str, str]:
    """Give what would have to be typed to get these settings, beside their preset."""
    base = preset(preset_name) if preset_name else Settings()
    values = {name: getattr(settings, name) for name in SETTINGS}
    said = {name: value for name, value in values.items() if value != getattr(base, name)}
    return {"preset": preset_name or ""} | {
        name: ("on" if value else "") if isinstance(value, bool) else f"{value}"
        for name, value in said.items()
    }


def _value(name: str, text: str) -> Any:
    if name in CHOICES:
        return text
    if name == "keep_colors":
        if text.lower() not in YES + NO:
            raise SettingsError(f'keep colors must be "on" or "off", but is "{text}"')
        return text.lower() in YES
    try:
        return int(text) if name in WHOLE else float(text.replace(",", "."))
    except ValueError as error:
        kind = "a whole number" if name in WHOLE else "a number"
        raise SettingsError(f'{name.replace("_", " ")} must be {kind}, but is "{text}"') from error


async def _picture(
    request: web.Request, upload: Upload, kind: str, errors: dict[str, str]
) -> _Picture | None:
    """Find one of the two pictures: the file, the sample, or that of the job done again."""
    if kind in errors:
        return None
    if kind in upload.pictures:
        return _Picture(upload.pictures[kind], PICTURES[kind].removeprefix("the "))
    sample, again = upload.fields.get(f"{kind}_sample", ""), upload.fields.get("again", "")
    if sample:
        path = request.app[SAMPLES].path(kind, sample)
        if path is not None:
            return _Picture(await asyncio.to_thread(path.read_bytes), path.stem)
        errors[f"{kind}_sample"] = "There is no such sample: choose another one"
    elif again:
        return await _picture_again(request, kind, again, errors)
    else:
        errors[kind] = f"Choose {PICTURES[kind]}: a file, or one of the samples"
    return None


async def _picture_again(
    request: web.Request, kind: str, id: str, errors: dict[str, str]
) -> _Picture | None:
    queue = request.app[QUEUE]
    job = queue.get(id)
    if job is not None:
        files, source = queue.files(job), job.content if kind == "content" else job.style
        path = files.content if kind == "content" else files.style
        try:
            return _Picture(await asyncio.to_thread(path.read_bytes), source.name)
        except FileNotFoundError:
            pass  # removed at this moment
    errors["again"] = "The picture that you want to do again was removed: choose others"
    return None
