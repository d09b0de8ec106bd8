"""The Telegram of the tests is as strict as Telegram: a real client meets its limits."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from typing import Any

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
from telegram.ext import Application, ApplicationBuilder, CallbackQueryHandler
from telegram.request import HTTPXRequest
from tests.telegram_limits import MB
from tests.telegram_server import Document, Photo, Telegram, User, Video, albums

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


async def test_get_me(telegram: Telegram, bot: Bot) -> None:
    me = await bot.get_me()
    assert me.username == "artstyle_bot"
    assert me.can_read_all_group_messages is False
    assert telegram.calls[-1].method == "getMe"


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
    [update] = await bot.get_updates()
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"
    await ann.unblocks_bot()
    await bot.send_message(ANN, "hi")


# Messages of the bot


async def test_a_message(bot: Bot, ann: User) -> None:
    sent = await bot.send_message(ANN, " a <b>bold</b> 😀 ")
    assert sent.text == "a <b>bold</b> 😀"
    assert sent.from_user is not None
    assert sent.from_user.is_bot
    assert ann.chat.texts == ["a <b>bold</b> 😀"]


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


# Edits


async def test_an_edit(bot: Bot, ann: User) -> None:
    sent = await bot.send_message(ANN, "0 %", reply_markup=keyboard("Cancel"))
    await bot.edit_message_text("50 %", ANN, sent.message_id, reply_markup=keyboard("Cancel"))
    edited = await bot.edit_message_text("Done", ANN, sent.message_id)
    [message] = ann.chat.from_bot
    assert [(one.text, one.buttons) for one in message.versions] == [
        ("0 %", ("Cancel",)),
        ("50 %", ("Cancel",)),
        ("Done", ()),
    ]
    assert not isinstance(edited, bool)
    assert edited.edit_date is not None


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


# Photos and files of the bot


async def test_a_photo(bot: Bot, ann: User) -> None:
    data = picture(1600, 1200)
    sent = await bot.send_photo(
        ANN, data, caption="20 %", disable_notification=True, reply_markup=keyboard("Cancel")
    )
    assert [one.width for one in sent.photo] == [90, 320, 800, 1280, 1600]
    assert [one.height for one in sent.photo] == [68, 240, 600, 960, 1200]
    [message] = ann.chat.photos
    assert (message.photo, message.caption, message.silent) == (data, "20 %", True)
    again = await bot.send_photo(ANN, sent.photo[-1].file_id)
    assert again.photo[-1].width == 1600


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


async def test_a_document(telegram: Telegram, bot: Bot, ann: User) -> None:
    sent = await bot.send_document(ANN, PICTURE, filename="Kunst ü.png", caption="Full size")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type) == ("Kunst ü.png", "image/png")
    assert sent.document.file_size == len(PICTURE)
    [message] = ann.chat.documents
    assert (message.document, message.file_name) == (PICTURE, "Kunst ü.png")
    assert telegram.called("sendDocument")[0].files["document"].data == PICTURE
    await refused(bot.send_photo(ANN, sent.document.file_id), "can't use file of type")
    await refused(bot.send_document(ANN, "nonsense"), "wrong file identifier")


async def test_commands(telegram: Telegram, bot: Bot) -> None:
    await bot.set_my_commands([("start", "Begin")])
    await bot.set_my_commands([("start", "Anfangen")], language_code="de")
    assert telegram.commands["de"] == [{"command": "start", "description": "Anfangen"}]
    assert telegram.commands[""][0]["description"] == "Begin"


# What users send


async def test_an_album_is_two_updates(bot: Bot, ann: User) -> None:
    await ann.sends_album([Photo(PICTURE), Photo(picture(48, 64))], caption="for you")
    first, second = [one.message for one in await bot.get_updates()]
    assert first is not None and second is not None
    assert first.media_group_id == second.media_group_id is not None
    assert second.message_id == first.message_id + 1
    assert (first.caption, second.caption) == ("for you", None)
    assert second.photo[-1].height == 64
    assert first.from_user is not None
    assert first.from_user.language_code == "en"


async def test_an_album_in_another_order(telegram: Telegram, bot: Bot, ann: User) -> None:
    files = [Document(PICTURE, "a.png"), Document(PICTURE, "b.png"), Document(PICTURE, "c.png")]
    messages = await ann.sends_album(files, order=[2, 0])
    seen = [one.effective_message for one in await bot.get_updates()]
    assert [one and one.message_id for one in seen] == [messages[n].message_id for n in (2, 0)]
    await telegram.arrive([messages[1]])
    assert len(await bot.get_updates()) == 3


async def test_an_album_of_photos_and_files_does_not_exist(ann: User) -> None:
    mixture: list[Photo | Document] = [Photo(PICTURE), Document(PICTURE)]
    with pytest.raises(AssertionError, match="no album mixes"):
        await ann.sends_album(mixture)
    assert len(await ann.sends_album(mixture, mixed=True)) == 2
    assert len(await ann.sends_album([Photo(PICTURE), Video()])) == 2


async def test_everything_else_that_arrives(bot: Bot, ann: User) -> None:
    await ann.sends_text("/start now")
    await ann.sends_document(PICTURE, "x.heic", "image/heic", caption="x")
    await ann.sends_sticker()
    await ann.sends_voice()
    await ann.sends_video()
    message = await ann.sends_photo(PICTURE, forwarded=True)
    await ann.edits(message, "my cat")
    *updates, edited = await bot.get_updates()
    text, document, sticker, voice, video, photo = [one.message for one in updates]
    assert text and (text.entities[0].type, text.entities[0].length) == ("bot_command", 6)
    assert document and document.document and document.document.mime_type == "image/heic"
    assert sticker and sticker.sticker and voice and voice.voice and video and video.video
    assert photo and photo.forward_origin
    assert edited.edited_message and edited.edited_message.caption == "my cat"


async def test_a_download(telegram: Telegram, bot: Bot, ann: User) -> None:
    message = await ann.sends_photo(PICTURE)
    file_id = message.media["photo"][-1]["file_id"]
    file = await bot.get_file(file_id)
    assert bytes(await file.download_as_bytearray()) == PICTURE
    assert telegram.downloads == [telegram.files.with_id(file_id).path]
    await refused(bot.get_file("nonsense"), "invalid file_id")


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


async def test_updates_without_sockets() -> None:
    bot = Bot("1:x")
    photos = [Photo(PICTURE), Photo(PICTURE)]
    first, second = (Update.de_json(one, bot) for one in albums(*photos, order=[1, 0], first=50))
    assert (first.update_id, second.update_id) == (50, 51)
    assert first.message is not None and second.message is not None
    assert (first.message.message_id, second.message.message_id) == (51, 50)


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


async def test_a_poll_waits_for_something(telegram: Telegram, bot: Bot, ann: User) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=2))
    await telegram.until(lambda: telegram.called("getUpdates"))
    await ann.sends_text("at last")
    [update] = await poll
    assert update.message is not None
    assert update.message.text == "at last"


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
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


# Buttons


async def test_a_button_is_pressed(bot: Bot, ann: User) -> None:
    await bot.send_message(ANN, "0 %", reply_markup=keyboard("Cancel", "Help"))
    press = await ann.presses(ann.chat.from_bot[0].button("Help"))
    [update] = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.data == "help"
    await update.callback_query.answer("Wait", show_alert=True)
    assert press.answer == {"text": "Wait", "show_alert": True}
    await refused(update.callback_query.answer(), "query is too old")


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


async def test_faults_of_downloads(telegram: Telegram, bot: Bot, ann: User) -> None:
    message = await ann.sends_photo(PICTURE)
    file = await bot.get_file(message.media["photo"][-1]["file_id"])
    telegram.half("file")
    await refused(file.download_as_bytearray(), "without sending complete", NetworkError)
    telegram.fail("file", status=404, description="Not Found")
    await refused(file.download_as_bytearray(), "Not Found", InvalidToken)
    go = asyncio.Event()
    telegram.delay("file", go)
    download = asyncio.create_task(file.download_as_bytearray())
    await bot.get_me()
    assert not download.done()
    go.set()
    assert bytes(await download) == PICTURE


async def test_telegram_goes_down(telegram: Telegram, bot: Bot, ann: User) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=2))
    await telegram.until(lambda: telegram.called("getUpdates"))
    await telegram.down()
    await refused(poll, "httpx.", NetworkError)
    await refused(bot.send_message(ANN, "hi"), "httpx.ConnectError", NetworkError)
    await telegram.up()
    await bot.send_message(ANN, "back")
    assert ann.chat.texts == ["back"]


# A whole application


async def _cancel(update: Update, context: Any) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("Cancelled")
    await update.callback_query.edit_message_text("Cancelled")


def application(telegram: Telegram) -> Application[Any, Any, Any, Any, Any, Any]:
    built = (
        ApplicationBuilder()
        .token(telegram.token)
        .base_url(telegram.base_url)
        .base_file_url(telegram.base_file_url)
        .build()
    )
    built.add_handler(CallbackQueryHandler(_cancel, pattern="^cancel$"))
    return built


async def test_an_application_polls(telegram: Telegram, ann: User) -> None:
    running = application(telegram)
    async with running:
        assert running.updater is not None
        await running.updater.start_polling(poll_interval=0, timeout=1)
        await running.start()
        await running.bot.send_message(ANN, "0 %", reply_markup=keyboard("Cancel"))
        press = await ann.presses(ann.chat.from_bot[0].button("Cancel"))
        await ann.chat.until(lambda chat: chat.texts == ["Cancelled"])
        assert press.answer == {"text": "Cancelled", "show_alert": False}
        await running.updater.stop()
        await running.stop()
    assert telegram.updates.pending == []


async def test_waiting_says_what_was_there(ann: User) -> None:
    with pytest.raises(AssertionError, match="1 Ann: /start"):
        await ann.chat.until(lambda chat: chat.photos, seconds=0.01)
