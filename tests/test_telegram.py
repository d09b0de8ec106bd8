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
from tests.telegram_limits import MB
from tests.telegram_server import Document, Photo, Telegram, User, Video

# The library's own announcement, about a type that it will change some day.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")

ANN = 7


def picture(width: int = 64, height: int = 48, kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(data, kind)
    return data.getvalue()


PICTURE = picture()


def keyboard(*texts: str, data: str | None = None) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text, callback_data=data or text.lower()) for text in texts]
    return InlineKeyboardMarkup([row])


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram() as started:
        yield started


def client(telegram: Telegram, token: str | None = None) -> Bot:
    return Bot(
        token or telegram.token,
        base_url=telegram.base_url,
        base_file_url=telegram.base_file_url,
        request=HTTPXRequest(4, read_timeout=3),
        get_updates_request=HTTPXRequest(4, read_timeout=3),
    )


@pytest.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    async with client(telegram) as started:
        yield started


@pytest.fixture
async def ann(telegram: Telegram) -> User:
    """A user who has started the bot; the update is not waiting any more."""
    user = telegram.user(ANN, first_name="Ann")
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


# Who may talk


@pytest.mark.parametrize(
    ("token", "words"), [(f"1:{'x' * 35}", "Unauthorized"), ("nonsense", "Not Found")]
)
async def test_a_wrong_token(telegram: Telegram, token: str, words: str) -> None:
    await refused(client(telegram, token).get_me(), words, InvalidToken)
    assert telegram.calls == []


@pytest.mark.filterwarnings("ignore:Please use")
async def test_requests_that_are_not_known(bot: Bot, ann: User) -> None:
    await refused(bot.do_api_request("sendFlowers"), "not found", EndPointNotFound)
    asked = bot.send_message(ANN, "hi", api_kwargs={"colour": "red"})
    await refused(asked, "no parameter colour")
    asked = bot.do_api_request("sendMessage", {"chat_id": 1})
    await refused(asked, "parameter text is required")


async def test_a_stranger_cannot_be_written_to(telegram: Telegram, bot: Bot) -> None:
    telegram.user(8)
    for stranger in (8, 9):
        await refused(bot.send_message(stranger, "hi"), "chat not found")


async def test_who_blocks_the_bot(telegram: Telegram, bot: Bot, ann: User) -> None:
    await ann.blocks_bot()
    await refused(bot.send_message(ANN, "hi"), "bot was blocked by the user", Forbidden)
    await ann.unblocks_bot()
    await bot.send_message(ANN, "hi")


# Messages of the bot


async def test_limits(bot: Bot, ann: User) -> None:
    await bot.send_message(ANN, "😀" * 2048, reply_markup=keyboard("Go", data="é" * 32))
    await bot.send_photo(ANN, PICTURE, caption="x" * 1024)
    large = keyboard("Go", data="é" * 33)
    for asked, words in [
        (bot.send_message(ANN, " \n"), "message text is empty"),
        (bot.send_message(ANN, "x" * 4097), "message is too long"),
        (bot.send_message(ANN, "😀" * 2049), "message is too long"),  # they count as UTF-16
        (bot.send_photo(ANN, PICTURE, caption="x" * 1025), "caption is too long"),
        (bot.send_message(ANN, "hi", reply_markup=large), "BUTTON_DATA_INVALID"),
        (bot.get_file("nonsense"), "invalid file_id"),
        (bot.set_my_commands([("Start", "x")]), "BOT_COMMAND_INVALID"),
        (bot.set_my_commands([("start", "x" * 257)]), "BOT_COMMAND_DESCRIPTION_INVALID"),
    ]:
        await refused(asked, words)
    asked = bot.send_document(ANN, bytes(50 * MB + 1))
    await refused(asked, "Request Entity Too Large", NetworkError)


async def test_a_reply(bot: Bot, ann: User) -> None:
    question = ann.chat.messages[0]
    sent = await bot.send_message(ANN, "hi", reply_to_message_id=question.message_id)
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "/start"
    await refused(
        bot.send_message(ANN, "hi", reply_to_message_id=99), "message to be replied not found"
    )
    await bot.send_message(ANN, "hi", reply_to_message_id=99, allow_sending_without_reply=True)


async def test_edits_that_cannot_be(bot: Bot, ann: User) -> None:
    theirs = ann.chat.messages[0]
    photo = await bot.send_photo(ANN, PICTURE)
    text = await bot.send_message(ANN, "x")
    deleted = await bot.send_message(ANN, "hi")
    ann.chat.messages[-1].deleted = True
    assert [one.text for one in ann.chat.from_bot] == [None, "x"]
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


# What users send


async def test_an_album_of_photos_and_files_does_not_exist(ann: User) -> None:
    mixture: list[Photo | Document] = [Photo(PICTURE), Document(PICTURE)]
    with pytest.raises(AssertionError, match="no album mixes"):
        await ann.sends_album(mixture)
    assert len(await ann.sends_album(mixture, mixed=True)) == 2
    assert len(await ann.sends_album([Photo(PICTURE), Video()])) == 2


