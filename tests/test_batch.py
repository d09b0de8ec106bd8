"""``artstyle batch``: tables of pictures, and what becomes of each row."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.commandline import SMALL_ONE, Refuse, noisy, run, third, tree
from tests.quick import Quick

from artstyle.cli.arguments import BatchArguments, parse
from artstyle.cli.batch import plan
from artstyle.pictures import read, save
from artstyle.progress import Progress
from artstyle.settings import Settings

pytestmark = pytest.mark.usefixtures("small_preset")
QUIET = [*SMALL_ONE, "--quiet"]
Given = list[dict[str, Any]]


@pytest.fixture
def folder(photo: Path, painting: Path, tmp_path: Path) -> Path:
    """A folder with the pictures that tables name: a.png, b.png, left.png."""
    folder = tmp_path / "mine"
    folder.mkdir()
    photo.rename(folder / "a.png")
    painting.rename(folder / "b.png")
    pixels = np.zeros((72, 96), np.uint8)
    pixels[:, :48] = 255
    Image.fromarray(pixels).save(folder / "left.png")
    return folder


def table(folder: Path, *lines: str) -> Path:
    path = folder / "plan.csv"
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def settings_of(path: Path, *words: str) -> list[Settings]:
    arguments = parse(["batch", str(path), "-o", str(path.parent / "out"), *words])
    assert isinstance(arguments, BatchArguments)
    return [each.settings for each in plan(arguments).pictures]


def test_each_row_is_a_picture_with_its_own_settings(
    folder: Path, quick: Given, tmp_path: Path
) -> None:
    path = table(
        folder,
        "photo;painting;out;mask;style_masks;seed;colors;style_weights",
        "a.png;b.png;;;;;;",
        'a.png;"b.png;left.png";both.webp;left.png;"left.png;left.png";5;match;"2,1"',
    )
    assert run("batch", path, "-o", tmp_path / "out", *QUIET) == 0
    assert names(tmp_path / "out") == ["a-b.png", "both.webp", "report.html"]
    one, two = quick
    assert (one["paintings"], one["masks"]) == ([(80, 64)], [None])
    assert (two["paintings"], two["masks"]) == ([(80, 64), (72, 96)], [0.5, 0.5, 0.5])
    assert (one["settings"].seed, one["settings"].colors) == (0, "painting")
    assert (two["settings"].seed, two["settings"].colors) == (5, "match")
    assert two["settings"].style_weights == (2.0, 1.0)


def test_cells_override_options_and_these_the_preset(folder: Path) -> None:
    path = table(
        folder,
        "photo,painting,out,preset,levels,keep colors",
        "a.png,b.png,1.png,,,",
        "a.png,b.png,2.png,gatys,,on",
        "a.png,b.png,3.png,,3,off",
    )
    one, two, three = settings_of(path, "--levels", "2", "--preset", "high", "--seed", "7")
    assert (one.levels, one.seed, one.colors) == (2, 7, "painting")
    assert (two.levels, two.style_loss, two.colors) == (2, "gram", "photo")
    assert (three.levels, three.style_loss, three.colors) == (3, "moments", "painting")


def test_an_output_size_takes_the_levels_that_it_needs_unless_a_row_has_them(folder: Path) -> None:
    path = table(folder, "photo,painting,out,levels", "a.png,b.png,1.png,", "a.png,b.png,2.png,1")
    assert [each.levels for each in settings_of(path, "--output-size", "1000")] == [3, 1]


def test_every_wrong_row_is_told_with_its_line_before_anything_is_painted(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("L", (40, 90)).save(folder / "tall.png")
    path = table(
        folder,
        "photo,painting,out,mask,levels,preset,keep_colors,colors",
        "a.png,b.png,fine.png,,,,,",
        "no.png,b.png,,,9,,,",
        ",b.png,,,,,,",
        "a.png,b.png,x.gif,,,,,",
        "a.png,b.png,sub/x.png,,,,,",
        "a.png,b.png,y.png,tall.png,,,,",
        "",
        "a.png,b.png,FINE.png,,,,,",
        "a.png,b.png,z.png,,,ultra,,",
        "a.png,b.png,z.png,,,,on,match",
        "a.png,a;b;c;d;e,z.png,,,,,",
        "a.png,b.png,z.png,,,,,,surplus",
    )
    before = tree(tmp_path)
    assert run("batch", path, "-o", tmp_path / "out", *QUIET) == 2
    assert tree(tmp_path) == before
    first, *lines = capsys.readouterr().err.splitlines()
    assert first == "artstyle: plan.csv: 10 of 11 rows can't be used, so nothing is painted:"
    told = [line.removeprefix("artstyle: ") for line in lines]
    begins = [
        "line 3: levels must be from 1 to 6, but is 9",
        "line 3: no.png doesn't exist",
        "line 4: the photo is missing",
        "line 5: x.gif has no ending that can be written",
        "line 6: sub/x.png has a folder in it",
        "line 7: the mask is 40 × 90 pixels, another shape",
        'line 10: unknown preset "ultra"',
        'line 11: keep colors "on" means colors "photo", but colors is "match"',
        "line 12: painting names 5 files: name 4 at most",
        "line 13: it has more cells than columns",
        "line 9: it would be named FINE.png, as that of line 2",
    ]
    found = [line for line in told if not line.startswith("line 12: a doesn't")]
    assert [begin for begin in begins if not any(line.startswith(begin) for line in found)] == []


def test_finished_rows_are_skipped_unless_forced(
    folder: Path, quick: Given, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(folder, "photo,painting,out", "a.png,b.png,1.png", "a.png,b.png,2.png")
    words: list[str | Path] = ["batch", path, "-o", tmp_path / "out", *SMALL_ONE]
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "2.png").write_bytes(b"mine")
    assert run(*words) == 0
    assert len(quick) == 1 and "skipped 1 that exist" in capsys.readouterr().err
    assert (tmp_path / "out" / "2.png").read_bytes() == b"mine"
    assert run(*words) == 0
    assert len(quick) == 1 and "report.html: the report" in capsys.readouterr().err
    assert run(*words, "--force") == 0
    assert len(quick) == 3 and read.check(tmp_path / "out" / "2.png").height == 72


def test_a_row_that_fails_doesnt_end_the_others_and_is_told_with_its_line(
    folder: Path, quick: Given, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "cut.jpg").write_bytes(third(noisy("jpeg")))  # its header is fine
    path = table(folder, "photo,painting", "cut.jpg,b.png", "a.png,b.png")
    assert run("batch", path, "-o", tmp_path / "out", *QUIET, "--json") == 1
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        "artstyle: 1 of 2 pictures failed:",
        "artstyle: line 2, cut-b.png: cut.jpg is cut off: only 26 % of it is there; "
        "choose the whole file",
    ]
    assert names(tmp_path / "out") == ["a-b.png", "report.html"] and len(quick) == 1
    events = [json.loads(line) for line in out.splitlines()]
    assert [each["line"] for each in events if each["event"] == "picture"] == [2, 3]
    report = (tmp_path / "out" / "report.html").read_text()
    assert "1 made, 1 failed" in report and "Line 2: cut.jpg is cut off" in report


def test_ctrl_c_keeps_what_there_is_and_the_report_says_so(
    folder: Path,
    quick: Given,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    real = Quick.run

    def stopping(self: Quick) -> Iterator[Progress]:
        for progress in real(self):
            yield progress
            if len(quick) == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(Quick, "run", stopping)
    lines = [f"a.png,b.png,{number}.png" for number in (1, 2, 3)]
    path = table(folder, "photo,painting,out", *lines)
    words: list[str | Path] = ["batch", path, "-o", tmp_path / "out", *QUIET]
    assert run(*words) == 1
    assert "stopped at 50 %; saved as" in (err := capsys.readouterr().err)
    assert "pictures left: 1" in err
    assert names(tmp_path / "out") == ["1.png", "2.png", "report.html"]
    report = (tmp_path / "out" / "report.html").read_text()
    assert "1 made, 1 stopped, 1 not begun" in report and "stopped at 50 % after 1 s" in report
    monkeypatch.setattr(Quick, "run", real)
    assert run(*words) == 0  # it goes on with what was stopped
    assert [each["settings"].seed for each in quick] == [0] * 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("plan.csv -o plan.csv", "plan.csv is a file: name a folder for the results"),
        ("plan.csv -o no/out", "the folder no doesn't exist"),
        ("plan.csv -o . --weights w.pth", "a.png is one of the input files"),
        ("no.csv -o out", "no.csv can't be read (No such file or directory): name a table"),
        ("plan.csv -o out --snapshots plan.csv", "plan.csv is a file: name a folder for the snap"),
        ("plan.csv -o out --levels 9", "levels must be from 1 to 6, but is 9"),
    ],
)
def test_what_is_wrong_with_all_rows_is_one_line(
    words: str, told: str, folder: Path, refuse: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(folder, "photo,painting,out", "a.png,b.png,a.png")
    monkeypatch.chdir(folder)
    assert told in refuse("batch", *words.split())


def test_results_replace_no_picture_of_another_row(folder: Path, refuse: Refuse) -> None:
    save.save(read.load(folder / "a.png"), folder / "c.png")
    path = table(folder, "photo,painting,out", "a.png,b.png,x.png", "c.png,b.png,a.png")
    assert "a.png is one of the input files" in refuse("batch", path, "-o", folder)


def test_snapshots_of_two_results_cant_have_one_name(folder: Path, refuse: Refuse) -> None:
    path = table(folder, "photo,painting,out", "a.png,b.png,x.png", "a.png,b.png,x.jpg")
    words = ["batch", path, "-o", folder / "out", "--snapshots", folder / "steps"]
    assert "two results are called x, and so would their snapshots be" in refuse(*words)


def test_a_photo_called_batch_is_named_with_its_folder() -> None:
    assert not isinstance(parse(["./batch", "b.png", "-o", "c.png"]), BatchArguments)
