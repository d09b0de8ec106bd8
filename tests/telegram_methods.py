"""The methods of the Bot API that the bot relies on.

A parameter that is not listed here is an error, though Telegram would ignore it, and so is one
that Telegram knows but this server does not act on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests import telegram_limits as limits
from tests.telegram_chats import Chat, Message
from tests.telegram_limits import ApiError, Json, bad
from tests.telegram_world import Call, World

Act = Callable[[World, Call], Awaitable[Any]]

STRUCTURED = {
    *("chat_id", "message_id", "offset", "limit", "timeout", "cache_time"),
    *("disable_notification", "show_alert"),
    *("disable_content_type_detection", "reply_parameters", "reply_markup"),
    *("link_preview_options", "allowed_updates", "commands", "scope"),
}  # these arrive as JSON; the rest is text
SENDING = "disable_notification protect_content reply_parameters"
EDITING = "chat_id message_id"


@dataclass(frozen=True)
class Method:
    """A method with the parameters that it takes."""

    act: Act
    required: frozenset[str]
    optional: frozenset[str]


METHODS: dict[str, Method] = {}


def _method(name: str, required: str = "", optional: str = "") -> Callable[[Act], Act]:
    def listed(act: Act) -> Act:
        METHODS[name] = Method(act, frozenset(required.split()), frozenset(optional.split()))
        return act

    return listed


def decoded(parameters: dict[str, str]) -> dict[str, Any]:
    """Read the parameters as they arrive in a form: numbers and objects are JSON."""
    return {name: _decoded(name, value) for name, value in parameters.items()}


def _decoded(name: str, value: str) -> Any:
    if name not in STRUCTURED:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value  # such as a chat_id that is a @name


async def act(world: World, call: Call) -> Any:
    if call.method not in METHODS:
        raise ApiError(404, "Not Found")
    method = METHODS[call.method]
    _check_names(method, {*call.parameters, *call.files})
    if "chat_id" in call.parameters:
        chat = world.open_chat(call.parameters["chat_id"])
        if call.method.startswith(("send", "edit")):
            world.spend(chat.id)
    return await method.act(world, call)


def _check_names(method: Method, given: set[str]) -> None:
    if missing := sorted(method.required - given):
        raise bad(f"parameter {missing[0]} is required")
    attached = {name for name in given if name.startswith("attached")}  # python-telegram-bot's
    if strange := sorted(given - method.required - method.optional - attached):
        raise bad(f"this server knows no parameter {strange[0]}")


@_method("getMe")
async def _get_me(world: World, call: Call) -> Json:
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": False,
    }
    return {**world.bot, **abilities}


@_method("getUpdates", optional="offset limit timeout allowed_updates")
async def _get_updates(world: World, call: Call) -> list[Json]:
    return await world.updates.poll(call.parameters)


@_method("deleteWebhook")
async def _delete_webhook(world: World, call: Call) -> bool:
    world.updates.webhook = ""
    return True


@_method("setMyCommands", "commands", "scope language_code")
async def _set_my_commands(world: World, call: Call) -> bool:
    limits.check_commands(call.parameters["commands"])
    language = call.parameters.get("language_code", "")
    if language and len(language) != 2:
        raise bad("invalid language code specified")
    world.commands[language] = call.parameters["commands"]
    return True


@_method("sendMessage", "chat_id text", f"link_preview_options reply_markup {SENDING}")
async def _send_message(world: World, call: Call) -> Json:
    text = _trimmed(call, "text")
    limits.check_text(text)
    return _sent(world, call, text=text).json()


@_method("sendPhoto", "chat_id photo", f"caption reply_markup {SENDING}")
async def _send_photo(world: World, call: Call) -> Json:
    upload = call.files["photo"]
    limits.check_photo(upload.data)
    media = {"photo": world.files.photo(upload.data)}
    return _sent(world, call, **_caption(call), photo=upload.data, media=media).json()


@_method(
    "sendDocument",
    "chat_id document",
    f"caption disable_content_type_detection reply_markup {SENDING}",
)
async def _send_document(world: World, call: Call) -> Json:
    upload = call.files["document"]
    media = {"document": world.files.document(upload)}
    named = {"document": upload.data, "file_name": upload.name}
    return _sent(world, call, **_caption(call), **named, media=media).json()


@_method("editMessageText", f"{EDITING} text", "link_preview_options reply_markup")
async def _edit_message_text(world: World, call: Call) -> Json:
    message = _own(world, call)
    text = _trimmed(call, "text")
    limits.check_text(text, edited=True)
    if message.text is None:
        raise bad("there is no text in the message to edit")
    return _edited(call, message, text=text)


@_method("answerCallbackQuery", "callback_query_id", "text show_alert cache_time")
async def _answer_callback_query(world: World, call: Call) -> bool:
    press = world.presses.get(call.parameters["callback_query_id"])
    if press is None or press.expired or press.answer is not None:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if limits.utf16(call.parameters.get("text", "")) > limits.ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    said = {"text": call.parameters.get("text", "")}
    press.answer = {**said, "show_alert": call.parameters.get("show_alert", False)}
    return True


@_method("getFile", "file_id")
async def _get_file(world: World, call: Call) -> Json:
    file = world.files.with_id(call.parameters["file_id"])
    if len(file.data) > limits.DOWNLOAD_BYTES:
        raise bad("file is too big")
    return {**file.json(), "file_path": file.path}


def _trimmed(call: Call, name: str) -> str:
    """Read a text or caption, without the spaces around it, which Telegram removes."""
    text: str = call.parameters.get(name, "")
    return text.strip()


def _caption(call: Call) -> dict[str, Any]:
    caption = _trimmed(call, "caption")
    limits.check_caption(caption)
    return {"caption": caption}


def _sent(world: World, call: Call, **content: Any) -> Message:
    chat = world.open_chat(call.parameters["chat_id"])
    message = Message(
        chat,
        world.bot,
        reply_to=_reply_to(chat, call.parameters.get("reply_parameters")),
        silent=call.parameters.get("disable_notification", False),
        keyboard=limits.checked_keyboard(call.parameters.get("reply_markup")),
        **content,
    )
    return chat.add(message)


def _reply_to(chat: Chat, reply: Json | None) -> Message | None:
    if reply is None:
        return None
    try:
        return chat.find(reply["message_id"], "to be replied")
    except ApiError:
        if reply.get("allow_sending_without_reply"):
            return None
        raise


def _own(world: World, call: Call) -> Message:
    message = world.open_chat(call.parameters["chat_id"]).find(call.parameters["message_id"])
    if not message.by_bot:
        raise bad("message can't be edited")
    return message


def _edited(call: Call, message: Message, **content: Any) -> Json:
    """Change a message. Without reply_markup, its keyboard goes."""
    before = message.content
    message.keyboard = limits.checked_keyboard(call.parameters.get("reply_markup"))
    for name, value in content.items():
        setattr(message, name, value)
    if message.content == before:
        raise bad(limits.SAME)
    message.edited = int(time.time())
    message.keep_version()
    return message.json()
