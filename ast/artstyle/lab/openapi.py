"""The API's description, an OpenAPI 3.1 document."""

from typing import Any

import msgspec

from artstyle import __version__, settings
from artstyle.jobs import JobStatus
from artstyle.jobs.renditions import FORMATS
from artstyle.lab import form
from artstyle.lab.representation import Error, Health, Job, Jobs
from artstyle.lab.submission import MOST_VARIATIONS

Schema = dict[Any, Any]

SCHEMAS = "#/components/schemas/{name}"
ID: Schema = {"type": "string", "pattern": "^[0-9A-Za-z]+$"}
STATE: Schema = {"type": "string", "enum": [str(status) for status in JobStatus]}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
BINARY: Schema = {"schema": {"type": "string", "format": "binary"}}
JOB_ID: Schema = {"parameters": [{"$ref": "#/components/parameters/id"}]}
IMAGES = "image/jpeg, image/png, image/webp, image/tiff, image/bmp, image/gif"
ANSWERS = {"Job": "The job.", "Jobs": "Some of the jobs.", "Health": "It works."}
FAILURES = {
    400: "A parameter is wrong, or the form is damaged.",
    401: "The token is missing.",
    403: "Sent by a page of another site, or for another host.",
    404: "There is no such job.",
    408: "The upload took too long.",
    409: "The job's state doesn't allow it.",
    413: "The upload is too large.",
    415: "Not a form with files.",
    422: "Some of the form's fields are wrong.",
    429: "Too many jobs are waiting.",
    503: "Too many uploads or connections at once.",
    507: "The disk is full.",
}
FAILURE_HEADERS = {401: "WWW-Authenticate", 503: "Retry-After"}


def document() -> Schema:
    """The whole document."""
    _, schemas = msgspec.json.schema_components([Job, Jobs, Health, Error], ref_template=SCHEMAS)
    schemas["Job"]["properties"] |= {"id": ID, "state": STATE}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Art Style Transfer",
            "version": __version__,
            "description": "Repaint photos in the manner of paintings. Where the server is open "
            "to others, changes need the token that it prints when it starts, as "
            "`Authorization: Bearer`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/api/jobs": {"get": _list(), "post": _submit()},
            **{f"/api/jobs/{{id}}{path}": JOB_ID | operation for path, operation in _job().items()},
            "/api/openapi.json": {
                "get": _operation("describe", "This document.", {200: _content("It.", schema={})})
            },
            "/healthz": {"get": _health()},
        },
        "components": {
            "schemas": {**schemas, "Form": _form()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": {"id": _parameter("id", ID, "A job's id.", place="path")},
        },
    }


def _list() -> Schema:
    summary = "List jobs: those of visitors, the newest first, then the showcase."
    parameters = [
        _parameter("state", STATE, "Only jobs in this state."),
        _parameter("offset", COUNT, "Jobs to skip."),
        _parameter("limit", COUNT, "Jobs to list, a hundred at most."),
    ]
    return _operation("list", summary, _json("Jobs"), 400, parameters=parameters)


def _submit() -> Schema:
    summary = "Submit a photo and a painting: each a file, a sample, or from an older job."
    encoding = {role: {"contentType": IMAGES} for role in ("content", "style")}
    content = {"multipart/form-data": {"schema": _ref("Form"), "encoding": encoding}}
    failures = (400, 408, 413, 415, 422, 429, 503, 507)
    schema = {"anyOf": [_ref("Job"), _ref("Jobs")]}
    made = _content("The job, or with `variations` the jobs.", schema=schema)
    success = {201: made | _headers("Location")}
    operation = _change("submit", summary, success, *failures)
    return {**operation, "requestBody": {"required": True, "content": content}}


def _health() -> Schema:
    paused = {503: _content("It is paused, and goes on by itself.", schema=_ref("Health"))}
    return _operation("health", "Whether the server works.", _json("Health") | paused)


def _job() -> Schema:
    """The operations on one job, by the rest of their path."""
    removal = "Cancel a job if it hasn't ended, and delete it with all its files."
    following = (
        "Follow a job by server-sent events: queued, running, milestone; at the end done, "
        "failed, cancelled, or suspended when the server stops."
    )
    after = _parameter("after", COUNT, "Skip the milestones up to this percentage.")
    events = {200: _content("The events.", "text/event-stream")}
    media = {f"image/{each}": BINARY for each in FORMATS}
    picture = {200: {"description": "The picture.", "content": media}}
    format = _parameter("format", {"type": "string", "enum": list(FORMATS)}, "PNG by default.")
    return {
        "": {
            "get": _operation("show", "Show a job.", _json("Job"), 404),
            "delete": _change("remove", removal, {204: {"description": "Deleted."}}, 404),
        },
        "/cancel": {"post": _change("cancel", "Cancel a job.", _json("Job"), 404, 409)},
        "/events": {
            "get": _operation("events", following, events, 400, 404, 503, parameters=[after])
        },
        "/result": {
            "get": _operation(
                "result", "Download the picture.", picture, 400, 404, 409, parameters=[format]
            )
        },
    }


def _operation(name: str, summary: str, success: Schema, *failures: int, **more: Any) -> Schema:
    responses = {str(status): response for status, response in success.items()}
    for status in (*failures, 403):
        response = _content(FAILURES[status], schema=_ref("Error"))
        responses[str(status)] = response | _headers(FAILURE_HEADERS.get(status))
    return {"operationId": name, "summary": summary, "responses": responses, **more}


def _change(name: str, summary: str, success: Schema, *failures: int) -> Schema:
    """An operation that needs the token where there is one."""
    return _operation(name, summary, success, *failures, 401, security=[{}, {"token": []}])


def _json(schema: str, status: int = 200, header: str | None = None) -> Schema:
    return {status: _content(ANSWERS[schema], schema=_ref(schema)) | _headers(header)}


def _content(description: str, kind: str = "application/json", **media: Schema) -> Schema:
    return {"description": description, "content": {kind: media}}


def _headers(name: str | None) -> Schema:
    return {"headers": {name: {"required": True, "schema": {"type": "string"}}}} if name else {}


def _parameter(name: str, schema: Schema, description: str, place: str = "query") -> Schema:
    described = {"name": name, "schema": schema, "description": description}
    return {**described, "in": place, "required": place == "path"}


def _ref(name: str) -> Schema:
    return {"$ref": SCHEMAS.format(name=name)}


def _form() -> Schema:
    file, sample = {"type": "string", "format": "binary"}, {"type": "string", "maxLength": 200}
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "Settings that contradict each other are refused.",
        "allOf": [_given("content"), _given("style")],
        "properties": {
            "content": {**file, "description": "The photo, 25 MB at most unless configured."},
            "style": {**file, "description": "The painting."},
            "content_sample": {**sample, "description": "A sample photo instead."},
            "style_sample": {**sample, "description": "A sample painting instead."},
            "again": {**sample, "description": "A job whose pictures are used by default."},
            "preset": {"type": "string", "enum": list(settings.PRESETS)},
            "variations": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_VARIATIONS,
                "description": "Makes so many jobs with different seeds, and answers with a list.",
            },
            **{name: settings.schema(name) for name in form.names()},
        },
    }


def _given(picture: str) -> Schema:
    """The picture comes in one of the ways."""
    return {"anyOf": [{"required": [name]} for name in (picture, f"{picture}_sample", "again")]}