async def test_a_large_photo_arrives_smaller(bot: Bot, ann: User) -> None:
    message = await ann.sends_photo(picture(4000, 3000))
    assert message.media["photo"][-1]["width"] == 2560
    file = await bot.get_file(message.media["photo"][-1]["file_id"])
    arrived = Image.open(io.BytesIO(await file.download_as_bytearray()))
    assert (arrived.size, arrived.format) == ((2560, 1920), "JPEG")


async def test_a_file_too_large_to_download(bot: Bot, ann: User) -> None:
    message = await ann.sends_document(bytes(20 * MB + 1))
    await refused(bot.get_file(message.media["document"]["file_id"]), "file is too big")


async def test_a_group_hides_what_is_not_for_the_bot(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    group = telegram.group(-1001)
    album = [Photo(PICTURE), Photo(PICTURE)]
    await ann.sends_text("hello all", chat=group)
    await ann.sends_album(album, caption="@artstyle_bot please", chat=group)
    answer = await bot.send_message(group.id, "Send two")
    await ann.sends_album(album, chat=group, reply_to=group.from_bot[0])
    mentioned, first, second = [one.message for one in await bot.get_updates()]
    assert mentioned is not None and mentioned.caption
    assert first is not None and first.reply_to_message
    assert second is not None and second.reply_to_message
    assert first.chat.type == "supergroup"
    assert first.reply_to_message.message_id == answer.message_id
    await ann.removes_bot(group)
    await refused(bot.send_message(group.id, "hi"), "bot was kicked", Forbidden)


# getUpdates


def numbers(updates: tuple[Update, ...]) -> list[int]:
    return [one.update_id for one in updates]


async def test_updates_stay_until_confirmed(telegram: Telegram, bot: Bot, ann: User) -> None:
    for text in "abc":
        await ann.sends_text(text)
    seen = numbers(await bot.get_updates(limit=2))
    assert all(after == before + 1 for before, after in pairwise(seen))
    async with client(telegram) as restarted:
        assert numbers(await restarted.get_updates(limit=2)) == seen
        assert numbers(await restarted.get_updates(seen[-1] + 1)) == [seen[-1] + 1]
    assert numbers(await bot.get_updates()) == [seen[-1] + 1]


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
    sent = await bot.send_message(ANN, "0 %", reply_markup=keyboard("Cancel"))
    button = ann.chat.from_bot[0].button("Cancel")
    press = await ann.presses(button)
    await refused(bot.answer_callback_query(press.id, "x" * 201), "MESSAGE_TOO_LONG")
    press.expired = True
    await refused(bot.answer_callback_query(press.id), "query is too old")
    await refused(bot.answer_callback_query("nonsense"), "query is too old")
    await bot.edit_message_text("Done", ANN, sent.message_id)
    with pytest.raises(AssertionError, match="not there any more"):
        await ann.presses(button)


# Faults


async def test_too_many_messages(telegram: Telegram, bot: Bot, ann: User) -> None:
    await telegram.user(8).sends_text("/start")
    telegram.limit_per_chat = 1
    await bot.send_message(ANN, "one")
    await bot.send_message(8, "one")
    await refused(bot.send_message(ANN, "two"), "Retry in 1 seconds", RetryAfter)


async def test_failures(telegram: Telegram, bot: Bot, ann: User) -> None:
    telegram.fail("sendMessage", 2, status=502, description="Bad Gateway")
    telegram.fail("sendMessage", retry_after=9)
    for _ in range(2):
        await refused(bot.send_message(ANN, "hi"), "Bad Gateway", NetworkError)
    await refused(bot.send_message(ANN, "hi"), "Retry in 9 seconds", RetryAfter)
    await bot.send_message(ANN, "hi")
    assert ann.chat.texts == ["hi"]
    assert len(telegram.called("sendMessage")) == 4


@pytest.mark.parametrize("acted", [True, False])
async def test_a_dropped_connection(telegram: Telegram, bot: Bot, ann: User, acted: bool) -> None:
    telegram.drop("sendMessage", acted=acted)
    await refused(bot.send_message(ANN, "hi"), "httpx.", NetworkError)
    assert ann.chat.texts == (["hi"] if acted else [])
    await bot.send_message(ANN, "again")


async def test_half_an_answer(telegram: Telegram, bot: Bot, ann: User) -> None:
    telegram.half("sendMessage")
    await refused(bot.send_message(ANN, "hi"), "without sending complete", NetworkError)
    assert ann.chat.texts == ["hi"]


@pytest.mark.parametrize("acted", [True, False])
async def test_a_late_answer(telegram: Telegram, bot: Bot, ann: User, acted: bool) -> None:
    telegram.delay("sendMessage", asyncio.Event(), acted=acted)
    await refused(bot.send_message(ANN, "hi", read_timeout=0.05), "timed out", TimedOut)
    assert ann.chat.texts == (["hi"] if acted else [])


async def test_waiting_says_what_was_there(ann: User) -> None:
    with pytest.raises(AssertionError, match="1 Ann: /start"):
        await ann.chat.until(lambda chat: chat.photos, seconds=0.01)
