"""Words under the pictures."""

from typing import Any

import pytest

from artstyle.bot import options
from artstyle.bot.options import ENGLISH_WORDS, SIZES, WORDS, read
from artstyle.bot.texts import RUSSIAN_WORDS
from artstyle.errors import SettingsError
from artstyle.settings import MAX_LEVELS, SETTINGS, Settings, preset

USUAL = Settings()


def read_one(caption: str, most: int = 3, **defaults: Any) -> Settings:
    return read(caption, defaults, most)[0]


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
    assert 0 <= strong.realism < USUAL.realism < weak.realism <= 1
    assert read_one("fine").style_scale < USUAL.style_scale < read_one("bold").style_scale
    assert read_one("keep colors").colors == "photo"
    assert read_one("match colours").colors == "match"
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
    assert read_one("weak", realism=0.5).realism == read_one("weak").realism


def test_defaults_that_cant_be_are_refused() -> None:
    with pytest.raises(SettingsError, match="levels must be from 1 to 6"):
        read_one("strong", levels=9)


@pytest.mark.parametrize(
    ("caption", "weights", "understood"),
    [
        ("weights 2,1", (2, 1), "weights 2,1"),
        ("Weights: 2, 1.5, strong", (2, 1.5), "strong, weights: 2, 1.5"),
        ("веса .5,3,1. Спасибо", (0.5, 3, 1), "веса .5,3,1"),
        ("weight 3 kg", None, ""),
        ("it weights 2,1 kg, a mask", (2, 1), "weights 2,1, mask"),
    ],
)
def test_weights_are_read_whatever_follows_them(
    caption: str, weights: tuple[float, ...] | None, understood: str
) -> None:
    settings, _, words = options.read(caption, {}, 3)
    assert (settings.style_weights, words) == (weights, understood)
    assert options.weighted(caption) == (weights is not None)
    assert options.masked(caption) == ("mask" in caption)


def test_weights_that_cant_be_used_are_refused() -> None:
    with pytest.raises(SettingsError, match="style weights"):
        options.read("weights 0,0", {}, 3)
