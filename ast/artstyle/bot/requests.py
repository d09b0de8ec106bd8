"""Requests to a Bot API server whose answers are checked before the library reads them."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

import msgspec
from telegram import Update
from telegram.error import NetworkError
from telegram.request import HTTPXRequest

from artstyle.bot.faults import fault

logger = logging.getLogger(__name__)


class Request(HTTPXRequest):
    """Doesn't let the library log or repeat an answer that isn't one of a Bot API server."""

    async def do_request(self, *args: Any, **said: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **said)
        fine = HTTPStatus.OK <= code <= 299
        try:
            answer = json.loads(payload)
        except ValueError:  # a proxy's page, for example
            answer = None
        if isinstance(answer, dict) and (not fine or "result" in answer):
            return code, payload
        if fine:
            raise NetworkError("the answer isn't one of a Bot API server")
        return code, json.dumps({"description": _phrase(code)}).encode()


class UpdatesRequest(Request):
    """Empties updates that can't be read, so that they are confirmed like the others."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
        if not (found := answer.get("result")):
            return answer
        numbered = [each for each in found if _is_numbered(each)] if isinstance(found, list) else []
        if not numbered:  # asking again at once would get the same
            raise NetworkError("the server sent updates without a number")
        return {**answer, "result": [_readable(each) for each in numbered]}


def _is_numbered(update: Any) -> bool:
    return isinstance(update, dict) and type(update.get("update_id")) is int


def _readable(update: dict[str, Any]) -> dict[str, Any]:
    """The update itself, or one with its number alone."""
    try:
        msgspec.convert(update, _Update)
        Update.de_json(update, None)
    except Exception as error:  # the library raises whatever its parser comes across
        number, kind = update["update_id"], type(error).__name__  # a message could quote a user
        line = "update %s can't be read (%s): it is skipped"
        logger.warning(line, number, kind, extra=fault("update"))
        return {"update_id": number}
    return update


def _phrase(code: int) -> str:
    known = {each.value: each.phrase for each in HTTPStatus}
    return f"{known.get(code, 'Unknown HTTP error')} ({code})"


# What the bot reads of an update. The library takes values of any kind in most of these.


class _Chat(msgspec.Struct):
    id: int
    type: str


class _User(msgspec.Struct):
    id: int
    language_code: str | None = None


class _File(msgspec.Struct):
    file_id: str
    file_size: int | None = None
    file_name: str | None = None
    mime_type: str | None = None


class _Photo(_File, kw_only=True):
    width: int
    height: int


class _Entity(msgspec.Struct):
    type: str
    offset: int
    length: int


class _Message(msgspec.Struct, rename={"user": "from"}):
    message_id: int
    chat: _Chat
    user: _User | None = None
    sender_chat: _Chat | None = None
    message_thread_id: int | None = None
    is_topic_message: bool | None = None
    media_group_id: str | None = None
    text: str | None = None
    caption: str | None = None
    entities: list[_Entity] = []
    caption_entities: list[_Entity] = []
    photo: list[_Photo] = []
    document: _File | None = None
    reply_to_message: _Message | None = None


class _Pressed(msgspec.Struct):
    message_id: int
    chat: _Chat


class _Query(msgspec.Struct, rename={"user": "from"}):
    id: str
    user: _User
    message: _Pressed | None = None
    data: str | None = None


class _Update(msgspec.Struct):
    update_id: int
    message: _Message | None = None
    callback_query: _Query | None = None
