"""The API's description, an OpenAPI 3.1 document, made from the records that it answers."""

from typing import Any

import msgspec

from artstyle import __version__, aliases, settings
from artstyle.errors import PHRASES
from artstyle.jobs.marks import LONGEST_TITLE
from artstyle.jobs.renditions import CLIP, FORMATS
from artstyle.lab import form, representation
from artstyle.lab.callbacks import LONGEST
from artstyle.lab.checking import BEGINNING
from artstyle.lab.openapi_parts import (
    BINARY,
    COUNT,
    ID,
    JOB_ID,
    SCHEMAS,
    STATE,
    Schema,
    answer,
    body,
    change,
    content,
    headers,
    operation,
    parameter,
    ref,
)
from artstyle.lab.representation import EVENTS, MOST
from artstyle.lab.sources import NEEDED, SAMPLED
from artstyle.lab.submission import MOST_VARIATIONS
from artstyle.roles import MASKS, ROLES, STYLES, Role
from artstyle.settings import Settings
from artstyle.wording import sentence

IMAGES = "image/jpeg, image/png, image/webp, image/tiff, image/bmp, image/gif"
CLIPS = "video/mp4, video/quicktime, video/webm"
RECORDS = (
    *("Job", "Jobs", "Health", "Problem", "Samples", "Presets", "Checked"),
    *("Star", "Title", "Ids", "Removed", "Restored"),
)
NAME: Schema = {"type": "string", "maxLength": 200, "pattern": r"^[^\x00]*$"}
FURTHER = "^({0})(,({0}))*$".format("|".join(role for role in ROLES if role not in NEEDED))
WITHOUT = "Pictures not to take from that job, with commas between them: `style_2,mask`."
ABOUT = (
    "Repaint photos in the manner of paintings. Where the server is open to others, changes need "
    "the token that it prints when it starts, as `Authorization: Bearer`."
)


def document() -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Art Style Transfer",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/api/jobs": {"get": _list(), "post": _submit()},
            **{f"/api/jobs/{{id}}{path}": JOB_ID | item for path, item in _job().items()},
            **_several(),
            **_besides(),
        },
        "components": {
            "schemas": {**_records(), "Form": _form()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": {"id": parameter("id", ID, "A job's id.", "path")},
        },
    }


def _records() -> Schema:
    kinds: list[Any] = [getattr(representation, name) for name in RECORDS]
    kinds += [Settings, *EVENTS.values()]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=SCHEMAS)
    schemas["Job"]["properties"] |= {"id": ID, "state": STATE, "settings": ref("Settings")}
    schemas["Title"]["properties"]["title"]["maxLength"] = LONGEST_TITLE
    schemas["Ids"]["properties"]["ids"]["maxItems"] = MOST
    for name, values in schemas["Settings"]["properties"].items():
        described = settings.SETTINGS[name]
        values |= {"title": described.label, "description": described.help}
        if described.choices and settings.KINDS[name] is str:
            values.update(settings.text_schema(name))
    return dict(schemas)


def _list() -> Schema:
    summary = "List jobs: those of visitors, the newest first, then the showcase."
    parameters = [
        parameter("state", STATE, "Only jobs in this state."),
        parameter("owner", {"type": "string", "enum": ["me"]}, "Only jobs of this browser."),
        parameter("offset", COUNT, "Jobs to skip."),
        parameter("limit", COUNT, "Jobs to list, a hundred at most."),
    ]
    success = answer("Jobs", "Some of the jobs; `Link` has the addresses of others.")
    return operation("list", summary, success, 400, parameters=parameters)


def _submit() -> Schema:
    summary = "Submit a photo or clip, and paintings: each a file, a sample, or from an older job."
    encoding = {role: {"contentType": IMAGES} for role in ROLES}
    encoding["content"] = {"contentType": f"{IMAGES}, {CLIPS}"}
    sent = {"multipart/form-data": {"schema": ref("Form"), "encoding": encoding}}
    schema = {"anyOf": [ref("Job"), ref("Jobs")]}
    made = content("The job, or with `variations` the jobs.", schema=schema)
    success = {201: made | headers("Location")}
    failures = (400, 408, 413, 415, 422, 429, 503, 507)
    more = {"requestBody": {"required": True, "content": sent}}
    return change("submit", summary, success, *failures, **more)


def _job() -> Schema:
    """The operations on one job, by the rest of their path."""
    job = answer("Job", "The job.")
    gone = {204: {"description": "Deleted."}}
    removal = "Cancel a job if it hasn't ended, and delete it with all its files at once."
    kinds = {"type": "string", "enum": [*FORMATS, CLIP]}
    told = "PNG by default. Of a clip, MP4 by default, and in other formats its first frame."
    format = parameter("format", kinds, told)
    picture = {"content": {**{f"image/{each}": BINARY for each in FORMATS}, "video/mp4": BINARY}}
    return {
        "": {
            "get": operation("show", "Show a job.", job, 404),
            "delete": change("remove", removal, gone, 404),
        },
        "/cancel": {"post": change("cancel", "Cancel a job.", job, 404, 409)},
        "/star": {
            "post": change("star", "Give or take a star.", job, 404, 415, 422, 507, **body("Star"))
        },
        "/title": {
            "post": change(
                *("title", "Change the title; an empty one is the default again.", job),
                *(404, 415, 422, 507),
                **body("Title"),
            )
        },
        "/events": {"get": _events()},
        "/result": {
            "get": operation(
                "result",
                "Download the picture or the clip.",
                {200: {"description": "The picture or the clip.", **picture}},
                *(400, 404, 409),
                parameters=[format],
            )
        },
    }


