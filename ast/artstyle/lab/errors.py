"""What goes wrong in a request, told as a page or as JSON."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from artstyle.errors import ArtstyleError, BadInput, DiskError, QueueError
from artstyle.lab.rendering import page, wants_json
from artstyle.lab.safety import Refused
from artstyle.lab.submission import Rejected
from artstyle.wording import sentence

logger = logging.getLogger(__name__)

WORDS = {
    404: "There is nothing here: the picture may have been removed.",
    405: "This address doesn't take such a request.",
    413: "That is more than is taken.",
}


def status_of(error: ArtstyleError) -> int:
    """Give the HTTP status that goes with an error."""
    match error:
        case Refused():
            return error.status
        case QueueError():
            return HTTPStatus.TOO_MANY_REQUESTS
        case Rejected() | BadInput():
            return HTTPStatus.BAD_REQUEST
        case DiskError():
            return HTTPStatus.INSUFFICIENT_STORAGE
    return HTTPStatus.INTERNAL_SERVER_ERROR


def headers_of(error: ArtstyleError) -> dict[str, str]:
    """Give the headers that go with an error."""
    return dict(error.headers) if isinstance(error, Refused) else {}


@web.middleware
async def tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into an answer in words."""
    try:
        return await handler(request)
    except Rejected as error:
        return answer(request, 400, str(error), fields=error.errors)
    except ArtstyleError as error:
        response = answer(request, status_of(error), str(error))
        response.headers.update(headers_of(error))
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = answer(request, error.status, WORDS.get(error.status, error.reason))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except ConnectionError:
        raise  # nobody is there any more to be told
    except Exception:
        id = secrets.token_hex(4)
        logger.exception("error %s in %s %s", id, request.method, request.path)
        text = f"Something went wrong; whoever runs this finds it in the log under {id}."
        return answer(request, 500, text)


def answer(
    request: web.Request, status: int, text: str, fields: dict[str, str] | None = None
) -> web.Response:
    """Tell an error as JSON or as a page."""
    message = sentence(text)
    if wants_json(request):
        told = {"error": message} | ({"errors": fields} if fields else {})
        return web.json_response(told, status=status)
    title = "Not found" if status == HTTPStatus.NOT_FOUND else "That didn't work"
    return page(request, "error.html", status=status, title=title, message=message)
