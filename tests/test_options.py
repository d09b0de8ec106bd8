"""Words under the pictures, and the buttons under a result."""

from typing import Any

import pytest

from artstyle.bot.options import AGAIN, ENGLISH_WORDS, SIZES, STRENGTH, WORDS, again, read
from artstyle.bot.texts import RUSSIAN_WORDS
from artstyle.errors import SettingsError
from artstyle.settings import MAX_LEVELS, SETTINGS, Settings, preset

USUAL = Settings()


def read_one(caption: str, most: int = 3, **defaults: Any) -> Settings:
    return read(caption, defaults, most)[0]


def pressed(what: str, asked: Settings, most: int = 3) -> Settings:
    changed = again(what, asked, asked.resolved("cpu"), most)
    assert changed is not None
    return changed


def changes(before: Settings, after: Settings) -> dict[str, Any]:
    return {name: new for name, new in after.as_dict().items() if new != before.as_dict()[name]}


@pytest.mark.parametrize(
    ("caption", "understood"),
    [
        ("strong", "strong"),
        ("STRONG!", "strong"),
        ("“Strong”, please", "strong"),
        ("🔥strong🔥", "strong"),
        ("fine,strong;high", "fine, strong, high"),
        ("make it strong\nand keep\ncolors", "strong, keep colors"),
        ("keep \t  colours.", "keep colours"),
        ("keep\u00a0colors", "keep colors"),
        ("Сильно! Мелко?", "сильно, мелко"),
        ("СОХРАНИ\nЦВЕТА", "сохрани цвета"),
        ("набросок, сохранить цвета", "набросок, сохранить цвета"),
        ("strong и мелко", "strong, мелко"),
    ],
)
def test_words_are_understood_in_any_case_with_any_punctuation(
    caption: str, understood: str
) -> None:
    assert read(caption, {}, 3)[2] == understood


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "stronghold and highway",
        "keep the colors, keepcolors",
        "несильно, небольшой, мелковато",
        "сохрани все цвета",
        "@artstyle_bot",
    ],
)
def test_other_words_and_parts_of_words_say_nothing(caption: str) -> None:
    assert read(caption, {}, 3) == (USUAL, None, "")


def test_each_english_word_has_a_russian_one_and_no_word_is_unknown() -> None:
    described = {word for setting in SETTINGS.values() for word in setting.words}
    assert ENGLISH_WORDS.keys() == described | set(SIZES)
    assert set(RUSSIAN_WORDS.values()) == ENGLISH_WORDS.keys()
    for russian, english in RUSSIAN_WORDS.items():
        assert read(russian, {}, 3)[:2] == read(english, {}, 3)[:2]


def test_every_word_changes_the_settings_as_it_says() -> None:
    strong, weak = read_one("strong"), read_one("weak")
    assert strong.content_weight < USUAL.content_weight < weak.content_weight
    assert read_one("fine").style_scale < USUAL.style_scale < read_one("bold").style_scale
    assert read_one("keep colors").keep_colors
    assert [read_one(word).levels for word in ("preview", "standard", "high")] == [1, 2, 3]
    for word in WORDS:
        assert len(changes(USUAL, read_one(word))) == 1, word


def test_of_words_that_contradict_each_other_the_last_counts() -> None:
    assert read("strong, no: weak", {}, 3)[::2] == (read_one("weak"), "weak")
    assert read("мелко крупно", {}, 3)[2] == "крупно"
    settings, name, words = read("high strong preview", {}, 3)
    assert (settings.levels, name, words) == (1, "preview", "preview, strong")


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_size_is_a_preset_with_no_more_levels_than_are_allowed(most: int) -> None:
    for size in SIZES:
        assert read(size, {}, MAX_LEVELS) == (preset(size), size, size)
        levels = preset(size).levels
        assert levels and read_one(size, most).levels == min(levels, most)


def test_defaults_hold_for_what_is_not_said() -> None:
    assert read_one("", levels=2, iterations=7) == Settings(levels=2, iterations=7)
    assert read_one("high", levels=1, iterations=7) == Settings(levels=3, iterations=7)
    assert read_one("strong", levels=2).levels == 2
    assert read_one("weak", content_weight=0.5).content_weight == read_one("weak").content_weight


def test_a_button_changes_one_thing_and_keeps_the_rest() -> None:
    asked = Settings(iterations=40, style_scale=2.0, seed=3)
    weight = asked.content_weight
    assert {what: changes(asked, pressed(what, asked)) for what in AGAIN} == {
        "stronger": {"content_weight": weight / STRENGTH},
        "weaker": {"content_weight": weight * STRENGTH},
        "colors": {"keep_colors": True},
        "swapped": {},
        "larger": {"levels": 2},
    }


def test_larger_goes_on_from_the_size_that_was_used() -> None:
    asked = Settings()
    cpu, gpu = asked.resolved("cpu"), asked.resolved("cuda")
    assert again("larger", asked, cpu, 3) == Settings(levels=2)  # its iterations follow from it
    assert again("larger", asked, gpu, 3) == Settings(levels=3)


@pytest.mark.parametrize(("levels", "most"), [(3, 3), (1, 1), (2, 1), (MAX_LEVELS, 99)])
def test_larger_is_refused_beyond_what_is_allowed(levels: int, most: int) -> None:
    asked = Settings(levels=levels)
    assert again("larger", asked, asked, most) is None
    for what in set(AGAIN) - {"larger"}:
        assert again(what, asked, asked, most) is not None  # what is there may be made again


@pytest.mark.parametrize("what", ["stronger", "weaker"])
def test_a_button_pressed_again_and_again_never_leaves_the_settings(what: str) -> None:
    weights = [USUAL.content_weight]
    for _ in range(30):
        weights.append(pressed(what, Settings(content_weight=weights[-1])).content_weight)
    assert weights == sorted(weights, reverse=what == "stronger")
    assert 0 < weights[-1] < 1000
    assert weights[-1] == weights[-2]  # an end, and no error


@pytest.mark.parametrize("weight", [0.0, 1e-6, 0.004, 6.0, 1000.0])
def test_beyond_its_end_a_button_never_does_the_contrary(weight: float) -> None:
    asked = Settings(content_weight=weight)
    assert pressed("stronger", asked).content_weight <= weight
    assert pressed("weaker", asked).content_weight >= weight


def test_defaults_that_cant_be_are_refused() -> None:
    with pytest.raises(SettingsError, match="levels must be from 1 to 6"):
        read_one("strong", levels=9)
