"""From the fields of a form to a job."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from artstyle import aliases, defaults, errors, settings
from artstyle.errors import ArtstyleError, ClipError, FormRejected, PictureError, SettingsError
from artstyle.jobs import Job, Submission
from artstyle.jobs.marks import title
from artstyle.lab import callbacks, form
from artstyle.lab.config import CONFIG, QUEUE, UPLOADS
from artstyle.lab.owners import address_of, owner_of
from artstyle.lab.sources import SAMPLED, Picture, find_pictures
from artstyle.lab.uploads import Upload
from artstyle.roles import ROLES, STYLES, Role

BESIDES = (  # the settings
    *(f"{role}_sample" for role in SAMPLED),
    *("preset", "again", "without"),
    *("title", "variations", "callback"),
)
MOST_VARIATIONS = 4
SEEDS = 1_000_000  # those that are drawn are short enough to be typed again
HIGHEST_SEED = 2**63


async def read_form(request: web.Request) -> Upload:
    """Read the form that a request sends and check its pictures; raises `FormError`."""
    names = frozenset({*BESIDES, *form.names(), *aliases.ALIASES})
    upload = await request.app[UPLOADS].read(request, names)
    decoding = request.app[QUEUE].decoding
    for role in [each for each in ROLES if each in upload.pictures]:
        try:
            await decoding.check(address_of(request), role, upload.pictures[role])
        except (PictureError, ClipError) as error:
            upload.errors[role] = error
            del upload.pictures[role]
    return upload


async def submit(request: web.Request, upload: Upload) -> list[Job]:
    """Make jobs of a form, all or none; raises `FormRejected`, `QueueError` or `DiskError`."""
    queue, wrong = request.app[QUEUE], dict(upload.errors)
    pictures = await find_pictures(request, upload, wrong)
    paintings = sum(role in STYLES for role in pictures)
    usual = defaults.fitting(request.app[CONFIG].defaults, paintings)
    options, refused = read_settings(upload.fields, usual)
    wrong |= refused
    count, name = _variations(upload.fields, wrong), _title(upload.fields, wrong)
    callback = _callback(request, upload.fields, wrong)
    if wrong or options is None:
        raise FormRejected(wrong)
    seed = options.seed
    if "seed" not in usual and not upload.fields.get("seed", "").strip():
        seed = secrets.randbelow(SEEDS)
    asked = replace(_asked(request, upload, options, pictures), title=name, callback=callback)
    made: list[Job] = []
    try:
        for number in range(count):
            each = replace(options, seed=(seed + number) % HIGHEST_SEED)
            made.append(await queue.submit(replace(asked, settings=each)))
    except ArtstyleError as error:
        for job in made:
            await queue.remove(job)
        if isinstance(error, PictureError):  # damage shows only when the pixels are decoded
            raise FormRejected({error.role or "": error}) from error
        if isinstance(error, ClipError):
            raise FormRejected({"content": error}) from error
        if isinstance(error, SettingsError):  # which doesn't suit the pictures
            raise FormRejected({error.field: error}) from error
        raise
    return made


def _asked(
    request: web.Request,
    upload: Upload,
    options: settings.Settings,
    pictures: Mapping[Role, Picture],
) -> Submission:
    further = dict(pictures)
    content, style = further.pop("content"), further.pop("style")
    return Submission(
        owner=owner_of(request),
        address=address_of(request),
        content=content.data,
        style=style.data,
        settings=options,
        preset=upload.fields.get("preset") or None,
        content_name=content.name,
        style_name=style.name,
        further={role: each.data for role, each in further.items()},
        further_names={role: each.name for role, each in further.items()},
    )


def _title(fields: Mapping[str, str], wrong: dict[str, ArtstyleError]) -> str | None:
    try:
        return title(fields.get("title", ""))
    except errors.TitleTooLong as error:
        wrong["title"] = error
        return None


def _callback(
    request: web.Request, fields: Mapping[str, str], wrong: dict[str, ArtstyleError]
) -> str | None:
    try:
        return callbacks.check(fields.get("callback", ""), request.app[CONFIG].callback_hosts)
    except errors.CallbackRefused as error:
        wrong["callback"] = error
        return None


def _variations(fields: Mapping[str, str], wrong: dict[str, ArtstyleError]) -> int:
    """How many pictures are asked for, with a seed each."""
    text = fields.get("variations", "").strip() or "1"
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_VARIATIONS:
        return int(text)
    wrong["variations"] = errors.VariationsCount(MOST_VARIATIONS)
    return 0


def read_settings(
    fields: Mapping[str, str], usual: Mapping[str, Any]
) -> tuple[settings.Settings | None, dict[str, ArtstyleError]]:
    """Read the settings that were typed, the usual ones for the rest.

    What is wrong comes second, by field.
    """
    values, refused = settings.parse_all({name: fields.get(name, "") for name in form.names()})
    wrong: dict[str, ArtstyleError] = {**refused}
    preset = fields.get("preset", "").strip()
    typed = {name: text for name in aliases.ALIASES if (text := fields.get(name, "").strip())}
    try:
        values = aliases.renamed({**values, **typed})
        asked = defaults.combine(usual, preset or None, values)
        if preset and "levels" in values:
            settings.check_size(preset, values["levels"])
        return asked, wrong
    except SettingsError as error:
        return None, {**wrong, error.field: error}
