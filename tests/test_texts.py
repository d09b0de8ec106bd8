"""What the bot says, in both of its languages."""

import re
from dataclasses import fields
from string import Formatter

import pytest
from tests.jobs import a_job, step
from tests.telegram_limits import ANSWER, CAPTION, TEXT, check_commands, utf16

from artstyle.bot.options import WORDS, read
from artstyle.bot.polling import COMMANDS
from artstyle.bot.texts import ENGLISH, LANGUAGES, RUSSIAN, Texts, texts
from artstyle.errors import DiskFull, PictureHeavy, Recorded
from artstyle.jobs import Failure, JobStatus, Phase

BOTH = pytest.mark.parametrize("words", [ENGLISH, RUSSIAN], ids=["English", "Russian"])
ANSWERS = ("gone", "not_yours", "largest", "started", "private")
CAPTIONS = ("done", "file_as_jpeg")
BUTTONS = ("cancel", "stronger", "weaker", "colors", "swapped", "larger")
NAMES = {
    "Telegram",
    "JPEG",
    "GIF",
    "help",
    "status",
    "cancel",
    "paintings",
    "language",
}  # the same in every language


def sentences(words: Texts) -> dict[str, str]:
    names = [field.name for field in fields(words) if field.name != "language"]
    return {name: getattr(words, name) for name in names}


def placeholders(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def told(words: Texts) -> set[str]:
    """The words before the colons of the help's list."""
    found = re.findall(r"^• (.+?):", words.help, re.M)
    return {word for line in found for word in re.split(r", | or | или ", line)}


def test_both_languages_have_all_texts_with_the_same_placeholders() -> None:
    russian = sentences(RUSSIAN)
    for name, text in sentences(ENGLISH).items():
        assert text.strip() == text != "" and russian[name].strip() == russian[name] != "", name
        assert placeholders(text) == placeholders(russian[name]), name
    assert {"en": ENGLISH, "ru": RUSSIAN} == LANGUAGES  # the codes that Telegram uses


def test_russian_is_russian() -> None:
    for name, text in sentences(RUSSIAN).items():
        assert set(re.findall("[A-Za-z]+", text)) <= NAMES, name
        assert re.search("[а-я]", text, re.I), name
    for text in sentences(ENGLISH).values():
        assert not re.search("[а-яё]", text, re.I)


@BOTH
def test_telegram_accepts_every_text_where_it_is_used(words: Texts) -> None:
    limits = dict.fromkeys(ANSWERS, ANSWER) | dict.fromkeys(CAPTIONS, CAPTION)
    for name, text in sentences(words).items():
        assert 0 < utf16(text) <= limits.get(name, TEXT), name
    texts = {name: getattr(words, f"{name}_command") for name in COMMANDS}
    check_commands([{"command": name, "description": text} for name, text in texts.items()])
    assert "/status" in words.help and "/cancel" in words.help


@BOTH
def test_buttons_can_be_told_apart(words: Texts) -> None:
    labels = [getattr(words, name) for name in BUTTONS]
    assert len(set(labels)) == len(labels)
    assert all(utf16(label) <= 20 for label in labels)  # two stand side by side


def test_the_russian_button_for_the_size_is_not_named_like_larger_strokes() -> None:
    (strokes,) = re.findall(r"^• мелко.*$", RUSSIAN.help, re.M)
    assert "крупнее" in strokes and RUSSIAN.larger.lower() not in strokes


@BOTH
def test_the_help_names_the_words_that_are_understood_and_no_others(words: Texts) -> None:
    mine = {word: WORDS[word] for word in WORDS if word.isascii() == (words is ENGLISH)}
    assert told(words) <= mine.keys()
    assert {mine[word] for word in told(words)} == set(mine.values())  # of two spellings one


@BOTH
def test_the_example_of_the_help_is_understood(words: Texts) -> None:
    (example,) = re.findall(r"[“«]([^“«»”]*, [^“«»”]*)[”»]", words.help)
    assert read(example, {}, 3)[2] == example


@pytest.mark.parametrize("code", ["ru", "ru-RU", "RU", "en", "en-GB", "de", "rum", "", None])
def test_everybody_gets_their_language_or_english(code: str | None) -> None:
    russian = code in ("ru", "ru-RU", "RU")
    assert texts(code) is (RUSSIAN if russian else ENGLISH)


@BOTH
def test_a_job_says_how_it_stands(words: Texts) -> None:
    assert words.status(a_job(position=3)) == words.queued.format(3)
    running = {"status": JobStatus.RUNNING}
    begun = {words.status(a_job(**running, phase=phase)) for phase in Phase}
    assert len(begun) == len(Phase) and all(text.endswith("…") for text in begun)
    assert words.status(a_job(**running)) == words.starting
    half = words.status(a_job(**running, step=step(50)))
    assert half == words.progress.format(50, "2 s" if words is ENGLISH else "2 с")
    moved = a_job(**running, step=step(50), moves=1)
    assert words.status(moved) == f"{half} · {words.moved}"
    for status in (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED):
        assert words.status(a_job(status=status)) == getattr(words, status)


def test_the_end_of_a_job_says_how_long_it_took_or_what_went_wrong() -> None:
    done = a_job(status=JobStatus.DONE, started=1000.0, ended=1200.0).state
    assert (ENGLISH.end(done), RUSSIAN.end(done)) == (
        "Done in 3 min 20 s.",
        "Готово за 3 мин 20 с.",
    )
    cancelled = a_job(status=JobStatus.CANCELLED).state
    assert RUSSIAN.end(cancelled) == RUSSIAN.cancelled
    failed = a_job(status=JobStatus.FAILED, failure=Failure.of(DiskFull())).state
    assert ENGLISH.end(failed).startswith("It didn't work. The disk is full, so")
    assert RUSSIAN.end(failed).startswith("Не получилось. На диске нет места,")
    old = a_job(status=JobStatus.FAILED, failure=Failure.of(Recorded("the cat left"))).state
    assert ENGLISH.end(old) == "It didn't work. The cat left."
    assert RUSSIAN.end(old) == "Не получилось. Что-то пошло не так."


def test_a_refusal_names_the_file_or_its_part_in_the_users_language() -> None:
    named, style = PictureHeavy(20, role="style", name="a.png"), PictureHeavy(20, role="style")
    assert ENGLISH.error(named) == "a.png is larger than 20 MB; choose a smaller file."
    assert ENGLISH.error(style) == "The painting is larger than 20 MB; choose a smaller file."
    assert RUSSIAN.error(style) == "Картина: файл больше 20 МБ; возьмите поменьше."


def test_a_job_that_is_held_says_why() -> None:
    job = a_job(position=2, held=DiskFull())
    assert ENGLISH.status(job).startswith("Paused for now, and it'll go on by itself. The disk is")
    assert RUSSIAN.status(job).startswith("Пока пауза, потом всё продолжится само. На диске нет")
