"""Folders of photos and paintings: what is made, skipped, goes wrong, is stopped, is told."""

import json
import shutil
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from PIL import Image
from tests.commandline import SMALL_ONE, noisy, run, third
from tests.quick import Quick
from torch import Tensor

from artstyle.cli.inputs import Input
from artstyle.errors import LossNotANumber, OutputError, WeightsDamaged
from artstyle.pictures import read, save
from artstyle.progress import Progress
from artstyle.settings import Settings
from artstyle.transfer import Transfer
from artstyle.vgg import checkpoints

pytestmark = pytest.mark.usefixtures("small_preset", "quick")
QUIET = [*SMALL_ONE, "--quiet"]
load_network = checkpoints.load


@pytest.fixture
def photos(photo: Path, tmp_path: Path) -> Path:
    """A folder with the photos a and b, both 96 × 72."""
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(photo, folder / "b.png")
    photo.rename(folder / "a.png")
    return folder


@pytest.fixture
def paintings(painting: Path, tmp_path: Path) -> Path:
    """A folder with the paintings dots and waves."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    shutil.copy(painting, folder / "dots.png")
    painting.rename(folder / "waves.png")
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Where results go: a folder that doesn't exist yet."""
    return tmp_path / "results"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


ALL = ["a-dots.png", "a-waves.png", "b-dots.png", "b-waves.png"]


def test_every_photo_meets_every_painting_in_a_new_folder(
    photos: Path, paintings: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, paintings, "-o", results, *SMALL_ONE) == 0
    assert names(results) == ALL
    err = capsys.readouterr().err
    assert [line.split(":")[1].strip() for line in err.splitlines() if " px in " in line] == [
        str(results / name) for name in ALL
    ]
    assert "artstyle: 20 %: picture 1 of 4, iteration 2 of 2, loss 0.7500, 6 s left" in err


def test_a_photo_folder_and_one_painting(photos: Path, paintings: Path, results: Path) -> None:
    assert run(photos, paintings / "dots.png", "-o", results, *QUIET) == 0
    assert names(results) == ["a-dots.png", "b-dots.png"]


