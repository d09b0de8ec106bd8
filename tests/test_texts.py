"""What the bot says, in both of its languages."""

import re
from dataclasses import fields
from string import Formatter

import pytest
from tests.jobs import step as a_step
from tests.telegram_limits import ANSWER, CAPTION, TEXT, check_commands, utf16

from artstyle import errors
from artstyle.bot.options import WORDS, read
from artstyle.bot.texts import ENGLISH, LANGUAGES, RUSSIAN, Texts, texts
from artstyle.errors import ArtstyleError

BOTH = pytest.mark.parametrize("words", [ENGLISH, RUSSIAN], ids=["English", "Russian"])
ANSWERS = ("gone", "not_yours", "largest", "started", "private")
CAPTIONS = ("done", "file_as_jpeg")
BUTTONS = ("cancel", "stronger", "weaker", "colors", "swapped", "larger")
NAMES = {"Telegram", "JPEG", "help", "status", "cancel"}  # the same in every language
ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ArtstyleError)
]


def sentences(words: Texts) -> dict[str, str]:
    found = {field.name: getattr(words, field.name) for field in fields(words)}
    commands = found.pop("commands")
    return {**found, **{f"/{name}": text for name, text in commands.items()}}


def placeholders(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def told(words: Texts) -> set[str]:
    """Give the words before the colons of the help's list."""
    found = re.findall(r"^• (.+?):", words.help, re.M)
    return {word for line in found for word in re.split(r", | or | или ", line)}


def test_both_languages_say_everything_with_the_same_placeholders() -> None:
    english, russian = sentences(ENGLISH), sentences(RUSSIAN)
    assert english.keys() == russian.keys()
    for name, text in english.items():
        assert text.strip() == text and russian[name].strip() == russian[name], name
        assert text and russian[name], name
        assert placeholders(text) == placeholders(russian[name]), name


def test_russian_is_russian() -> None:
    for name, text in sentences(RUSSIAN).items():
        assert set(re.findall("[A-Za-z]+", text)) <= NAMES, name
        assert name == "progress" or re.search("[а-я]", text, re.I), name
    for text in sentences(ENGLISH).values():
        assert not re.search("[а-яё]", text, re.I)


@BOTH
def test_telegram_takes_every_text_where_it_is_used(words: Texts) -> None:
    for name, text in sentences(words).items():
        assert 0 < utf16(text) <= TEXT, name
    for name in ANSWERS:
        assert utf16(getattr(words, name)) <= ANSWER, name
    for name in CAPTIONS:
        assert utf16(getattr(words, name)) <= CAPTION, name


@BOTH
def test_commands_have_descriptions_that_telegram_takes(words: Texts) -> None:
    described = [{"command": name, "description": text} for name, text in words.commands.items()]
    check_commands(described)
    assert all(len(text) >= 3 for text in words.commands.values())
    for name in ("status", "cancel"):
        assert f"/{name}" in words.help
    assert set(words.commands) == {"help", "status", "cancel"}


@BOTH
def test_buttons_can_be_told_apart(words: Texts) -> None:
    labels = [getattr(words, name) for name in BUTTONS]
    assert len(set(labels)) == len(labels)
    assert all(utf16(label) <= 20 for label in labels)  # two stand side by side


def test_the_russian_button_for_the_size_is_not_named_like_larger_strokes() -> None:
    (strokes,) = re.findall(r"^• мелко.*$", RUSSIAN.help, re.M)
    assert "крупнее" in strokes
    assert RUSSIAN.larger.lower() not in strokes


@BOTH
def test_the_help_names_the_words_that_are_understood_and_no_others(words: Texts) -> None:
    english = words is ENGLISH
    mine = {word: meaning for word, meaning in WORDS.items() if word.isascii() == english}
    assert told(words) <= mine.keys()
    assert {mine[word] for word in told(words)} == set(mine.values())  # of two spellings one


@BOTH
def test_the_examples_of_the_help_are_understood(words: Texts) -> None:
    (example,) = re.findall(r"[“«]([^“«»”]*, [^“«»”]*)[”»]", words.help)
    assert read(example, {}, 3)[2] == example


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ru", RUSSIAN),
        ("ru-RU", RUSSIAN),
        ("RU", RUSSIAN),
        ("en", ENGLISH),
        ("en-GB", ENGLISH),
        ("de", ENGLISH),
        ("rum", ENGLISH),
        ("", ENGLISH),
        (None, ENGLISH),
    ],
)
def test_everybody_gets_their_language_or_english(code: str | None, words: Texts) -> None:
    assert texts(code) is words


def test_languages_are_known_by_the_codes_that_telegram_uses() -> None:
    assert {"en": ENGLISH, "ru": RUSSIAN} == LANGUAGES


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (-3, "0 s", "0 с"),
        (0, "0 s", "0 с"),
        (0.6, "1 s", "1 с"),
        (99.4, "99 s", "99 с"),
        (99.6, "2 min", "2 мин"),
        (120, "2 min", "2 мин"),
        (121, "3 min", "3 мин"),
        (7200, "120 min", "120 мин"),
    ],
)
def test_a_time_is_given_in_seconds_then_in_minutes(
    seconds: float, english: str, russian: str
) -> None:
    assert (ENGLISH.duration(seconds), RUSSIAN.duration(seconds)) == (english, russian)


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_says_itself_in_english_and_is_worded_in_russian(
    kind: type[ArtstyleError],
) -> None:
    error = kind("the photo is too small: choose one of 64 px")
    assert ENGLISH.of_error(error) == "The photo is too small: choose one of 64 px."
    said = RUSSIAN.of_error(error)
    assert said in sentences(RUSSIAN).values()
    assert not set(re.findall("[A-Za-z]+", said)) - NAMES


def test_in_russian_errors_that_ask_for_different_things_differ() -> None:
    kinds = [errors.PictureError, errors.QueueError, errors.DiskError, errors.OutOfMemory]
    said = [RUSSIAN.of_error(kind("x")) for kind in kinds]
    assert said == [RUSSIAN.bad_picture, RUSSIAN.full, RUSSIAN.disk, RUSSIAN.memory]
    assert RUSSIAN.of_error(errors.SettingsError("x")) == RUSSIAN.error


@BOTH
def test_a_job_that_was_moved_says_so(words: Texts) -> None:
    step = a_step(50)
    assert words.running(step, 0) + f" · {words.moved}" == words.running(step, 1)
    assert words.running(None, 0) == words.running(None, 1) == words.working
