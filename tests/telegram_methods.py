"""The methods of the Bot API that the bot relies on."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from PIL import Image
from tests import telegram_limits as limits
from tests.telegram_chats import Chat, Message
from tests.telegram_limits import ApiError, Json, bad
from tests.telegram_world import BOT, Call, World

TEXTS = {"text", "caption", "file_id", "callback_query_id", "language_code"}  # the rest is JSON

RIGHTS = (  # that the library asks for in a description of an administrator
    *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages"),
    *("can_manage_video_chats", "can_restrict_members", "can_promote_members"),
    *("can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories"),
    "can_delete_stories",
)


def decoded(parameters: dict[str, str]) -> dict[str, Any]:
    return {
        name: value if name in TEXTS else json.loads(value) for name, value in parameters.items()
    }


async def act(world: World, call: Call) -> Any:
    if call.method == "getUpdates":
        return await world.updates.poll(call.parameters)
    if call.method not in METHODS:
        raise ApiError(404, "Not Found")
    if "chat_id" in call.parameters and call.method != "getChatMember":
        world.spend(world.open_chat(call.parameters["chat_id"]).id)
    return METHODS[call.method](world, call)


def _get_me(_: World, __: Call) -> Json:
    return BOT


def _delete_webhook(world: World, _: Call) -> bool:
    world.updates.webhook = ""
    return True


def _set_my_commands(world: World, call: Call) -> bool:
    limits.check_commands(call.parameters["commands"])
    world.commands[call.parameters.get("language_code", "")] = call.parameters["commands"]
    return True


def _send_message(world: World, call: Call) -> Json:
    text = call.parameters["text"].strip()
    limits.check_text(text)
    return _sent(world, call, "text messages", text=text)


def _send_photo(world: World, call: Call) -> Json:
    data = call.files["photo"].data
    limits.check_photo(data)
    return _sent(world, call, "photos", photo=data, media={"photo": world.files.photo(data)})


def _send_document(world: World, call: Call) -> Json:
    upload = call.files["document"]
    media = {"document": world.files.document(upload)}
    named = {"document": upload.data, "file_name": upload.name}
    return _sent(world, call, "documents", **named, media=media)


def _send_animation(world: World, call: Call) -> Json:
    upload = call.files["animation"]
    with Image.open(io.BytesIO(upload.data)) as picture:
        look = {"width": picture.width, "height": picture.height, "duration": 3}
    media = {"animation": {**world.files.document(upload), **look}}
    return _sent(world, call, "animations", animation=upload.data, media=media)


def _send_video(world: World, call: Call) -> Json:
    upload = call.files["video"]
    if b"ftyp" not in upload.data[:12]:
        raise bad("wrong type of the video")
    look = {"width": 64, "height": 64, "duration": 1}
    media = {"video": {**world.files.document(upload), **look}}
    return _sent(world, call, "videos", video=upload.data, media=media)


def _send_media_group(world: World, call: Call) -> list[Json]:
    """Send an album of new photos, or of some that were sent before."""
    media = call.parameters["media"]
    if not limits.ALBUM[0] <= len(media) <= limits.ALBUM[1]:
        raise bad("wrong number of media in the album")
    number, sent = str(next(world.numbers)), []
    for each in media:
        name = each["media"].removeprefix("attach://")
        data = call.files[name].data if name in call.files else _kept(world, name)
        limits.check_photo(data)
        one = Call(call.method, {**call.parameters, "caption": each.get("caption", "")}, {})
        photo = {"media": {"photo": world.files.photo(data)}, "photo": data, "album": number}
        sent.append(_sent(world, one, "photos", **photo))
    return sent


def _kept(world: World, id: str) -> bytes:
    for file in world.files.stored:
        if file.id == id:
            return file.data
    raise bad("wrong file identifier/HTTP URL specified")


def _edit_message_text(world: World, call: Call) -> Json:
    """Change a message; without reply_markup, its keyboard goes."""
    message = world.open_chat(call.parameters["chat_id"]).find(call.parameters["message_id"])
    text, keyboard = call.parameters["text"].strip(), call.parameters.get("reply_markup")
    if not message.by_bot:
        raise bad("message can't be edited")
    limits.check_text(text, edited=True)
    limits.check_keyboard(keyboard)
    if message.text is None:
        raise bad("there is no text in the message to edit")
    if (message.text, message.keyboard) == (text, keyboard):
        raise bad(limits.SAME)
    message.text, message.keyboard = text, keyboard
    message.versions.append(text)
    return message.json()


def _answer_callback_query(world: World, call: Call) -> bool:
    press = world.presses.get(call.parameters["callback_query_id"])
    if press is None or press.answer is not None:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text = call.parameters.get("text", "")
    if limits.utf16(text) > limits.ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    press.answer = text
    return True


def _get_file(world: World, call: Call) -> Json:
    for file in world.files.stored:
        if file.id == call.parameters["file_id"]:
            if len(file.data) > limits.DOWNLOAD_BYTES:
                raise bad("file is too big")
            return {**file.json(), "file_path": file.path}
    raise bad("invalid file_id")


def _edit_message_media(world: World, call: Call) -> Json:
    """Replace a picture and its caption; without reply_markup, its keyboard goes."""
    message = world.open_chat(call.parameters["chat_id"]).find(call.parameters["message_id"])
    media, keyboard = call.parameters["media"], call.parameters.get("reply_markup")
    if not message.by_bot or message.photo is None:
        raise bad("message can't be edited")
    data = call.files[media["media"].removeprefix("attach://")].data
    limits.check_photo(data)
    message.photo, message.keyboard = data, keyboard
    message.caption = media.get("caption", "")
    message.media = {"photo": world.files.photo(data)}
    message.versions.append(message.caption)
    return message.json()


def _get_chat_member(world: World, call: Call) -> Json:
    chat, user = world.chats.get(call.parameters["chat_id"]), call.parameters["user_id"]
    if chat is None:
        raise bad("chat not found")
    if chat.hides_members:
        raise bad("member list is inaccessible")
    member = {"user": world.user(user).json}
    if user in chat.administrators:
        return {**member, "status": "administrator", **dict.fromkeys(RIGHTS, True)}
    return {**member, "status": "member"}


def _sent(world: World, call: Call, kind: str, **content: Any) -> Json:
    chat = world.open_chat(call.parameters["chat_id"])
    thread = call.parameters.get("message_thread_id")
    chat.check(kind, thread)
    caption, keyboard = call.parameters.get("caption", ""), call.parameters.get("reply_markup")
    if limits.utf16(caption) > limits.CAPTION:
        raise bad("message caption is too long")
    limits.check_keyboard(keyboard)
    reply_to = _reply_to(chat, call.parameters.get("reply_parameters"))
    silent = call.parameters.get("disable_notification", False)
    said = {"caption": caption, "reply_to": reply_to, "silent": silent, "keyboard": keyboard}
    return chat.add(Message(chat, BOT, thread=thread, **said, **content)).json()


def _reply_to(chat: Chat, reply: Json | None) -> Message | None:
    try:
        return chat.find(reply["message_id"], "to be replied") if reply else None
    except ApiError:
        if reply and reply.get("allow_sending_without_reply"):
            return None
        raise


METHODS: dict[str, Callable[[World, Call], Any]] = {
    "getMe": _get_me,
    "deleteWebhook": _delete_webhook,
    "setMyCommands": _set_my_commands,
    "sendMessage": _send_message,
    "sendPhoto": _send_photo,
    "sendDocument": _send_document,
    "editMessageText": _edit_message_text,
    "sendAnimation": _send_animation,
    "sendVideo": _send_video,
    "sendMediaGroup": _send_media_group,
    "editMessageMedia": _edit_message_media,
    "getChatMember": _get_chat_member,
    "answerCallbackQuery": _answer_callback_query,
    "getFile": _get_file,
}