def _events() -> Schema:
    summary = "Follow a job by server-sent events up to its end."
    told = (
        "The events, with JSON as data. The stream ends with `done`, `failed`, `cancelled`, or "
        "with `suspended` when the server stops."
    )
    kinds = [_event(name, kind.__name__) for name, kind in EVENTS.items()]
    success = {200: content(told, "text/event-stream", schema={"oneOf": kinds})}
    after = parameter("after", COUNT, "Skip the milestones up to this percentage.")
    return operation("events", summary, success, 400, 404, 503, parameters=[after])


def _event(name: str, data: str) -> Schema:
    json: Schema = {"contentMediaType": "application/json", "contentSchema": ref(data)}
    return {
        "type": "object",
        "required": ["event", "data"],
        "properties": {"event": {"const": name}, "data": {"type": "string", **json}},
    }


def _several() -> Schema:
    """The operations on several jobs."""
    removed = answer("Removed", "The jobs that were removed.")
    restored = answer("Restored", "The jobs that were restored.")
    ids = parameter("ids", {"type": "string"}, "Ids with commas between them.", required=True)
    zip = {200: {"description": "The results.", "content": {"application/zip": BINARY}}}
    removal = "Remove jobs; they can be restored for some seconds."
    return {
        "/api/jobs/remove": {
            "post": change("removeSeveral", removal, removed, 415, 422, **body("Ids"))
        },
        "/api/jobs/restore": {
            "post": change(
                *("restoreSeveral", "Restore removed jobs.", restored, 415, 422, 507), **body("Ids")
            )
        },
        "/api/jobs/zip": {
            "get": operation(
                "zip", "Download results as one file.", zip, 404, 422, parameters=[ids]
            )
        },
    }


def _besides() -> Schema:
    """What isn't about jobs."""
    samples = answer("Samples", "The samples.")
    presets = answer("Presets", "The presets.")
    paused = answer("Health", "It is paused, and goes on by itself.", 503)
    healthy = answer("Health", "It works.")
    openapi = {200: content("It.", schema={"type": "object"})}
    return {
        "/api/check": {"post": _check()},
        "/api/samples": {"get": operation("samples", "List the sample pictures.", samples)},
        "/api/presets": {"get": operation("presets", "List the presets.", presets)},
        "/api/openapi.json": {"get": operation("describe", "This document.", openapi)},
        "/healthz": {"get": operation("health", "Whether the server works.", healthy | paused)},
    }


def _check() -> Schema:
    summary = "Tell by the beginning of a file whether it will be taken."
    role = {"type": "string", "enum": list(ROLES)}
    size = {"type": "integer", "minimum": 0, "maximum": 10**15 - 1}
    sent = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    told = f"The first bytes of the file, {BEGINNING} at most."
    return change(
        *("check", summary, answer("Checked", "Whether it will be taken."), 400, 408, 413, 503),
        parameters=[
            parameter("role", role, "Which of the pictures it is.", required=True),
            parameter("bytes", size, "The size of the whole file.", required=True),
        ],
        requestBody={"description": told, "content": sent},
    )


def _form() -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "Settings that contradict each other are refused.",
        "allOf": [_given(role) for role in NEEDED],
        "properties": {
            **{role: _file(role) for role in ROLES},
            **{f"{role}_sample": _sample(role) for role in SAMPLED},
            "again": {**NAME, "description": "A job whose pictures are used by default."},
            "without": {"type": "string", "pattern": FURTHER, "description": WITHOUT},
            "title": {
                "type": "string",
                "maxLength": LONGEST_TITLE,
                "description": "What to call it.",
            },
            "preset": {"type": "string", "enum": list(settings.PRESETS)},
            "callback": {
                "type": "string",
                "maxLength": LONGEST,
                "description": "An address, of a host that the operator allows, to which the job "
                "is POSTed when it has ended.",
            },
            "variations": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_VARIATIONS,
                "description": "Makes so many jobs with different seeds, and answers with a list.",
            },
            **{name: settings.schema(name) for name in form.names()},
            **{name: aliases.schema(name) for name in aliases.ALIASES},
        },
    }


def _file(role: Role) -> Schema:
    """A picture, by what it is for."""
    file, picture = {"type": "string", "format": "binary"}, sentence(PHRASES[role])
    if role == "mask":
        told = "Where to paint: white is painted, black stays the photo."
    elif role in MASKS:
        told = f"{picture}: where on the photo it is used, in white."
    elif role == "content":
        told = f"{picture}, 25 MB at most, or a clip of 10 s and 20 MB at most, unless configured."
    elif role in NEEDED:
        told = f"{picture}, 25 MB at most unless configured."
    else:
        told = f"{picture}, blended with those before it."
    return {**file, "description": told}


def _sample(role: Role) -> Schema:
    kind = "painting" if role in STYLES else "photo"
    return {**NAME, "description": f"A sample {kind} instead."}


def _given(picture: str) -> Schema:
    """The picture comes in one of the ways."""
    return {"anyOf": [{"required": [name]} for name in (picture, f"{picture}_sample", "again")]}
