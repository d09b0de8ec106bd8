"""What a run shows: a bar or lines, JSON, snapshots, or nothing."""

import io
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from artstyle.cli.inputs import Input
from artstyle.cli.plan import PlannedPicture
from artstyle.cli.reporting import Reporter
from artstyle.progress import LossParts, Progress, Result
from artstyle.settings import Settings


class Terminal(io.StringIO):
    """A standard error that a person looks at."""

    def isatty(self) -> bool:
        return True


def at(percent: float, **changes: Any) -> Progress:
    """A moment of a run of two levels: the picture is 32 × 24 so far, of 64 × 48."""
    values: dict[str, Any] = {
        **{"percent": percent, "iteration": 7, "iterations": 30, "stage": 2, "stages": 3},
        "sizes": ((24, 32), (12, 16)),
        "size": (48, 64),
        "levels": (LossParts(0.25, 0.5, 0.125), LossParts(0.5, 1.0, 0.0)),
        "seconds": 12.34567,
        "seconds_left": 200.0,
        "picture": lambda: torch.full((1, 3, 24, 32), 0.5),
    }
    return Progress(**{**values, **changes})


def reporter(**changes: Any) -> Reporter:
    return Reporter(**{"as_json": False, "quiet": False, "snapshots": None, **changes})


LOSS = LossParts(0.25, 0.5, 0.125)
PAIR = PlannedPicture(
    content=Input(Path("a/photo.jpg"), "content", (48, 64)),
    styles=(Input(Path("waves.png"), "style", (48, 64)),),
    out=Path("out.png"),
    settings=Settings(),
)
RESULT = Result(torch.zeros(1, 3, 48, 64), Settings(), "vgg16", LOSS, 75.2, 100.0)


def test_a_terminal_gets_a_bar_with_percent_iteration_loss_and_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setattr("tqdm.std.time", itertools.count(step=0.5).__next__)
    shown = reporter()
    shown.show(at(40), "out")
    shown.show(at(42.4), "out")
    shown.close()
    text = terminal.getvalue()
    assert " 40% |" in text
    assert " 42% |" in text  # each iteration, however small its part
    assert "iteration 7 of 30, loss 2.3750, 3 min 20 s left" in text
    assert "artstyle:" not in text  # no lines beside the bar


def test_a_log_gets_a_line_at_every_20_percent_that_an_iteration_reaches(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = reporter()
    for percent in (5, 19.9, 20, 30, 59, 61, 100):
        shown.show(at(percent), "out")
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(" %")[0] for line in err.splitlines()] == [
        f"artstyle: {percent}" for percent in (20, 40, 60, 100)
    ]
    assert err.startswith("artstyle: 20 %: iteration 7 of 30, loss 2.3750, 3 min 20 s left\n")


def test_of_several_pictures_all_is_one_whole(capsys: pytest.CaptureFixture[str]) -> None:
    shown = reporter(count=4)
    for index in (1, 2, 3):  # of which the second fails
        shown.begin(index, PAIR)
        shown.show(at(50), "out")
        if index != 2:
            shown.done(RESULT, Path("out.png"))
    lines = [line for line in capsys.readouterr().err.splitlines() if " px in " not in line]
    loss = "iteration 7 of 30, loss 2.3750"
    # 200 s, and for each picture to come the mean of 75.2 s and of this one's 212.3 s
    assert lines == [
        f"artstyle: 20 %: picture 2 of 4, {loss}, 8 min 8 s left",
        f"artstyle: 60 %: picture 3 of 4, {loss}, 5 min 44 s left",
    ]


def test_a_terminal_gets_one_bar_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setattr("tqdm.std.time", itertools.count(step=0.5).__next__)
    shown = reporter(count=4)
    for index in (1, 2, 3):
        shown.begin(index, PAIR)
        shown.show(at(60), "out")
    shown.close()
    text = terminal.getvalue()
    assert [percent for percent in (15, 40, 65) if f" {percent}% |" not in text] == []
    assert "picture 3 of 4, iteration 7 of 30" in text


