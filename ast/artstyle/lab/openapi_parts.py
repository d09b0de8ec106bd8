"""The pieces of an OpenAPI document: operations, answers, parameters."""

from typing import Any

from artstyle.jobs import JobStatus

Schema = dict[Any, Any]

SCHEMAS = "#/components/schemas/{name}"
ID: Schema = {"type": "string", "pattern": "^[0-9A-Za-z]+$"}
STATE: Schema = {"type": "string", "enum": [str(status) for status in JobStatus]}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
BINARY: Schema = {"schema": {"type": "string", "format": "binary"}}
JOB_ID: Schema = {"parameters": [{"$ref": "#/components/parameters/id"}]}
FAILURES = {
    400: "A parameter is wrong, or the form is damaged.",
    401: "The token is missing.",
    403: "Sent by a page of another site, or for another host.",
    404: "There is no such job.",
    408: "The upload took too long.",
    409: "The job's state doesn't allow it.",
    413: "What was sent is too large.",
    415: "It was sent as another type.",
    422: "Some of the fields are wrong.",
    429: "Too many jobs are waiting.",
    503: "Too many uploads or connections at once.",
    507: "The disk is full.",
}
FAILURE_HEADERS = {401: "WWW-Authenticate", 503: "Retry-After"}


def operation(name: str, summary: str, success: Schema, *failures: int, **more: Any) -> Schema:
    responses = {str(status): response for status, response in success.items()}
    for status in (*failures, 403):
        response = content(FAILURES[status], "application/problem+json", schema=ref("Problem"))
        responses[str(status)] = response | headers(FAILURE_HEADERS.get(status))
    return {"operationId": name, "summary": summary, "responses": responses, **more}


def change(name: str, summary: str, success: Schema, *failures: int, **more: Any) -> Schema:
    """An operation that needs the token where there is one."""
    security: list[Schema] = [{}, {"token": []}]
    return operation(name, summary, success, *failures, 401, security=security, **more)


def answer(schema: str, description: str, status: int = 200, header: str | None = None) -> Schema:
    return {status: content(description, schema=ref(schema)) | headers(header)}


def content(description: str, kind: str = "application/json", **media: Any) -> Schema:
    return {"description": description, "content": {kind: media}}


def headers(name: str | None) -> Schema:
    return {"headers": {name: {"required": True, "schema": {"type": "string"}}}} if name else {}


def body(schema: str) -> Schema:
    """What an operation is sent as JSON."""
    media = {"application/json": {"schema": ref(schema)}}
    return {"requestBody": {"required": True, "content": media}}


def parameter(
    name: str, schema: Schema, description: str, place: str = "query", *, required: bool = False
) -> Schema:
    described = {"name": name, "schema": schema, "description": description}
    return {**described, "in": place, "required": required or place == "path"}


def ref(name: str) -> Schema:
    return {"$ref": SCHEMAS.format(name=name)}
