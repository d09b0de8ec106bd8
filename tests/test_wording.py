"""Errors and figures in words, in both languages; errors as codes and data."""

import json
import pickle
import re
import string
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from artstyle import errors
from artstyle.errors import CODES, ArtstyleError, Explained, OwnerFull, PictureTooSmall, restore
from artstyle.jobs import Failure
from artstyle.wording import RUSSIAN, duration, sentence, word

SAMPLES: Mapping[str, Any] = {
    "role": "style",
    "available": 1.5,
    "needed": 2.5,
    "smaller_needed": 0.5,
    "least": 16,
    "megabytes": 20.0,
    "choices": ["a", "b"],
    "formats": ["JPEG"],
    "kind": "whole",
    "name": None,
    "field": "seed",
    "path": "Result.png",
    "folder": "paintings",
}


def sample(code: str) -> ArtstyleError:
    """An error of each kind with made-up data."""
    return CODES[code](**{each.name: SAMPLES.get(each.name, 7) for each in fields(CODES[code])})


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_code_has_words_in_both_languages() -> None:
    families = {code for code, each in CODES.items() if "sentence" not in vars(each)}
    raised = {code for code in families if issubclass(CODES[code], Explained)}
    assert set(RUSSIAN) == CODES.keys() - families | raised
    for code, kind in CODES.items():
        known = {each.name for each in fields(kind)} | {"picture", "setting", "wanted"}
        assert placeholders(kind.sentence) <= known, code
        assert placeholders(RUSSIAN.get(code, "")) <= known, code


@pytest.mark.parametrize("code", CODES)
def test_every_error_is_worded_and_survives_storing_and_sending(code: str) -> None:
    error = sample(code)
    assert error.code == code
    for language in ("en", "ru"):
        text = word(error, language)
        assert text == f"{text[0].upper()}{text[1:]}" and "{" not in text and "\n" not in text
    for copy in (
        restore(code, json.loads(json.dumps(error.data))),
        pickle.loads(pickle.dumps(error)),
    ):
        assert (type(copy), str(copy)) == (type(error), str(error))


WITH_PATHS = {
    code: [each.name for each in fields(kind) if each.type == "Path"]
    for code, kind in CODES.items()
    if any(each.type == "Path" for each in fields(kind))
}


@pytest.mark.parametrize("code", WITH_PATHS)
def test_users_see_no_folder_and_who_runs_the_program_sees_it_whole(code: str) -> None:
    whole = dict.fromkeys(WITH_PATHS[code], Path("/home/ann/.cache/a.bin"))
    others = [each.name for each in fields(CODES[code]) if each.name not in whole]
    error = CODES[code](**whole, **{name: SAMPLES.get(name, 7) for name in others})
    assert "/home/ann/.cache/a.bin" in str(error)
    old = dict.fromkeys(whole, "/home/ann/.cache/a.bin")  # as older versions stored it
    shown = [
        *(word(error, "en"), word(error, "ru"), json.dumps(error.data)),
        *(json.dumps(Failure.of(error).data), str(restore(code, {**error.data, **old}))),
    ]
    assert [text for text in shown if "/" in text or "a.bin" not in text] == []


def test_no_error_holds_a_path_as_a_text() -> None:
    named = [
        (code, each.name, each.type)
        for code, kind in CODES.items()
        for each in fields(kind)
        if each.name in ("path", "folder", "file", "filename") and each.type != "Path"
    ]
    assert named == []
    # These may name paths where they are raised: they end a start, or a command line's run.
    worded = {kind.__name__ for kind in CODES.values() if issubclass(kind, Explained)}
    starts = {"OutputError", "ArgumentError", "TokenError", "ClusterError", "DataError"}
    assert worded - {"Explained", "Recorded"} == starts


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("/srv/ast/data/jobs/a1/result.png can't be written", "result.png can't be written"),
        ("no space left: '/root/x y.png'", "no space left: 'x y.png'"),
        ("3/4 of https://example.org/a/b failed", "3/4 of https://example.org/a/b failed"),
    ],
)
def test_a_failure_of_an_older_version_loses_its_folders(stored: str, shown: str) -> None:
    assert str(restore("recorded", {"reason": stored})) == shown


def test_a_picture_is_called_by_its_file_or_by_its_role() -> None:
    error = PictureTooSmall(3, 4, 16, role="content")
    assert str(error) == "the photo is 3 × 4 pixels; the shorter side needs at least 16"
    assert word(error, "ru").startswith("Фотография: 3 × 4 точек")
    error.name = "cat\n.jpg"
    assert word(error).startswith("cat?.jpg is 3 × 4 pixels")  # no capital: it is a name
    assert word(error, "ru").startswith("cat?.jpg: 3 × 4 точек")


def test_an_unknown_code_or_foreign_data_is_still_an_error() -> None:
    assert str(restore("from-the-future", {})) == "something went wrong"
    assert type(restore("owner-full", {"another": 1})) is ArtstyleError
    assert restore("owner-full", {"limit": 3}).data == OwnerFull(3).data


def test_the_tree_at_the_top_of_the_file_names_every_family() -> None:
    drawn = re.findall(r"^[ │├└─]*(\w+)  ", errors.__doc__ or "", re.MULTILINE)
    families = {kind for each in CODES.values() for kind in each.__bases__} - {Exception}
    assert {kind.__name__ for kind in families} - {*drawn} == {"Explained", "OutOfMemory"}
    assert all(issubclass(getattr(errors, name), ArtstyleError) for name in drawn)


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (-1, "0 s", "0 с"),
        (0.4, "0 s", "0 с"),
        (48, "48 s", "48 с"),
        (99.4, "99 s", "99 с"),
        (100, "1 min 40 s", "1 мин 40 с"),
        (200, "3 min 20 s", "3 мин 20 с"),
        (3599.4, "59 min 59 s", "59 мин 59 с"),
        (7500, "2 h 5 min", "2 ч 5 мин"),
    ],
)
def test_durations(seconds: float, english: str, russian: str) -> None:
    assert (duration(seconds), duration(seconds, "ru")) == (english, russian)


def test_a_sentence_begins_with_a_capital_and_keeps_the_rest() -> None:
    assert sentence(ValueError("the disk of ANN is full")) == "The disk of ANN is full"
    assert sentence("") == ""
