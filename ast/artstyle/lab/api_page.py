"""The page about the API, made from its description."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from aiohttp import web

from artstyle.errors import CODES
from artstyle.lab.errors import status_of_kind
from artstyle.lab.openapi import document
from artstyle.lab.openapi_parts import Schema
from artstyle.lab.rendering import page


class Row(NamedTuple):
    name: str
    kind: str
    text: str


class Operation(NamedTuple):
    method: str
    path: str
    name: str
    summary: str
    parameters: list[Row]
    sent: list[Row]  # fields of the body
    answers: list[Row]


class Code(NamedTuple):
    code: str
    status: int
    sentence: str


async def show(request: web.Request) -> web.Response:
    """GET /api: every operation, record and error, to be read."""
    return page(
        request,
        "api.html",
        about=document()["info"]["description"],
        operations=_operations(),
        records=_records(),
        codes=_codes(),
    )


@cache
def _operations() -> list[Operation]:
    return [
        _operation(method, path, item[method], item.get("parameters", []))
        for path, item in document()["paths"].items()
        for method in ("get", "post", "delete")
        if method in item
    ]


def _operation(method: str, path: str, told: Schema, shared: list[Schema]) -> Operation:
    parameters = [_resolved(each) for each in (*shared, *told.get("parameters", []))]
    body = told.get("requestBody", {}).get("content", {})
    return Operation(
        method.upper(),
        path,
        told["operationId"],
        told["summary"],
        [Row(each["name"], kind(each["schema"]), each["description"]) for each in parameters],
        [row for media in body.values() for row in _fields(_resolved(media["schema"]))],
        [
            Row(status, _media(each), each["description"])
            for status, each in told["responses"].items()
        ],
    )


@cache
def _records() -> dict[str, list[Row]]:
    """The fields of each record but the form, whose fields are told where it is sent."""
    schemas = document()["components"]["schemas"]
    return {name: list(_fields(each)) for name, each in sorted(schemas.items()) if name != "Form"}


@cache
def _codes() -> list[Code]:
    found = [Code(code, status_of_kind(each), each.sentence) for code, each in CODES.items()]
    return sorted(found)


def _fields(schema: Schema) -> Iterator[Row]:
    for name, each in schema.get("properties", {}).items():
        yield Row(name, kind(each), each.get("description", ""))


def kind(schema: Schema) -> str:
    """A schema in a few words, as ``integer or null``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind(each) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return _list_kind(schema)
    return str(schema.get("format") or schema.get("type", "anything"))


def _list_kind(schema: Schema) -> str:
    if parts := schema.get("prefixItems"):
        return f"list of {len(parts)} × {kind(parts[0])}"
    return f"list of {kind(schema['items'])}" if "items" in schema else "list"


def _media(answer: Schema) -> str:
    told = []
    for media, each in answer.get("content", {}).items():
        schema = each.get("schema", {})
        told.append(kind(schema) if media.endswith("json") else media)
    return ", ".join(told)


def _resolved(node: Schema) -> Schema:
    if "$ref" not in node:
        return node
    found: Any = document()
    for part in node["$ref"].split("/")[1:]:
        found = found[part]
    return found  # type: ignore[no-any-return]
