"""The API's description, an OpenAPI 3.1 document."""

from typing import Any

import msgspec

from artstyle import __version__, settings
from artstyle.jobs import JobStatus
from artstyle.lab import form
from artstyle.lab.representation import Error, Health, Job, Jobs

Schema = dict[str, Any]

SCHEMAS = "#/components/schemas/{name}"
ID: Schema = {"type": "string", "pattern": "^[0-9A-Za-z]+$"}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
IMAGES = "image/jpeg, image/png, image/webp, image/tiff, image/bmp, image/gif"
FAILURES = {
    400: "A field or parameter is wrong.",
    401: "The token is missing.",
    403: "Sent by a page of another site, or for another host.",
    404: "There is no such job.",
    408: "The upload took too long.",
    409: "The job's state doesn't allow it.",
    413: "The upload is too large.",
    415: "Not a form with files.",
    429: "Too many jobs are waiting.",
    503: "Too many uploads at once.",
    507: "The disk is full.",
}
FAILURE_HEADERS = {401: "WWW-Authenticate", 503: "Retry-After"}


def document() -> Schema:
    """The whole document."""
    _, schemas = msgspec.json.schema_components([Job, Jobs, Health, Error], ref_template=SCHEMAS)
    schemas["Job"]["properties"] |= {"id": ID, "state": _choice(list(JobStatus))}
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
        "paths": {**_jobs(), **_job(), **_server()},
        "components": {
            "schemas": {**schemas, "Form": _form()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": {"id": _parameter("id", ID, "A job's id.", place="path")},
        },
    }


def _jobs() -> Schema:
    encoding = {role: {"contentType": IMAGES} for role in ("content", "style")}
    body = {"schema": _ref("Form"), "encoding": encoding}
    created = _json("The job.", "Job") | _required_headers("Location")
    return {
        "/api/jobs": {
            "get": {
                **_operation(
                    "list",
                    "List jobs: those of visitors, the newest first, then the showcase.",
                    {"200": _json("Some of the jobs.", "Jobs")},
                    400,
                ),
                "parameters": [
                    _parameter("state", _choice(list(JobStatus)), "Only jobs in this state."),
                    _parameter("offset", COUNT, "Jobs to skip."),
                    _parameter("limit", COUNT, "Jobs to list, a hundred at most."),
                ],
            },
            "post": {
                **_change(
                    "submit",
                    "Submit a photo and a painting: each a file, a sample, or from an older job.",
                    {"201": created},
                    *(400, 408, 413, 415, 429, 503, 507),
                ),
                "requestBody": {"required": True, "content": {"multipart/form-data": body}},
            },
        }
    }


def _job() -> Schema:
    shared = {"parameters": [{"$ref": "#/components/parameters/id"}]}
    job = {"200": _json("The job.", "Job")}
    stream = {"description": "The events.", "content": {"text/event-stream": {}}}
    png = {"description": "The picture.", "content": {"image/png": {}}}
    removal = "Cancel a job if it hasn't ended, and delete it with all its files."
    following = (
        "Follow a job by server-sent events: queued, running, milestone; at the end done, "
        "failed, cancelled, or suspended when the server stops."
    )
    after = _parameter("after", COUNT, "Skip the milestones up to this percentage.")
    return {
        "/api/jobs/{id}": {
            **shared,
            "get": _operation("show", "Show a job.", job, 404),
            "delete": _change("remove", removal, {"204": {"description": "Deleted."}}, 404),
        },
        "/api/jobs/{id}/cancel": {
            **shared,
            "post": _change("cancel", "Cancel a job.", job, 404, 409),
        },
        "/api/jobs/{id}/events": {
            **shared,
            "get": _operation("events", following, {"200": stream}, 400, 404)
            | {"parameters": [after]},
        },
        "/api/jobs/{id}/result": {
            **shared,
            "get": _operation("result", "Download the picture.", {"200": png}, 404, 409),
        },
    }


def _server() -> Schema:
    itself = {"description": "It.", "content": {"application/json": {"schema": {}}}}
    health = {"200": _json("It works.", "Health")}
    return {
        "/api/openapi.json": {"get": _operation("describe", "This document.", {"200": itself})},
        "/healthz": {"get": _operation("health", "Whether the server works.", health)},
    }


def _operation(name: str, summary: str, success: Schema, *failures: int) -> Schema:
    responses = {str(status): _failure(status) for status in (*failures, 403)}
    return {"operationId": name, "summary": summary, "responses": {**success, **responses}}


def _change(name: str, summary: str, success: Schema, *failures: int) -> Schema:
    """An operation that needs the token where there is one."""
    return {**_operation(name, summary, success, *failures, 401), "security": [{}, {"token": []}]}


def _failure(status: int) -> Schema:
    headers = (FAILURE_HEADERS[status],) if status in FAILURE_HEADERS else ()
    return _json(FAILURES[status], "Error") | _required_headers(*headers)


def _required_headers(*names: str) -> Schema:
    header = {"required": True, "schema": {"type": "string"}}
    return {"headers": dict.fromkeys(names, header)} if names else {}


def _json(description: str, schema: str) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _parameter(name: str, schema: Schema, description: str, place: str = "query") -> Schema:
    described = {"name": name, "schema": schema, "description": description}
    return {**described, "in": place, "required": place == "path"}


def _ref(name: str) -> Schema:
    return {"$ref": SCHEMAS.format(name=name)}


def _choice(values: list[str]) -> Schema:
    return {"type": "string", "enum": [str(value) for value in values]}


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
            "preset": _choice(list(settings.PRESETS)),
            **{name: settings.schema(name) for name in form.names()},
        },
    }


def _given(picture: str) -> Schema:
    """The picture comes in one of the ways."""
    return {"anyOf": [{"required": [name]} for name in (picture, f"{picture}_sample", "again")]}
