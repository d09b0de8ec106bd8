"""How errors are answered: the HTTP status of each class, as a page or as JSON."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.typedefs import Handler

from artstyle import errors
from artstyle.errors import ArtstyleError, FormRejected, RequestError
from artstyle.lab.rendering import page, wants_json
from artstyle.lab.representation import Problem, respond
from artstyle.lab.urls import url
from artstyle.lab.words import language_of
from artstyle.wording import word

logger = logging.getLogger(__name__)

STATUS: Mapping[type[ArtstyleError], int] = {
    errors.ArtstyleError: 500,
    errors.BadInput: 400,
    errors.QueueError: 429,
    errors.DiskError: 507,
    errors.RequestError: 400,
    errors.ConnectionsBusy: 503,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.JobEnded: 409,
    errors.NoResult: 409,
    errors.NoClip: 409,
    errors.AccessError: 403,
    errors.LinkNeeded: 401,
    errors.NotAForm: 415,
    errors.NotJson: 415,
    errors.TitleTooLong: 422,
    errors.JsonWrong: 422,
    errors.TooManyJobs: 422,
    errors.FormEncoded: 415,
    errors.FormRejected: 422,
    errors.FormTooLarge: 413,
    errors.FormTooLong: 413,
    errors.BeginningTooLong: 413,
    errors.FieldTooLong: 413,
    errors.UploadSlow: 408,
    errors.UploadsBusy: 503,
}
HEADERS: Mapping[type[ArtstyleError], Mapping[str, str]] = {
    errors.LinkNeeded: {"WWW-Authenticate": 'Bearer realm="artstyle"'},
    errors.FormTooLarge: {"Connection": "close"},  # the rest of the upload isn't read
    errors.BeginningTooLong: {"Connection": "close"},
    errors.UploadSlow: {"Connection": "close"},
    errors.ConnectionsBusy: {"Retry-After": "10"},
    errors.UploadsBusy: {"Retry-After": "10"},
}


def status_of(error: ArtstyleError) -> int:
    return status_of_kind(type(error))


def status_of_kind(error: type[ArtstyleError]) -> int:
    return next(STATUS[kind] for kind in error.__mro__ if kind in STATUS)


def headers_of(error: ArtstyleError) -> Mapping[str, str]:
    return HEADERS.get(type(error), {})


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into an answer; nothing of an unexpected one but its id is shown."""
    try:
        return await handler(request)
    except ArtstyleError as error:
        return answer(request, error)
    except web.HTTPException as error:  # aiohttp's own
        if error.status < 400:
            raise
        known = {404: errors.NotFound, 405: errors.MethodNotAllowed}
        response = answer(request, known.get(error.status, RequestError)(), error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except ConnectionError:
        raise  # the client has gone
    except Exception:
        id = secrets.token_hex(4)
        logger.exception("error %s in %s %s", id, request.method, request.path)
        return answer(request, errors.Unexpected(id))


def answer(request: web.Request, error: ArtstyleError, status: int | None = None) -> web.Response:
    """Answer with an error, as JSON or as a page."""
    status, told = status or status_of(error), problem(error, language_of(request))
    if wants_json(request):
        sentence = told.error
        response = respond(
            Problem(
                type=url(request, f"/api#{told.code}"),
                title=HTTPStatus(status).phrase,
                status=status,
                detail=sentence,
                error=sentence,
                code=told.code,
                data=told.data,
                errors=told.errors,
            ),
            status,
            kind="application/problem+json",
        )
    else:
        title = "Not found" if status == 404 else "That didn't work"
        response = page(request, "error.html", status, title=title, message=f"{told.error}.")
    response.headers.update(headers_of(error))
    return response


class Told(NamedTuple):
    """An error in words: a sentence, its code and data, and for a form the sentences by field."""

    error: str
    code: str
    data: dict[str, Any]
    errors: dict[str, str]


def problem(error: ArtstyleError, language: str = "en") -> Told:
    """An error for its reader; that of a form collects the errors of its fields."""
    if not isinstance(error, FormRejected):
        return Told(word(error, language), error.code, error.data, {})
    fields = {name: {"code": each.code, "data": each.data} for name, each in error.errors.items()}
    errors = {name: word(each, language) for name, each in error.errors.items()}
    return Told("; ".join(dict.fromkeys(errors.values())), error.code, {"fields": fields}, errors)
