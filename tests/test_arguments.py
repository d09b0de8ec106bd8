"""The words of the command line: what they mean, what is refused."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from artstyle import __version__
from artstyle.cli.arguments import Arguments, ReadArguments, parse
from artstyle.errors import BadInput, OutputError, SettingsError
from artstyle.noise_levels import NoiseLevel
from artstyle.settings import Settings, preset

NTSC = Fraction(30000, 1001)


def run_of(*words: str) -> Arguments:
    """Parse the options of a run."""
    arguments = parse(["photo.jpg", "painting.jpg", "-o", "out.png", *words])
    assert isinstance(arguments, Arguments)
    return arguments


def test_a_photo_a_painting_and_a_result_are_enough() -> None:
    assert run_of() == Arguments(
        content=Path("photo.jpg"),
        styles=(Path("painting.jpg"),),
        mask=None,
        style_masks=(),
        out=Path("out.png"),
        settings=Settings(),
        variations=1,
        output_size=None,
        weights=None,
        snapshots=None,
        report=None,
        fps=None,
        begin=None,
        end=None,
        work=None,
        force=False,
        json=False,
        quiet=False,
    )


@pytest.mark.parametrize(
    "words",
    [
        "-o out.png photo.jpg painting.jpg",
        "photo.jpg -o out.png painting.jpg",
        "photo.jpg --quiet painting.jpg --out out.png",
        "photo.jpg --levels 2 painting.jpg --out=out.png",
        "-o out.png -- photo.jpg painting.jpg",
        "-o out.png photo.jpg -- painting.jpg",
        "-- photo.jpg painting.jpg -o out.png",
        "photo.jpg painting.jpg -o out.png --",
    ],
)
def test_options_may_stand_anywhere(words: str) -> None:
    arguments = parse(words.split())
    assert isinstance(arguments, Arguments)
    assert (arguments.content, *arguments.styles) == (Path("photo.jpg"), Path("painting.jpg"))
    assert arguments.out == Path("out.png")


@pytest.mark.parametrize(
    ("words", "content", "style"),
    [
        ("-o out.png -- -photo.jpg painting.jpg", "-photo.jpg", "painting.jpg"),
        ("-- -photo.jpg --quiet -o out.png", "-photo.jpg", "--quiet"),
        ("photo.jpg -o out.png -- -o", "photo.jpg", "-o"),
        ("-o out.png --levels 2 -- -- ---", "--", "---"),
        ("--levels=2 photo.jpg -- -painting.jpg --out out.png", "photo.jpg", "-painting.jpg"),
        ("-o out.png -- - -7", "/dev/stdin", "-7"),
        ("-o out.png - painting.jpg", "/dev/stdin", "painting.jpg"),
        ("-o out.png ./- painting.jpg", "-", "painting.jpg"),
    ],
)
def test_names_may_begin_with_a_dash(words: str, content: str, style: str) -> None:
    arguments = parse(words.split())
    assert isinstance(arguments, Arguments)
    assert (arguments.content, *arguments.styles) == (Path(content), Path(style))
    assert (arguments.out, arguments.quiet) == (Path("out.png"), False)


@pytest.mark.parametrize(("size", "levels"), [(16, 1), (256, 1), (257, 2), (8192, 6), (20000, 6)])
def test_an_output_size_takes_the_fewest_levels_that_reach_it(size: int, levels: int) -> None:
    arguments = run_of("--output-size", str(size))
    assert (arguments.output_size, arguments.settings.levels) == (size, levels)


def test_an_output_size_leaves_levels_that_are_chosen() -> None:
    assert run_of("--output-size", "700", "--levels", "1").settings.levels == 1
    assert run_of("--preset", "high", "--output-size", "700").settings == preset("high")


def test_every_setting_has_its_option() -> None:
    given: dict[str, Any] = {
        **{"levels": 3, "iterations": 40, "seed": 5, "network": "vgg19", "optimizer": "adam"},
        **{"schedule": "joint", "style_loss": "gram", "start": "content", "noise": "spots16"},
        **{"content_weight": 0.1, "style_weight": 2.0, "tv_weight": 0.0, "style_scale": 0.5},
        **{"noise_factor": 0.25, "noise_levels": "9:0.3:0.2:0.2,pixel:0.7:0.8:1"},
        **{"device": "cpu", "precision": "fp32", "content_loss": "neighbors", "realism": 0.9},
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    levels = (NoiseLevel(9, 0.3, 0.2, 0.2), NoiseLevel("pixel", 0.7, 0.8))
    given |= {"noise_levels": levels, "colors": "photo", "memory": 6_000_000_000}
    expected = Settings(**given)
    assert run_of(*options, "--colors=photo", "--memory=6G").settings == expected


def test_keep_colors_is_another_name_for_the_photos_colours() -> None:
    assert run_of("--keep-colors").settings == Settings(colors="photo")
    assert run_of("--keep-colors", "--colors", "photo").settings == Settings(colors="photo")


def test_the_other_options_arrive() -> None:
    words = "--weights w.pth --snapshots steps --force --json --quiet"
    arguments = run_of(*words.split())
    assert (arguments.weights, arguments.snapshots) == (Path("w.pth"), Path("steps"))
    assert (arguments.force, arguments.json, arguments.quiet) == (True, True, True)


def test_options_override_the_preset_in_any_order() -> None:
    assert run_of("--preset", "gatys").settings == preset("gatys")
    expected = preset("gatys", levels=2, noise="structured")
    words = ["--levels", "2", "--preset", "gatys", "--noise", "structured"]
    assert run_of(*words).settings == expected


def test_reading_needs_nothing_but_the_picture() -> None:
    assert parse(["--read", "out.png"]) == ReadArguments(Path("out.png"))


@pytest.mark.parametrize(
    ("words", "error", "reason"),
    [
        ("", BadInput, "name a photo and a painting: artstyle CONTENT STYLE -o OUT"),
        ("photo.jpg -o out.png", BadInput, "name a photo and a painting"),
        ("photo.jpg painting.jpg", OutputError, "name the result: -o OUT.png"),
        ("photo.jpg painting.jpg -o", BadInput, "expected one argument"),
        ("a b c d e f -o out.png", BadInput, "name at most 4 paintings, not 5"),
        ("a b -o c.png --variations 0", BadInput, "variations must be from 1 to 16, but is 0"),
        ("a b -o c.png --variations x", BadInput, 'variations must be a whole number.* "x"'),
        ("a b -o c.png --style-masks x,,y", BadInput, "a name is empty: name a file"),
        ("a b -o c.png --report=", BadInput, "a name is empty: name a file"),
        ("batch -o out", BadInput, "name a table: artstyle batch PLAN.csv -o FOLDER"),
        ("batch plan.csv", OutputError, "name the folder of the results: -o FOLDER"),
        ("batch plan.csv -o -", OutputError, "a batch needs a folder"),
        ("batch plan.csv -o out --mask m.png", BadInput, "unrecognized arguments: --mask"),
        ("batch a.csv b.csv -o out", BadInput, "unrecognized arguments: b.csv"),
        ("a b -o c.png --sharpen", BadInput, "unrecognized arguments: --sharpen .*--help"),
        ("a b -o c.png --level 1", BadInput, "unrecognized arguments: --level"),  # no guessing
        ("a b -o c.png --levels many", BadInput, 'levels must be a whole number, but is "many"'),
        ("a b -o c.png --noise-levels 9:0.3", SettingsError, '"9:0.3" is no noise level'),
        ("a b -o c.png --noise-levels 9:1:1:0", SettingsError, "dispersion of a noise level must"),
        ("a b -o c.png --output-size 15", BadInput, "output size must be from 16 to 20000, but is"),
        ("a b -o c.png --output-size 20001", BadInput, "from 16 to 20000, but is 20001"),
        ("a b -o c.png --output-size x", BadInput, 'output size must be a whole number.* "x"'),
        ("a b -o - --json", BadInput, "--json needs standard output for itself: name a file"),
        ("a -o c.png -- -b -c", BadInput, "unrecognized arguments: -c"),
        ("-o -- a b", BadInput, "-o/--out: expected one argument"),
        ("a b -o c.png --style-scale", BadInput, "--style-scale: expected one argument"),
        ("a b -o c.png --weights w.pth --network vgg16", BadInput, "leave out --network"),
        ("a b -o c.png --keep-colors --colors match", SettingsError, 'means colors "photo", but'),
        ("a b -o c.png --preset gatys --start noise", SettingsError, "needs noise"),
        ("a b -o c.png --content-loss features --realism 1", SettingsError, "no effect .* leave"),
    ],
)
def test_what_makes_no_sense_is_refused(words: str, error: type[BadInput], reason: str) -> None:
    with pytest.raises(error, match=reason) as caught:
        parse(words.split())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", range(4))
def test_an_empty_name_is_refused(place: int) -> None:
    words = ["photo.jpg", "painting.jpg", "--out=out.png", "--snapshots=steps"]
    words[place] = words[place].partition("=")[0] + "=" if "=" in words[place] else ""
    with pytest.raises(BadInput, match="a name is empty: name a file or a folder"):
        parse(words)


def test_help_names_every_option_and_the_valid_values(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    options = (
        "levels iterations seed network weights optimizer schedule style-loss start noise "
        "noise-levels noise-factor realism content-loss content-weight style-weight tv-weight "
        "style-scale colors keep-colors config "
        "device precision preset snapshots output-size json quiet version force read out"
    )
    assert [option for option in options.split() if f"--{option}" not in text] == []
    assert "preview, standard, high, max, pyramid, gatys" in text
    assert "20 %" in text and "%%" not in text


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"artstyle {__version__}\n"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2.5", 2.5), ("0:07", 7), ("90", 90), ("1:02:03.5", 3723.5), ("59:59.25", 3599.25)],
)
def test_times_are_seconds_or_as_on_a_clock(text: str, seconds: float) -> None:
    assert run_of("--from", text).begin == seconds
    assert run_of("--to", text).end == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:2:3:4", "7s", ":07", "nan", "1e3", "٣"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"a time is like 2\.5, 0:07 or 1:02:03\.5"):
        run_of(f"--from={text}")


def test_a_part_of_a_clip_ends_after_its_beginning() -> None:
    with pytest.raises(BadInput, match="--to must be later than --from"):
        run_of("--from", "3", "--to", "0:03")


@pytest.mark.parametrize(
    ("text", "rate"), [("25", Fraction(25)), ("12.5", Fraction(25, 2)), ("30000/1001", NTSC)]
)
def test_rates_are_numbers_or_fractions(text: str, rate: Fraction) -> None:
    assert run_of("--fps", text).fps == rate


@pytest.mark.parametrize("text", ["0", "0.5", "121", "-3", "fast", "1/0", "nan", ""])
def test_other_rates_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="fps must be"):
        run_of(f"--fps={text}")
