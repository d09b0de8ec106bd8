"""The pictures that a form asks for: each a file, a sample, or that of the job to repeat."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web

from artstyle import errors
from artstyle.errors import ArtstyleError, PictureError
from artstyle.jobs import Job
from artstyle.lab.config import QUEUE, SAMPLES
from artstyle.lab.uploads import Upload
from artstyle.roles import MASKS, ROLES, STYLES, Role

SAMPLED: tuple[Role, ...] = ("content", *STYLES)  # what may be a sample
NEEDED: tuple[Role, ...] = ("content", "style")
NAMES: Mapping[Role, str] = {  # of uploads; a user's file name is private
    "content": "photo",
    **dict.fromkeys(STYLES, "painting"),
    **dict.fromkeys(MASKS, "mask"),
}


class Picture(NamedTuple):
    data: bytes
    name: str


async def find_pictures(
    request: web.Request, upload: Upload, wrong: dict[str, ArtstyleError]
) -> dict[Role, Picture]:
    """Find the pictures whose fields aren't wrong already; adds what else is."""
    found: dict[Role, Picture] = {}
    unwanted = _unwanted(upload, wrong)
    for role in [each for each in ROLES if each not in wrong]:
        try:
            given = await _sent(request, upload, role)
            if given is None and role not in unwanted:
                given = await _repeated(request, upload, role)
        except errors.SampleMissing as error:
            wrong[f"{role}_sample"] = error
        except errors.RepeatGone as error:
            wrong["again"] = error
        except PictureError as error:
            wrong[role] = error
        else:
            if given is not None:
                found[role] = given
    return found


def _unwanted(upload: Upload, wrong: dict[str, ArtstyleError]) -> set[str]:
    """The pictures that aren't taken from the job to repeat."""
    further = [role for role in ROLES if role not in NEEDED]
    asked = {each.strip() for each in upload.fields.get("without", "").split(",")} - {""}
    if asked.difference(further):
        wrong["without"] = errors.UnknownParameter("without", choices=further)
    if "content" in upload.pictures or upload.fields.get("content_sample"):
        asked.update(MASKS)  # they belong to the other photo
    return asked


async def _sent(request: web.Request, upload: Upload, role: Role) -> Picture | None:
    """The file or the sample, if there is one."""
    if role in upload.pictures:
        return Picture(upload.pictures[role], NAMES[role])
    if not (sample := upload.fields.get(f"{role}_sample")):
        return None
    path = request.app[SAMPLES].path("content" if role == "content" else "style", sample)
    if path is None:
        raise errors.SampleMissing(role=role)
    return Picture(await asyncio.to_thread(path.read_bytes), path.stem)


async def _repeated(request: web.Request, upload: Upload, role: Role) -> Picture | None:
    """That of the job to repeat; None for one that needn't be there."""
    again = upload.fields.get("again")
    job = request.app[QUEUE].get(again) if again else None
    if job is not None and role in job.request.sources:
        return await _read(request, job, role)
    if role not in NEEDED:
        return None
    raise errors.RepeatGone if again else errors.PictureNotChosen(role=role)


async def _read(request: web.Request, job: Job, role: Role) -> Picture:
    source = job.request.sources[role]
    path = request.app[QUEUE].files(job).original(role, source)
    try:
        return Picture(await asyncio.to_thread(path.read_bytes), source.name)
    except FileNotFoundError as error:
        raise errors.RepeatGone from error
