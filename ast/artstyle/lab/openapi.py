"""The API's description, an OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from artstyle import __version__
from artstyle.jobs import State
from artstyle.lab.words import SETTINGS as WORDS
from artstyle.settings import (
    LEAST_WEIGHT,
    MAX_LEVELS,
    MAX_SEED,
    NETWORKS,
    NOISES,
    OPTIMIZERS,
    PRESETS,
    SCHEDULES,
    STARTS,
    STYLE_LOSSES,
)

Schema = dict[str, Any]

_WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": 999_999_999}


@cache
def document() -> Schema:
    """Give the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Art Style Transfer",
            "version": __version__,
            "description": "Repaint photos in the manner of paintings. Where the server is open to "
            "others, what changes something needs the token of its start line as "
            "`Authorization: Bearer`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": _paths(),
        "components": {
            "schemas": {"Job": _job(), "Error": _error(), "Form": _form()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": {"id": _parameter("id", "path", _id(), "A job's id.")},
        },
    }


def _paths() -> Schema:
    job = _answer("The job.", _ref("Job"))
    missing, ended = _failure("There is no such job."), _failure("The job's state forbids it.")
    secured: Schema = {"security": [{}, {"token": []}]}
    refused = {"401": _failure("The token is missing.", "WWW-Authenticate")}
    return {
        "/api/jobs": {"get": _list(), "post": _submit(job, refused) | secured},
        "/api/jobs/{id}": {
            "parameters": [_ref("id", "parameters")],
            "get": _operation("show", "Show a job.", {"200": job, "404": missing}),
            "delete": _operation(
                "remove",
                "Cancel a job if it hasn't ended, and delete all that belongs to it.",
                {"204": {"description": "It is gone."}, "404": missing, **refused},
            )
            | secured,
        },
        "/api/jobs/{id}/cancel": {
            "parameters": [_ref("id", "parameters")],
            "post": _operation(
                "cancel", "Cancel a job.", {"200": job, "404": missing, "409": ended, **refused}
            )
            | secured,
        },
        "/api/jobs/{id}/events": {
            "parameters": [_ref("id", "parameters")],
            "get": _events(missing),
        },
        "/api/jobs/{id}/result": {
            "parameters": [_ref("id", "parameters")],
            "get": _operation(
                "result",
                "Download the finished picture in full size.",
                {
                    "200": {"description": "The picture.", "content": {"image/png": {}}},
                    "404": missing,
                    "409": ended,
                },
            ),
        },
        "/api/openapi.json": {
            "get": _operation(
                "describe", "This document.", {"200": _answer("It.", {"type": "object"})}
            )
        },
        "/healthz": {
            "get": _operation(
                "health", "Whether the server works.", {"200": _answer("It does.", _health())}
            )
        },
    }


def _list() -> Schema:
    answer = _object(total={"type": "integer"}, jobs={"type": "array", "items": _ref("Job")})
    operation = _operation(
        "list",
        "List jobs: those of visitors, the newest first, then the table's.",
        {"200": _answer("Some of the jobs.", answer), "400": _failure("A wrong parameter.")},
    )
    operation["parameters"] = [
        _parameter("state", "query", _choice(map(str, State)), "Only jobs in this state."),
        _parameter("offset", "query", _WHOLE, "Jobs to pass over."),
        _parameter("limit", "query", _WHOLE, "Jobs to list, a hundred at most."),
    ]
    return operation


def _submit(job: Schema, refused: Schema) -> Schema:
    operation = _operation(
        "submit",
        "Submit two pictures: each as a file, as a sample, or of the job that is done again.",
        {
            "201": job | _headers("Location"),
            "400": _failure("What is wrong, by field."),
            "408": _failure("The upload took too long."),
            "413": _failure("The upload is too large."),
            "415": _failure("No form with files."),
            "429": _failure("Too many jobs wait already."),
            "503": _failure("Too many uploads at once.", "Retry-After"),
            "507": _failure("The disk is full."),
            **refused,
        },
    )
    form = {"schema": _ref("Form"), "encoding": {"content": _FILE, "style": _FILE}}
    operation["requestBody"] = {"required": True, "content": {"multipart/form-data": form}}
    return operation


_FILE = {"contentType": "image/jpeg, image/png, image/webp, image/tiff, image/bmp, image/gif"}


def _events(missing: Schema) -> Schema:
    operation = _operation(
        "events",
        "Follow a job by server-sent events: queued, running, milestone; and at the end done, "
        "failed, cancelled, or suspended when the server stops.",
        {
            "200": {"description": "The events.", "content": {"text/event-stream": {}}},
            "400": _failure("A wrong parameter."),
            "404": missing,
        },
    )
    operation["parameters"] = [
        _parameter("after", "query", _WHOLE, "Milestones up to this percentage are left out.")
    ]
    return operation


def _operation(name: str, summary: str, responses: Schema) -> Schema:
    foreign = _failure("Sent by another site, or meant for another host.")
    responses = {**responses, "403": foreign}
    return {"operationId": name, "summary": summary, "responses": responses}