def test_the_results_are_those_of_single_runs(
    photos: Path, paintings: Path, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.transfer.Transfer", Transfer)
    monkeypatch.setattr(checkpoints, "load", load_network)
    single = tmp_path / "single.png"
    assert run(photos, paintings / "dots.png", "-o", results, *QUIET) == 0
    assert run(photos / "b.png", paintings / "dots.png", "-o", single, *QUIET) == 0
    assert (read.load(results / "b-dots.png") == read.load(single)).all()


def test_one_network_and_one_photo_at_a_time_serve_all(
    photos: Path, paintings: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    alive: list[weakref.ref[Tensor]] = []
    real_load = Input.load

    def load(self: Input, settings: Settings) -> Tensor:
        picture = real_load(self, settings)
        loaded.append(self.path.name)
        if self.role == "content":
            assert [each for each in alive if each() is not None] == []
            alive.append(weakref.ref(picture))
        return picture

    monkeypatch.setattr(Input, "load", load)
    monkeypatch.setattr(checkpoints, "load", lambda *_: loaded.append("network"))
    assert run(photos, paintings, "-o", results, *QUIET) == 0
    assert loaded == [
        *("a.png", "dots.png", "network", "waves.png"),
        *("b.png", "dots.png", "waves.png"),
    ]


# What exists


def test_results_that_exist_are_skipped_unless_forced(
    photos: Path, paintings: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results.mkdir()
    (results / "a-dots.png").write_bytes(b"mine")
    shutil.copy(photos / "a.png", results / "b-dots.png")
    words: list[str | Path] = [photos, paintings, "-o", results, *SMALL_ONE]
    assert run(*words) == 0
    told = capsys.readouterr().err
    assert told.startswith("artstyle: skipped 2 that exist (--force makes them again)\n")
    assert names(results) == ALL
    assert (results / "a-dots.png").read_bytes() == b"mine"
    assert run(*words) == 0
    assert capsys.readouterr().err.count("\n") == 1  # nothing else is said, or done
    assert run(*words, "--quiet") == 0
    assert capsys.readouterr().err == ""
    assert run(*words, "--quiet", "--force") == 0
    assert read.check(results / "a-dots.png").height == 72


def test_a_picture_that_was_stopped_is_made_again(
    photos: Path, paintings: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        stop(patched, picture=2)
        assert run(photos, paintings, "-o", results, *QUIET) == 1
    assert names(results) == ["a-dots.png", "a-waves.png"]
    assert read.read_metadata(results / "a-waves.png")["percent"] == 50
    done = (results / "a-dots.png").stat()
    assert run(photos, paintings, "-o", results, *QUIET) == 0
    assert names(results) == ALL
    assert read.read_metadata(results / "a-waves.png")["percent"] == 100
    assert (results / "a-dots.png").stat() == done


# What goes wrong


def test_the_others_go_on_and_failures_are_listed_at_the_end(
    photos: Path, paintings: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "aa.jpg").write_bytes(third(noisy("jpeg")))  # its header is fine
    assert run(photos, paintings, "-o", results, *QUIET, "--json") == 1
    out, err = capsys.readouterr()
    assert names(results) == ALL
    assert err.splitlines() == [
        "artstyle: 2 of 6 pictures failed:",
        *(
            f"artstyle: aa-{name}.png: aa.jpg is cut off: only 26 % of it is there; "
            "choose the whole file"
            for name in ("dots", "waves")
        ),
    ]
    events = [json.loads(line) for line in out.splitlines()]
    kinds = [event["event"] for event in events if event["event"] != "progress"]
    made, failed = ["picture", "result"], ["picture", "failure"]
    assert kinds == made * 2 + failed * 2 + made * 2
    failure = next(event for event in events if event["event"] == "failure")
    assert failure == {
        **{"event": "failure", "content": str(photos / "aa.jpg")},
        **{"style": str(paintings / "dots.png"), "path": str(results / "aa-dots.png")},
        **{"index": 3, "count": 6, "error": err.splitlines()[1].split("png: ")[1]},
    }
    assert [event["index"] for event in events if event["event"] == "result"] == [1, 2, 5, 6]


def fail_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run of the photo b end with this."""
    real = Quick.run
    begun = 0

    def failing(self: Quick) -> Iterator[Progress]:
        nonlocal begun
        begun += 1
        if begun > 2:
            raise error
        yield from real(self)

    monkeypatch.setattr(Quick, "run", failing)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (LossNotANumber(), "the loss is not a number"),
        (MemoryError(), "out of memory: close other programs"),
        (ZeroDivisionError(), r"something went wrong (ZeroDivisionError)"),
    ],
)
def test_what_fails_in_a_run_ends_that_picture_alone(
    error: Exception,
    told: str,
    *,
    photos: Path,
    paintings: Path,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("logs")))
    fail_with(error, monkeypatch)
    assert run(photos, paintings, "-o", results, *QUIET) == 1
    first, *lines = capsys.readouterr().err.splitlines()
    assert first == "artstyle: 2 of 4 pictures failed:"
    assert lines[0].startswith(f"artstyle: b-dots.png: {told}")
    assert names(results) == ["a-dots.png", "a-waves.png"]


def test_what_is_wrong_for_all_ends_them_at_once(
    photos: Path, paintings: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def damaged(*words: object) -> NoReturn:
        asked.append(words)
        raise WeightsDamaged(Path("w.pth"))

    monkeypatch.setattr(checkpoints, "load", damaged)
    assert run(photos, paintings, "-o", results, *QUIET) == 2
    assert len(asked) == 1 and names(results) == []


def test_a_result_that_cant_be_saved_is_a_failure_of_its_own(
    photos: Path,
    paintings: Path,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    real = save.save

    def full(picture: Tensor, path: Path, metadata: object = None) -> None:
        if path.name == "a-dots.png":
            raise OutputError("a-dots.png can't be written (No space left on device)")
        real(picture, path, {})

    monkeypatch.setattr(save, "save", full)
    assert run(photos, paintings, "-o", results, *QUIET) == 1
    assert "a-dots.png can't be written (No space" in capsys.readouterr().err
    assert names(results) == ALL[1:]


# Stopped


def stop(monkeypatch: pytest.MonkeyPatch, picture: int) -> None:
    """Press Ctrl-C at half of this picture."""
    real = Quick.run
    begun = 0

    def stopping(self: Quick) -> Iterator[Progress]:
        nonlocal begun
        begun += 1
        for progress in real(self):
            yield progress
            if begun == picture:
                raise KeyboardInterrupt

    monkeypatch.setattr(Quick, "run", stopping)


def test_ctrl_c_saves_the_one_and_ends_the_others(
    photos: Path,
    paintings: Path,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stop(monkeypatch, picture=3)
    assert run(photos, paintings, "-o", results, *QUIET) == 1
    where = results / "b-dots.png"
    told = f"artstyle: stopped at 50 %; saved as {where}; pictures left: 1\n"
    assert capsys.readouterr().err == told
    assert names(results) == ALL[:3]


def test_ctrl_c_between_two_pictures_says_how_many_are_left(
    photos: Path,
    paintings: Path,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    real = Input.load

    def load(self: Input, settings: Settings) -> Tensor:
        if self.path.name == "b.png":
            raise KeyboardInterrupt
        return real(self, settings)

    monkeypatch.setattr(Input, "load", load)
    assert run(photos, paintings, "-o", results, *QUIET) == 1
    assert capsys.readouterr().err == "artstyle: stopped; pictures left: 2\n"


# Names


def test_photos_of_one_name_keep_their_endings(
    photos: Path, paintings: Path, results: Path
) -> None:
    with Image.open(photos / "b.png") as image:
        image.save(photos / "A.jpg")  # the same on a Mac
    (paintings / "waves.png").unlink()
    assert run(photos, paintings, "-o", results, *QUIET) == 0
    assert names(results) == ["A.jpg-dots.png", "a.png-dots.png", "b.png-dots.png"]


def test_names_that_clash_together_keep_their_endings_or_are_refused(
    photos: Path, paintings: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "b.png").rename(photos / "a-b.png")
    (paintings / "dots.png").rename(paintings / "b-c.png")
    (paintings / "waves.png").rename(paintings / "c.png")
    assert run(photos, paintings, "-o", results, *QUIET) == 0
    assert names(results) == [
        *("a-b.png-b-c.png.png", "a-b.png-c.png.png"),
        *("a.png-b-c.png.png", "a.png-c.png.png"),
    ]
    for name in ("a.png-b.png", "d.png", "d-e.png"):
        shutil.copy(photos / "a.png", photos / name)
    for name in ("b.png-c.png", "e-f.png", "f.png"):
        shutil.copy(paintings / "c.png", paintings / name)
    capsys.readouterr()
    assert run(photos, paintings, "-o", results, *QUIET) == 2
    told = capsys.readouterr().err
    assert "two results would be named a.png-b.png-c.png.png: rename one" in told


def test_a_result_never_replaces_a_photo_of_the_folder(
    photos: Path, paintings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "b.png").rename(photos / "a-dots.png")
    before = (photos / "a-dots.png").read_bytes()
    assert run(photos, paintings, "-o", photos, *QUIET, "--force") == 2
    assert "a-dots.png is one of the input files" in capsys.readouterr().err
    assert (photos / "a-dots.png").read_bytes() == before


def test_snapshots_of_several_lie_in_one_folder(
    photos: Path, paintings: Path, results: Path
) -> None:
    steps = results / "steps"
    assert run(photos, paintings, "-o", results, *QUIET, "--snapshots", steps) == 0
    assert names(steps) == [
        f"{Path(name).stem}-{percent:03}.png" for name in ALL for percent in (20, 40, 60, 80, 100)
    ]
