"""The Telegram of the tests is as strict as Telegram: a real client meets its limits.

What it does when all goes well is tested with the bot's own tests.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise

import pytest
from PIL import Image
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import (
    BadRequest,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest
from tests.jobs import PHOTO
from tests.telegram_limits import MB
from tests.telegram_server import Document, Photo, Telegram, User

# The library's own announcement, about a type that it will change some day.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")

ANN = 7


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(data, kind)
    return data.getvalue()


def keyboard(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Cancel", callback_data=data)]])


def client(telegram: Telegram, token: str | None = None) -> Bot:
    return Bot(
        token or telegram.token,
        base_url=telegram.base_url,
        base_file_url=telegram.base_file_url,
        request=HTTPXRequest(4, read_timeout=3),
        get_updates_request=HTTPXRequest(4, read_timeout=3),
    )


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram() as started:
        yield started


@pytest.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    async with client(telegram) as started:
        yield started


@pytest.fixture
async def ann(telegram: Telegram) -> User:
    """A user who has started the bot; the update is not waiting any more."""
    user = telegram.user(ANN)
    await user.sends_text("/start")
    telegram.updates.pending.clear()
    return user


async def refused(
    asked: Awaitable[object], words: str, kind: type[TelegramError] = BadRequest
) -> None:
    with pytest.raises(TelegramError) as caught:
        await asked
    assert type(caught.value) is kind
    assert words.lower() in caught.value.message.lower()


@pytest.mark.parametrize(
    ("token", "words"), [(f"1:{'x' * 35}", "Unauthorized"), ("nonsense", "Not Found")]
)
async def test_a_wrong_token(telegram: Telegram, token: str, words: str) -> None:
    await refused(client(telegram, token).get_me(), words, InvalidToken)
    assert telegram.calls == []


async def test_who_may_be_written_to(telegram: Telegram, bot: Bot, ann: User) -> None:
    telegram.user(8)
    for stranger in (8, 9):
        await refused(bot.send_message(stranger, "hi"), "chat not found")
    ann.blocks_bot()
    await refused(bot.send_message(ANN, "hi"), "bot was blocked by the user", Forbidden)


@pytest.mark.filterwarnings("ignore:Please use")
async def test_limits(bot: Bot, ann: User) -> None:
    await bot.send_message(ANN, "😀" * 2048, reply_markup=keyboard("é" * 32))
    await bot.send_photo(ANN, PHOTO, caption="x" * 1024)
    for asked, words in [
        (bot.send_message(ANN, " \n"), "message text is empty"),
        (bot.send_message(ANN, "x" * 4097), "message is too long"),
        (bot.send_message(ANN, "😀" * 2049), "message is too long"),  # they count as UTF-16
        (bot.send_photo(ANN, PHOTO, caption="x" * 1025), "caption is too long"),
        (bot.send_message(ANN, "hi", reply_markup=keyboard("é" * 33)), "BUTTON_DATA_INVALID"),
        (bot.send_message(ANN, "hi", reply_to_message_id=99), "to be replied not found"),
        (bot.get_file("nonsense"), "invalid file_id"),
        (bot.set_my_commands([("Start", "x")]), "BOT_COMMAND_INVALID"),
        (bot.set_my_commands([("start", "x" * 257)]), "BOT_COMMAND_DESCRIPTION_INVALID"),
    ]:
        await refused(asked, words)
    await refused(bot.do_api_request("sendFlowers"), "not found", EndPointNotFound)


async def test_edits_that_cannot_be(bot: Bot, ann: User) -> None:
    theirs = ann.chat.messages[0]
    photo = await bot.send_photo(ANN, PHOTO)
    text = await bot.send_message(ANN, "x")
    deleted = await bot.send_message(ANN, "hi")
    ann.chat.messages[-1].deleted = True
    for number, new, words in [
        (99, "y", "message to edit not found"),
        (theirs.message_id, "y", "message can't be edited"),
        (photo.message_id, "y", "no text in the message"),
        (deleted.message_id, "y", "message to edit not found"),
        (text.message_id, "x" * 4097, "MESSAGE_TOO_LONG"),
        (text.message_id, "x ", "message is not modified"),
    ]:
        await refused(bot.edit_message_text(new, ANN, number), words)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: picture(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (lambda: picture(6000, 4001), "PHOTO_INVALID_DIMENSIONS"),
        (lambda: b"no picture", "IMAGE_PROCESS_FAILED"),
        (lambda: picture(400, 300, "JPEG")[:-900], "IMAGE_PROCESS_FAILED"),
        (lambda: bytes(10 * MB + 1), "file of size 10485761 bytes is too big for a photo"),
    ],
    ids=["narrow", "large", "nothing", "cut", "heavy"],
)
async def test_what_is_no_photo(bot: Bot, ann: User, make: Callable[[], bytes], words: str) -> None:
    await refused(bot.send_photo(ANN, make()), words)
    assert ann.chat.photos == []


async def test_files_are_offered_as_telegram_offers_them(bot: Bot, ann: User) -> None:
    message = await ann.sends(Photo(picture(4000, 3000)))
    file = await bot.get_file(message.media["photo"][-1]["file_id"])
    arrived = Image.open(io.BytesIO(await file.download_as_bytearray()))
    assert (arrived.size, arrived.format) == ((2560, 1920), "JPEG")
    message = await ann.sends(Document(bytes(20 * MB + 1)))
    await refused(bot.get_file(message.media["document"]["file_id"]), "file is too big")


async def test_a_group_hides_what_is_not_for_the_bot(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    group = telegram.group(-1001)
    album = [Photo(PHOTO), Photo(PHOTO)]
    await ann.sends_text("hello all", chat=group)
    await ann.sends_album(album, caption="@artstyle_bot please", chat=group)
    answer = await bot.send_message(group.id, "Send two")
    await ann.sends_album(album, chat=group, reply_to=group.from_bot[0])
    mentioned, *replies = [one.message for one in await bot.get_updates()]
    assert mentioned and mentioned.caption and len(replies) == 2
    for reply in replies:
        assert reply and reply.reply_to_message and reply.chat.type == "supergroup"
        assert reply.reply_to_message.message_id == answer.message_id
    ann.removes_bot(group)
    await refused(bot.send_message(group.id, "hi"), "bot was kicked", Forbidden)


def numbers(updates: tuple[Update, ...]) -> list[int]:
    return [one.update_id for one in updates]


async def test_updates_stay_until_confirmed(telegram: Telegram, bot: Bot, ann: User) -> None:
    for text in "abc":
        await ann.sends_text(text)
    seen = numbers(await bot.get_updates())
    assert len(seen) == 3 and all(after == before + 1 for before, after in pairwise(seen))
    async with client(telegram) as restarted:
        assert numbers(await restarted.get_updates()) == seen
        assert numbers(await restarted.get_updates(seen[2])) == seen[2:]
    assert numbers(await bot.get_updates()) == seen[2:]


async def test_two_polls_at_once(telegram: Telegram, bot: Bot, ann: User) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=2))
    await telegram.until(lambda: telegram.called("getUpdates"))
    assert await bot.get_updates() == ()
    await refused(first, "terminated by other getUpdates request", Conflict)


async def test_allowed_updates_hold_from_then_on(bot: Bot, ann: User) -> None:
    await ann.sends_text("kept")
    assert len(await bot.get_updates(allowed_updates=["callback_query"])) == 1
    await ann.sends_text("never seen")
    assert len(await bot.get_updates(allowed_updates=["message"])) == 1


async def test_a_webhook_is_in_the_way(telegram: Telegram, bot: Bot, ann: User) -> None:
    telegram.updates.webhook = "https://example.org"
    await ann.sends_text("old")
    await refused(bot.get_updates(), "webhook is active", Conflict)
    await bot.delete_webhook()
    assert len(await bot.get_updates()) == 1


async def test_presses_that_cannot_be_answered(bot: Bot, ann: User) -> None:
    sent = await bot.send_message(ANN, "0 %", reply_markup=keyboard("cancel"))
    button = ann.chat.from_bot[0].button("Cancel")
    press = await ann.presses(button)
    await refused(bot.answer_callback_query(press.id, "x" * 201), "MESSAGE_TOO_LONG")
    await bot.answer_callback_query(press.id)
    for id in (press.id, "nonsense"):
        await refused(bot.answer_callback_query(id), "query is too old")
    await bot.edit_message_text("Done", ANN, sent.message_id)
    with pytest.raises(AssertionError, match="not there any more"):
        await ann.presses(button)


async def test_failures(telegram: Telegram, bot: Bot, ann: User) -> None:
    telegram.fail("sendMessage", 2, status=502, description="Bad Gateway")
    telegram.fail("sendMessage", retry_after=9)
    for _ in range(2):
        await refused(bot.send_message(ANN, "hi"), "Bad Gateway", NetworkError)
    await refused(bot.send_message(ANN, "hi"), "Retry in 9 seconds", RetryAfter)
    telegram.limit_per_chat = 1
    await bot.send_message(ANN, "hi")
    await refused(bot.send_message(ANN, "two"), "Retry in 1 seconds", RetryAfter)
    assert ann.chat.texts == ["hi"]
    assert len(telegram.called("sendMessage")) == 5


@pytest.mark.parametrize("acted", [True, False])
async def test_a_dropped_connection_or_a_late_answer(
    telegram: Telegram, bot: Bot, ann: User, acted: bool
) -> None:
    telegram.drop("sendMessage", acted=acted)
    await refused(bot.send_message(ANN, "hi"), "httpx.", NetworkError)
    assert ann.chat.texts == ["hi"] * acted
    telegram.delay("sendMessage", asyncio.Event(), acted=acted)
    await refused(bot.send_message(ANN, "hi", read_timeout=0.05), "timed out", TimedOut)
    assert ann.chat.texts == ["hi", "hi"] * acted


async def test_half_an_answer(telegram: Telegram, bot: Bot, ann: User) -> None:
    telegram.half("sendMessage")
    await refused(bot.send_message(ANN, "hi"), "without sending complete", NetworkError)
    assert ann.chat.texts == ["hi"]


async def test_waiting_says_what_was_there(ann: User) -> None:
    with pytest.raises(AssertionError, match="1 User 7: /start"):
        await ann.chat.until(lambda chat: chat.photos, seconds=0.01)
