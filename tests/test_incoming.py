"""What a message brings: pictures, words, and whether the bot is spoken to."""

from types import SimpleNamespace
from typing import Any

import pytest
from telegram import Document as TelegramDocument
from telegram import Message, PhotoSize
from tests.jobs import PAINTING, PHOTO, picture
from tests.telegram_chats import Message as Sent
from tests.telegram_people import Document, Item, Other, Photo
from tests.telegram_world import BOT, BOT_ID, USERNAME, World, albums

from artstyle.bot.incoming import (
    caption_of,
    check_size,
    is_for_bot,
    is_reply_pair,
    one_by_one,
    picture_of,
    pictures_of,
    refusal,
)
from artstyle.bot.kinds import UNKNOWN
from artstyle.bot.texts import texts
from artstyle.errors import PictureHeavy

PAIR = [Photo(PHOTO), Photo(PAINTING)]
GROUP = -1001234


def as_roles(messages: list[Message], *roles: str) -> dict[str, object]:
    return {role: picture_of(each) for role, each in zip(roles, messages, strict=True)}


def as_message(json: dict[str, Any]) -> Message:
    message = Message.de_json(json, None)
    assert message is not None
    return message


def album(*items: Item, **said: Any) -> list[Message]:
    return [as_message(message) for message in albums(*items, **said)]


def one(item: Item) -> Message:
    return album(item, Photo(PHOTO))[0]


def in_group(caption: str | None, items: list[Item] | None = None, **said: Any) -> list[Message]:
    world = World()
    group = world.group(GROUP)
    sent = world.user(7).album(items or [*PAIR], caption, chat=group, **said)
    return [as_message(message.json()) for message in sent]


def reply_to(sender: dict[str, Any]) -> list[Message]:
    world = World()
    group = world.group(GROUP)
    before = group.add(Sent(group, sender, text="20 %"))
    sent = world.user(7).album(PAIR, "strong", chat=group, reply_to=before)
    return [as_message(message.json()) for message in sent]


def is_meant(messages: list[Message]) -> bool:
    bot: Any = SimpleNamespace(id=BOT_ID, username=USERNAME)
    return is_for_bot(messages, bot)


def test_of_a_photo_the_largest_size_is_taken() -> None:
    message = one(Photo(picture(1, 900, 1200)))
    assert len(message.photo) > 2
    largest = message.photo[-1]
    assert (largest.width, largest.height) == (1200, 900)
    assert picture_of(message) == largest


def test_the_order_in_which_telegram_lists_the_sizes_says_nothing() -> None:
    (json, _) = albums(Photo(picture(1, 900, 1200)), Photo(PHOTO))
    largest = json["photo"][-1]["file_id"]
    found = picture_of(as_message({**json, "photo": json["photo"][::-1]}))
    assert found is not None and found.file_id == largest


@pytest.mark.parametrize("mime", ["image/png", "image/x-unheard-of", "image/heic", *UNKNOWN])
@pytest.mark.parametrize("name", ["IMG_1.HEIC", "IMG_1", "a.jpeg", "a.unheard"])
def test_a_file_that_may_be_a_picture_is_one(mime: str, name: str) -> None:
    message = one(Document(PHOTO, name, mime))
    assert message.document is not None and picture_of(message) == message.document


@pytest.mark.parametrize(
    "item",
    [
        Document(b"%PDF", "a.png", "application/pdf"),
        Document(b"film", "image.mp4", "video/mp4"),
        Document(b"PK", "a.zip", UNKNOWN[0]),
        Other(),
    ],
)
def test_anything_else_is_no_picture(item: Item) -> None:
    assert picture_of(one(item)) is None


def test_a_text_or_a_single_picture_is_no_pair() -> None:
    text = as_message(World().user(7).message(text="image/png").json())
    assert picture_of(text) is None
    assert pictures_of([text, text]) is pictures_of(album(*PAIR)[:1]) is pictures_of([]) is None


def test_a_picture_that_a_bot_cant_download_is_refused_by_its_name_or_its_role() -> None:
    limit = 20_000_000
    size, more = PhotoSize("a", "a", 9, 9, limit), PhotoSize("b", "b", 9, 9, limit + 1)
    check_size({"content": size, "style": PhotoSize("c", "c", 9, 9)}, limit)
    with pytest.raises(PictureHeavy, match="the painting is larger than 20 MB"):
        check_size({"content": size, "style": more}, limit)
    with pytest.raises(PictureHeavy, match=r"huge\.png is larger than 20 MB"):
        named = TelegramDocument("d", "d", file_name="huge.png", file_size=limit + 1)
        check_size({"content": size, "style": size, "style_2": named}, limit)


@pytest.mark.parametrize(
    "items", [PAIR, [Document(PHOTO), Document(PAINTING)], [Photo(PHOTO), Document(PAINTING)]]
)
def test_two_pictures_are_a_pair_in_their_order(items: list[Item]) -> None:
    messages = album(*items)
    assert pictures_of(messages) == as_roles(messages, "content", "style")


