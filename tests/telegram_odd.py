"""Updates as no documentation has them: fields dropped, added and of the wrong kind, by chance."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.telegram_limits import Json

SECRET = "whispered"  # in every text that a user writes here
USER = {"id": 50, "is_bot": False, "first_name": SECRET, "language_code": "en"}
PRIVATE = {"id": 50, "type": "private", "first_name": SECRET}
GROUP = {"id": -1009, "type": "supergroup", "title": SECRET, "is_forum": True}
FILE = {"file_id": "AgAC", "file_unique_id": "AQAD", "file_size": 900}
SIZE = {**FILE, "width": 90, "height": 60}
ENTITY = {"type": "bot_command", "offset": 0, "length": 5}
MESSAGE = {"message_id": 9, "from": USER, "chat": PRIVATE, "date": 1_700_000_000}
STICKER = {**SIZE, "type": "regular", "is_animated": False, "is_video": False, "emoji": "🎨"}
DOCUMENT = {**FILE, "file_name": f"{SECRET}.png", "mime_type": "image/png"}
ORIGIN = {"type": "hidden_user", "sender_user_name": SECRET, "date": 1}
OPTION = {"text": SECRET, "voter_count": 0, "persistent_id": "1"}
POLL = {"id": "1", "question": SECRET, "options": [OPTION], "total_voter_count": 0}
MEMBER = {"user": USER, "status": "member"}
CONTENTS: list[Json] = [
    {"text": SECRET},
    {"text": f"/help {SECRET}", "entities": [ENTITY]},
    {"text": f"/cancel {SECRET}", "entities": [{**ENTITY, "length": 7}]},
    {"photo": [SIZE, SIZE], "caption": SECRET},
    {"photo": [SIZE], "caption": SECRET, "media_group_id": "7"},
    {"document": DOCUMENT, "caption": SECRET, "forward_origin": ORIGIN},
    {"document": {**DOCUMENT, "thumbnail": SIZE}, "media_group_id": "8"},
    {"sticker": STICKER},
    {"voice": {**FILE, "duration": 3}, "caption": SECRET},
    {"video": {**SIZE, "duration": 3}, "caption": SECRET},
    {"contact": {"phone_number": SECRET, "first_name": SECRET}},
    {"location": {"latitude": 1.5, "longitude": 2.5}},
    {"poll": {**POLL, "is_closed": False, "is_anonymous": True, "type": "regular"}},
    {"new_chat_members": [USER], "chat": GROUP},
    {"pinned_message": {**MESSAGE, "text": SECRET}},
    {"text": SECRET, "reply_to_message": {**MESSAGE, "text": SECRET}, "chat": GROUP},
    {"text": SECRET, "sender_chat": GROUP, "chat": GROUP, "message_thread_id": 3},
]
KINDS: list[Any] = [None, True, -1, 2**70, 0.5, "", SECRET, [], [SECRET], {}, {"id": SECRET}]


def updates(seed: int, count: int) -> list[Json]:
    """So many updates; the same for the same seed."""
    chance = Random(seed)
    return [_update(chance) for _ in range(count)]


def _update(chance: Random) -> Json:
    message = {**MESSAGE, **chance.choice(CONTENTS)}
    query = {"id": "5", "from": USER, "chat_instance": "1", "message": message, "data": SECRET}
    kinds: dict[str, Json] = {
        "message": message,
        "edited_message": message,
        "channel_post": message,
        "callback_query": query,
        "my_chat_member": {"chat": GROUP, "from": USER, "date": 1, "new_chat_member": MEMBER},
        "message_reaction": {"chat": GROUP, "message_id": 9, "date": 1, "new_reaction": []},
    }
    kind = chance.choice([*["message"] * 5, *kinds])
    changed = _changed(kinds[kind], chance)
    return {kind: changed}


def _changed(whole: Any, chance: Random) -> Any:
    """A copy in which something at some depth isn't as it was."""
    if isinstance(whole, list):
        return [_changed(each, chance) for each in whole]
    if not isinstance(whole, dict):
        return whole
    made = {name: _changed(each, chance) for name, each in whole.items()}
    match chance.randrange(12):
        case 0:
            del made[chance.choice(list(made))]
        case 1:
            made[chance.choice(list(made))] = chance.choice(KINDS)
        case 2:
            made[f"new_{chance.randrange(9)}"] = chance.choice(KINDS)
    return made