def test_json_says_which_picture_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    shown = reporter(as_json=True, quiet=True, count=3)
    shown.begin(2, PAIR)
    shown.show(at(50), "out")
    shown.failed(PAIR, "it broke")
    picture, progress, failure = map(json.loads, capsys.readouterr().out.splitlines())
    which = {"content": "a/photo.jpg", "style": "waves.png", "path": "out.png"}
    assert picture == {"event": "picture", **which, "index": 2, "count": 3}
    assert (progress["index"], progress["count"]) == (2, 3)
    assert failure == {**picture, "event": "failure", "error": "it broke"}


def test_each_picture_has_snapshots_of_its_own(tmp_path: Path) -> None:
    shown = reporter(quiet=True, snapshots=tmp_path, count=2, output_size=24)
    for index, name in enumerate(("one", "two"), 1):
        shown.begin(index, PAIR)
        shown.show(at(25), name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one-020.png", "two-020.png"]
    with Image.open(tmp_path / "two-020.png") as image:
        assert image.size == (32, 24)


def test_the_end_says_what_there_is_where_and_how_it_came(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reporter().done(RESULT, Path("out.png"))
    assert capsys.readouterr() == ("", "artstyle: out.png: 64×48 px in 75 s with vgg16\n")


def test_a_note_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    shown = reporter()
    for percent, note in [(5, "the loss leapt up"), (6, "the loss leapt up"), (7, "it froze")]:
        shown.show(at(percent, note=note), "out")
    err = capsys.readouterr().err
    assert err == "artstyle: the loss leapt up\nartstyle: it froze\n"


def test_quiet_is_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    (tmp_path / "file").touch()
    shown = reporter(quiet=True, snapshots=tmp_path / "file")  # which no snapshot fits into
    shown.show(at(50, note="the loss stood still"), "out")
    shown.done(RESULT, Path("out.png"))
    assert terminal.getvalue() == ""
    assert capsys.readouterr().out == ""


def test_json_tells_of_each_iteration_and_of_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    shown = reporter(as_json=True, quiet=True)
    shown.show(at(33.33333), "out")
    shown.done(RESULT, Path("a folder/out.png"))
    progress, result = map(json.loads, capsys.readouterr().out.splitlines())
    assert progress == {
        **{"event": "progress", "percent": 33.33, "iteration": 7, "iterations": 30},
        **{"stage": 2, "stages": 3, "sizes": [[32, 24], [16, 12]]},
        **{"loss": 2.375, "content": 0.75, "style": 1.5, "tv": 0.125},
        "levels": [
            {"loss": 0.875, "content": 0.25, "style": 0.5, "tv": 0.125},
            {"loss": 1.5, "content": 0.5, "style": 1.0, "tv": 0.0},
        ],
        **{"seconds": 12.346, "seconds_left": 200.0, "note": None, "index": 1, "count": 1},
    }
    assert result == {
        **{"event": "result", "path": "a folder/out.png", "width": 64, "height": 48},
        **{"loss": 0.875, "content": 0.25, "style": 0.5, "tv": 0.125},
        **{"seconds": 75.2, "network": "vgg16", "index": 1, "count": 1},
    }


@pytest.mark.parametrize("folder_there", [True, False])
def test_snapshots_are_made_once_each_at_the_size_of_the_result(
    folder_there: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "steps"
    if folder_there:
        folder.mkdir()
    shown = reporter(quiet=True, snapshots=folder)
    shown.show(at(19), "out")
    assert list(tmp_path.glob("steps/*")) == []
    shown.show(at(45), "out")
    assert sorted(path.name for path in folder.iterdir()) == ["out-020.png", "out-040.png"]
    (folder / "out-040.png").unlink()
    shown.show(at(46), "out")
    assert [path.name for path in folder.iterdir()] == ["out-020.png"]
    with Image.open(folder / "out-020.png") as image:
        assert image.size == (64, 48)


def test_a_snapshot_that_fails_is_told_and_ends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    reporter(snapshots=tmp_path / "file").show(at(20), "out")
    assert "artstyle: no snapshot at 20 %: " in capsys.readouterr().err