@pytest.mark.parametrize(
    "items",
    [
        [*PAIR, *PAIR, *PAIR],
        [Photo(PHOTO), Other()],
        [Other(), Photo(PHOTO)],
        [Document(PHOTO), Document(b"%PDF", "a.pdf", "application/pdf")],
        [*PAIR, Other()],
    ],
)
def test_anything_but_a_photo_and_up_to_four_paintings_is_nothing_to_paint(
    items: list[Item],
) -> None:
    assert pictures_of(album(*items)) is None


def test_the_paintings_follow_the_photo_and_a_mask_is_the_last() -> None:
    five = album(*PAIR, *PAIR, Photo(PHOTO))
    paintings = ["style", "style_2", "style_3", "style_4"]
    assert pictures_of(five) == as_roles(five, "content", *paintings)
    assert pictures_of(five, masked=True) == as_roles(five, "content", *paintings[:3], "mask")
    six = album(*PAIR, *PAIR, *PAIR)
    assert pictures_of(six, masked=True) == as_roles(six, "content", *paintings, "mask")
    assert pictures_of(album(*PAIR), masked=True) is None


def test_one_by_one_each_painting_has_the_photo_and_the_mask() -> None:
    messages = album(*PAIR, *PAIR)
    photo, first, second, mask = map(picture_of, messages)
    pictures = pictures_of(messages, masked=True)
    assert pictures is not None and one_by_one(pictures) == [
        {"content": photo, "style": first, "mask": mask},
        {"content": photo, "style": second, "mask": mask},
    ]


def test_forwarded_pictures_are_a_pair() -> None:
    sent = World().user(7).album(PAIR, forwarded=True)
    messages = [as_message(message.json()) for message in sent]
    assert pictures_of(messages) == as_roles(messages, "content", "style")


def test_a_painting_in_reply_to_a_photo_is_a_pair_and_one_of_an_album_isnt() -> None:
    ann = World().user(7)
    photo = ann.message(**ann._media(Photo(PHOTO)))
    painting = as_message(ann.message(reply_to=photo, **ann._media(Photo(PAINTING))).json())
    assert is_reply_pair(painting)
    pair = pictures_of([painting])
    assert pair and [(each.width, each.height) for each in pair.values()] == [(96, 72), (64, 80)]  # type: ignore[union-attr]
    assert not is_reply_pair(as_message({**painting.to_dict(), "media_group_id": "1"}))
    said = as_message(ann.message(reply_to=photo, text="nice").json())
    assert not is_reply_pair(said)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([Document(b"%PDF", "a.pdf", "application/pdf"), Photo(PHOTO)], "“a.pdf” isn't a picture."),
        ([Photo(PHOTO), Other()], "Not all of these are pictures."),
        ([*PAIR, *PAIR, *PAIR], texts("en").too_many.format(6)),
    ],
)
def test_a_refusal_has_its_reason(items: list[Item], reason: str) -> None:
    assert refusal(album(*items), texts("en")) == f"{reason} {texts('en').hint}"
    assert refusal(album(*items), texts("ru")) != refusal(album(*items), texts("en"))
    assert refusal(album(*PAIR), texts("en"), masked=True).startswith(texts("en").mask_alone)
    assert refusal([as_message(World().user(7).message(text="hello").json())], texts("en")) == (
        texts("en").hint
    )


def test_the_caption_is_all_that_stands_under_the_pictures() -> None:
    assert caption_of(album(*PAIR)) == ""
    assert caption_of(album(*PAIR, caption="strong")) == "strong"
    assert caption_of(album(Photo(PHOTO), Photo(PAINTING, "fine"))) == "fine"
    assert caption_of(album(Photo(PHOTO, "strong"), Photo(PAINTING, "fine"))) == "strong fine"


def test_in_private_everything_is_for_the_bot() -> None:
    assert is_meant(album(*PAIR))
    assert is_meant(album(*PAIR, caption="@somebody_else"))


@pytest.mark.parametrize(
    "caption",
    [
        f"@{USERNAME}",
        f"strong, @{USERNAME.upper()}!",
        "@ArtStyle_Bot fine",
        f"🎨🖼️👩‍🎨 bitte @{USERNAME} мелко",
        f"@somebody_else @{USERNAME}",
    ],
)
def test_in_a_group_the_bot_is_spoken_to_by_its_name(caption: str) -> None:
    assert is_meant(in_group(caption))


def test_the_name_may_stand_under_either_picture() -> None:
    items: list[Item] = [Photo(PHOTO), Photo(PAINTING, f"🎨 @{USERNAME}")]
    assert is_meant(in_group(None, items))


@pytest.mark.parametrize(
    "caption",
    [
        None,
        "strong",
        "@somebody_else",
        f"@{USERNAME}2",
        f"@my_{USERNAME}",
        f"ann@{USERNAME}",
        USERNAME,
        f"🎨🎨🎨🎨 @not_it {USERNAME}",
    ],
)
def test_in_a_group_other_words_are_not_for_the_bot(caption: str | None) -> None:
    assert not is_meant(in_group(caption))


def test_in_a_group_an_answer_to_the_bot_is_for_it_and_to_others_is_not() -> None:
    assert is_meant(reply_to(BOT))
    assert not is_meant(reply_to({"id": 8, "is_bot": False, "first_name": "Bob"}))
    assert not is_meant(reply_to({**BOT, "id": BOT_ID + 1}))