def _parameter(name: str, place: str, schema: Schema, description: str) -> Schema:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "schema": schema,
        "description": description,
    }


def _ref(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _answer(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _failure(description: str, *headers: str) -> Schema:
    return _answer(description, _ref("Error")) | _headers(*headers)


def _headers(*names: str) -> Schema:
    """Give headers that an answer always has."""
    header = {"required": True, "schema": {"type": "string"}}
    return {"headers": dict.fromkeys(names, header)} if names else {}


def _choice(names: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(names)}


def _id() -> Schema:
    return {"type": "string", "pattern": "^[0-9A-Za-z]+$"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _health() -> Schema:
    return _object(
        status={"const": "ok"},
        jobs={"type": "object", "additionalProperties": {"type": "integer"}},
    )


def _error() -> Schema:
    by_field = {"type": "object", "additionalProperties": {"type": "string"}}
    schema = _object(error={"type": "string", "description": "What is wrong and what to do."})
    schema["properties"]["errors"] = {**by_field, "description": "By field, for a form."}
    return schema


def _job() -> Schema:
    text, number, count = {"type": "string"}, {"type": "number"}, {"type": "integer"}
    time = {"type": "string", "format": "date-time"}
    source = _object(name=text, width=count, height=count)
    loss = _object(content=number, style=number, tv=number, total=number)
    progress = _object(
        percent=number,
        iteration=count,
        iterations=count,
        stage=count,
        stages=count,
        width=count,
        height=count,
        loss=loss,
        levels={"type": "array", "items": _object(width=count, height=count, loss=loss)},
        seconds=number,
        seconds_left=number,
        note=_or_null(text),
    )
    return _object(
        id=_id(),
        title=text,
        state=_choice(map(str, State)),
        position=_or_null({"type": "integer", "minimum": 1}),
        preset=_or_null(text),
        settings={"type": "object"},
        network=_or_null(text),
        content=source,
        style=source,
        created=time,
        started=_or_null(time),
        ended=_or_null(time),
        progress=_or_null(progress),
        milestones={"type": "array", "items": count},
        moves=count,
        reason=_or_null(text),
        links=_object(
            self=text, events=text, page=text, preview=_or_null(text), result=_or_null(text)
        ),
    )


def _form() -> Schema:
    file, sample = {"type": "string", "format": "binary"}, {"type": "string", "maxLength": 200}
    weight = {"anyOf": [{"const": 0}, {"type": "number", "minimum": LEAST_WEIGHT, "maximum": 1000}]}
    schemas: Schema = {
        "levels": {"type": "integer", "minimum": 1, "maximum": MAX_LEVELS},
        "iterations": {"type": "integer", "minimum": 1, "maximum": 100_000},
        "seed": {"type": "integer", "minimum": 0, "maximum": MAX_SEED},
        "content_weight": weight,
        "style_weight": weight,
        "tv_weight": weight,
        "style_scale": {"type": "number", "minimum": 0.125, "maximum": 4},
        "keep_colors": _choice(["on", "off"]),
        "noise": _choice(NOISES),
        "start": _choice(STARTS),
        "style_loss": _choice(STYLE_LOSSES),
        "schedule": _choice(SCHEDULES),
        "optimizer": _choice(OPTIMIZERS),
        "network": _choice(NETWORKS),
    }
    settings = {name: {**each, "description": WORDS[name].text} for name, each in schemas.items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "allOf": [_given("content"), _given("style"), _some_weight(), _some_noise()],
        "properties": {
            "content": {**file, "description": "The photo, 25 MB at most unless configured."},
            "style": {**file, "description": "The painting."},
            "content_sample": {**sample, "description": "A sample photo in its place."},
            "style_sample": {**sample, "description": "A sample painting in its place."},
            "again": {
                **sample,
                "description": "A job whose pictures are taken where none is given.",
            },
            "preset": _choice(PRESETS),
            **settings,
        },
    }


def _given(picture: str) -> Schema:
    """Say that a picture is given in one of the ways."""
    return {"anyOf": [{"required": [name]} for name in (picture, f"{picture}_sample", "again")]}


def _some_weight() -> Schema:
    """Say that one of the two weights isn't 0."""
    more = {"minimum": LEAST_WEIGHT}
    weights = ("content_weight", "style_weight")
    return {"anyOf": [{"properties": {name: more}} for name in weights]}


def _some_noise() -> Schema:
    """Say that a start of noise needs a noise, typed or of the preset."""
    quiet = [name for name in STARTS if name != "noise"]
    noises = {"noise": {"enum": [name for name in NOISES if name != "none"]}}
    presets = [name for name, values in PRESETS.items() if values.get("noise") != "none"]
    return {
        "anyOf": [
            {"properties": {"start": {"enum": quiet}}},
            {"properties": noises, "required": ["noise"]},
            {"properties": {**noises, "preset": {"enum": presets}}},
        ]
    }
