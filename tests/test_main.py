"""The command line: refusals, runs, what is stopped, what breaks."""

import importlib
import io
import json
import logging
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import torch
from PIL import Image

import artstyle
from artstyle import checkpoints
from artstyle.__main__ import main
from artstyle.memory import Demand
from artstyle.progress import Progress
from artstyle.reporting import Reporter
from artstyle.settings import PRESETS, Settings
from artstyle.transfer import Transfer

ROOT = Path(__file__).parents[1]
FEW = ["--network", "vgg16", "--device", "cpu", "--levels", "1", "--iterations", "3"]
ONE = [*FEW[:-1], "1"]
SMALL = ["--network", "vgg16", "--device", "cpu", "--preset", "small", "--iterations", "3"]
SMALL_ONE = [*SMALL[:-1], "1"]
Refuse = Callable[..., str]
Pair = tuple[Path, Path]


def tree(folder: Path) -> dict[Path, tuple[int, int]]:
    """List everything in a folder with its size and the time it was changed."""
    stats = {path: path.lstat() for path in folder.rglob("*")}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset with a quarter of the pixels, for what doesn't depend on them."""
    monkeypatch.setitem(PRESETS, "small", {"levels": 1, "base_size": 128})


@pytest.fixture
def pair(photo: Path, painting: Path) -> Pair:
    """What most runs are given."""
    return photo, painting


@pytest.fixture
def refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """Run what must be refused: exit code 2, one line, nothing written; gives the line."""

    def refused(*words: str | Path, code: int = 2) -> str:
        before = tree(tmp_path)
        assert run(*words) == code
        out, err = capsys.readouterr()
        assert out == ""
        assert re.fullmatch(r"artstyle: [^\n]+\n", err)
        assert "Traceback" not in err
        assert tree(tmp_path) == before
        return err

    return refused


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        return image.size


def flat(width: int, height: int, kind: str = "png") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 60)).save(buffer, kind)
    return buffer.getvalue()


def noisy(kind: str) -> bytes:
    """A picture whose bytes can be cut in the middle."""
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def bomb() -> bytes:
    """The header of a PNG of 400 megapixels, and no pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 1 << 20) + b"IDAT"


# Bad pictures

BAD_PICTURES = {
    "empty": ("a.png", b"", "a.png is empty"),
    "text": ("a.jpg", b"just some words", "a.jpg isn't a picture in a format that's supported"),
    "truncated JPEG": ("a.jpg", half(noisy("jpeg")), "a.jpg is damaged"),
    "truncated PNG": ("a.png", half(noisy("png")), "a.png is damaged"),
    "1×1": ("a.png", flat(1, 1), "a.png is 1 x 1 pixels; the shorter side must be"),
    "3×2000": ("a.png", flat(3, 2000), "a.png is 3 x 2000 pixels; the shorter side must be"),
    "bomb": ("a.png", bomb(), "20000 x 20000 pixels, more than the limit of 100 megapixels"),
    "HEIC": ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "in the format HEIC, which isn't"),
    "SVG": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "in the format SVG, which"),
}


@pytest.mark.parametrize("role", ["content", "style"])
@pytest.mark.parametrize("kind", BAD_PICTURES)
def test_a_bad_picture_is_refused_and_named(
    kind: str, role: str, refuse: Refuse, photo: Path, tmp_path: Path
) -> None:
    name, content, reason = BAD_PICTURES[kind]
    bad = tmp_path / name
    bad.write_bytes(content)
    words = [bad, photo] if role == "content" else [photo, bad]
    assert reason in refuse(*words, "-o", tmp_path / "out.png", "--snapshots", tmp_path / "steps")


def test_a_truncated_picture_is_refused_before_the_network_is_loaded(
    refuse: Refuse, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        pytest.fail("loaded the network")

    monkeypatch.setattr("artstyle.checkpoints.load", fail)
    (tmp_path / "a.jpg").write_bytes(half(noisy("jpeg")))
    refuse(photo, tmp_path / "a.jpg", "-o", tmp_path / "out.png")


def test_a_picture_that_is_missing_or_a_folder_is_refused(
    refuse: Refuse, photo: Path, tmp_path: Path
) -> None:
    out = ("-o", tmp_path / "out.png")
    assert "nowhere.jpg doesn't exist" in refuse(tmp_path / "nowhere.jpg", photo, *out)
    assert "nowhere.jpg doesn't exist" in refuse(photo, tmp_path / "nowhere.jpg", *out)
    assert "is a folder; name a picture in it" in refuse(tmp_path, photo, *out)


def test_a_name_of_several_lines_makes_no_second_line(
    refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    refuse(tmp_path / "no\nsuch.jpg", painting, "-o", tmp_path / "out.png")
    refuse(photo, tmp_path / "no\nsuch.jpg", "-o", tmp_path / "out.png")
    refuse(photo, painting, "-o", tmp_path / "no\nsuch" / "out.png")
    refuse(photo, painting, "-o", tmp_path, "--weights", tmp_path / "no\nsuch.pth")


@pytest.mark.parametrize("place", ["content", "style", "out", "snapshots", "weights"])
def test_a_name_that_no_file_can_have_is_refused(
    place: str, refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    words: dict[str, str | Path] = {"content": photo, "style": painting}
    words |= {"out": tmp_path / "out.png", "snapshots": tmp_path / "steps"}
    words |= {"weights": tmp_path / "w.pth", place: tmp_path / ("x" * 300 + ".png")}
    content, style, *options = words.items()
    said = [word for name, value in options for word in (f"--{name}", value)]
    assert "File name too long" in refuse(content[1], style[1], *said)


# Bad places for the result


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("nowhere/out.png", "nowhere doesn't exist; create it first"),
        ("photo.png/out.png", "photo.png doesn't exist; create it first"),  # under a file
        ("/proc/out.png", "/proc/out.png can't be written"),  # not even by root
        ("out", "out has no ending that can be written; use .png, .jpg, .jpeg, .webp"),
        ("out.tiff", "has no ending that can be written"),
        ("photo.png", "photo.png is a picture to read from"),
        ("painting.png", "painting.png is a picture to read from"),
    ],
)
def test_a_result_that_cannot_be_written_is_refused(
    out: str, reason: str, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    assert reason in refuse(*pair, "-o", tmp_path / out, *SMALL)


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("nowhere/steps", "nowhere doesn't exist"),
        ("photo.png", "photo.png is a file: name a folder for the snapshots"),
        ("/proc", "can't be written"),
        ("/proc/steps", "can't be written"),
    ],
)
def test_snapshots_that_cannot_be_written_are_refused(
    folder: str, reason: str, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    words = ["-o", tmp_path / "out.png", "--snapshots", tmp_path / folder]
    assert reason in refuse(*pair, *words, *SMALL)


def test_a_folder_of_paintings_needs_a_folder_for_the_results(
    refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    paintings = tmp_path / "paintings"
    paintings.mkdir()
    painting.rename(paintings / "painting.png")
    (tmp_path / "is-there.png").write_bytes(b"kept")
    for out in ("out.png", "is-there.png", "nowhere"):
        assert "is a folder, so OUT must be one" in refuse(photo, paintings, "-o", tmp_path / out)


def test_a_folder_without_a_picture_is_refused(refuse: Refuse, photo: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("none here")
    assert "there is no picture in" in refuse(photo, empty, "-o", tmp_path)


# Bad options


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("--sharpen", "unrecognized arguments: --sharpen"),
        ("--levels 0", "levels must be from 1 to 6, but is 0"),
        ("--levels 7", "levels must be from 1 to 6, but is 7"),
        ("--levels 9", "levels must be from 1 to 6, but is 9"),
        ("--levels two", "argument --levels: invalid int value: 'two'"),
        ("--iterations 0", "iterations must be from 1 to 100000, but is 0"),
        ("--seed -1", "seed must be from 0"),
        (f"--seed 1{'0' * 400}", "seed must be from 0"),
        ("--content-weight -1", "content weight must be from 0 to 1000, but is -1"),
        ("--style-weight -0.5", "style weight must be from 0 to 1000, but is -0.5"),
        ("--tv-weight=-1e-9", "tv weight must be from 0 to 1000"),
        ("--content-weight nan", "content weight must be from 0 to 1000, but is nan"),
        ("--style-weight inf", "style weight must be from 0 to 1000, but is inf"),
        ("--style-scale 0", "style scale must be from 0.125 to 4, but is 0"),
        ("--style-scale nan", "style scale must be from 0.125 to 4, but is nan"),
        ("--preset ultra", '"ultra": choose one of preview, standard, high, max, gatys'),
        ("--network resnet", '"resnet": choose one of auto, vgg19, vgg16'),
        ("--optimizer sgd", '"sgd": choose one of lbfgs, adam'),
        ("--schedule never", '"never": choose one of coarse-to-fine, joint'),
        ("--style-loss l2", '"l2": choose one of moments, gram'),
        ("--start here", '"here": choose one of blend, content, style, noise'),
        ("--noise pink", '"pink": choose one of structured, gradient, permuted, spots16'),
        ("--device tpu", '"tpu": choose one of auto, cpu, cuda, mps'),
        ("--precision fp8", '"fp8": choose one of auto, fp32, bf16'),
    ],
)
def test_a_bad_option_is_refused_with_the_valid_ones(
    words: str, reason: str, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    assert reason in refuse(*pair, "-o", tmp_path / "out.png", *words.split())


def test_what_is_missing_is_asked_for(refuse: Refuse, photo: Path, painting: Path) -> None:
    assert "say where the result goes" in refuse(photo, painting)
    assert "name a photo and a painting" in refuse(photo, "-o", "out.png")
    assert "name a photo and a painting" in refuse()


def test_a_device_that_is_not_there_is_refused(
    refuse: Refuse, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    words = ["-o", tmp_path / "out.png", "--network", "vgg16", "--device", "cuda"]
    assert 'no device "cuda" here' in refuse(*pair, *words)


# Bad weights


class Harmful:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (self.marker,)


def _truncate(path: Path) -> None:
    torch.save({"features.0.weight": torch.ones(64, 3, 3, 3)}, path)
    path.write_bytes(half(path.read_bytes()))


BAD_WEIGHTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "No such file"),
    "a folder": (lambda path: path.mkdir(), "is no file but a folder"),
    "text": (lambda path: path.write_text("hello"), "is no checkpoint"),
    "truncated": (_truncate, "is no checkpoint, or is damaged"),
    "keys missing": (lambda path: torch.save({}, path), "is no VGG19: it has no features.0.weight"),
    "wrong shapes": (
        lambda path: torch.save({"features.0.weight": torch.ones(64, 3, 5, 5)}, path),
        "features.0.weight is (64, 3, 5, 5), not (64, 3, 3, 3)",
    ),
    "code": (
        lambda path: torch.save({"features.0.weight": Harmful(path.parent / "ran")}, path),
        "is no checkpoint, or is damaged",
    ),
}


@pytest.mark.parametrize("kind", BAD_WEIGHTS)
def test_bad_weights_are_refused(kind: str, refuse: Refuse, pair: Pair, tmp_path: Path) -> None:
    make, reason = BAD_WEIGHTS[kind]
    make(tmp_path / "weights.pth")
    words = ["-o", tmp_path / "out.png", "--weights", tmp_path / "weights.pth"]
    err = refuse(*pair, *words, "--snapshots", tmp_path / "steps")
    assert reason in err
    assert str(tmp_path / "weights.pth") in err
    assert not (tmp_path / "ran").exists()


# In a process of its own


def command(*words: str | Path, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-m", "artstyle", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [("no.jpg no.jpg -o out.png", "no.jpg doesn't exist"), ("--sharpen", "unrecognized")],
)
def test_a_process_ends_with_one_line_and_exit_code_2(words: str, reason: str) -> None:
    ended = command(*words.split())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(rf"artstyle: .*{reason}.*\n", ended.stderr)


def test_help_does_not_wait_for_torch() -> None:
    ended = command("--help", options=("-X", "importtime"))
    assert ended.returncode == 0
    assert "CONTENT" in ended.stdout
    imported = set(re.findall(r"\|\s+([\w.]+)$", ended.stderr, re.MULTILINE))
    assert "artstyle.arguments" in imported
    assert "torch" not in imported


def test_the_installed_command_is_this_one() -> None:
    installed = importlib.import_module("importlib.metadata").entry_points(group="console_scripts")
    assert installed["artstyle"].load() is main


# Runs


def test_a_run_saves_a_picture_that_says_how_it_was_made(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.png"
    assert run(*pair, "-o", out, *FEW, "--seed", "5", "--preset", "gatys") == 0
    stdout, err = capsys.readouterr()
    assert stdout == ""
    assert err.splitlines()[-1].startswith(f"artstyle: {out}: 341×256 px in ")
    assert err.endswith(" with vgg16\n")
    assert size_of(out) == (341, 256)

    assert run("--read", out) == 0
    stdout, err = capsys.readouterr()
    said = json.loads(stdout)
    assert err == ""
    assert said["settings"] == {
        **artstyle.preset("gatys", levels=1, iterations=3, seed=5).as_dict(),
        "network": "vgg16",
        "device": "cpu",
    }
    assert (said["network"], said["version"]) == ("vgg16", artstyle.__version__)
    assert said["percent"] == 100
    assert Settings(**said["settings"]).seed == 5


def test_reading_what_holds_no_settings_is_refused(
    refuse: Refuse, photo: Path, tmp_path: Path
) -> None:
    assert "photo.png holds no settings of artstyle" in refuse("--read", photo)
    assert "no.png doesn't exist" in refuse("--read", tmp_path / "no.png")


@pytest.mark.parametrize(("ending", "kind"), [("jpg", "JPEG"), ("webp", "WEBP")])
def test_nothing_of_the_photos_exif_reaches_a_result_of_any_ending(
    ending: str, kind: str, painting: Path, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 17.0)})
    photo, out = tmp_path / "photo.jpg", tmp_path / f"out.{ending}"
    Image.new("RGB", (80, 40), (90, 120, 160)).save(photo, exif=exif)
    assert b"SecretCamera" in photo.read_bytes()
    assert run(photo, painting, "-o", out, *SMALL_ONE, "--quiet") == 0
    with Image.open(out) as image:
        assert (image.format, image.size) == (kind, (256, 128))
        assert dict(image.getexif()) == {}
    content = out.read_bytes()
    assert not any(word in content for word in (b"SecretCamera", b"Exif", b"EXIF", b"GPS"))


def test_json_tells_of_every_iteration_and_last_of_the_result(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.png"
    words = [*SMALL[:-1], "6", "--json", "--quiet"]
    assert run(*pair, "-o", out, *words) == 0
    stdout, err = capsys.readouterr()
    assert err == ""
    *progress, result = map(json.loads, stdout.splitlines())
    assert [event["iteration"] for event in progress] == [1, 2, 3, 4, 5, 6]
    percents = [event["percent"] for event in progress]
    assert percents == sorted(set(percents))
    assert 0 < percents[0] < percents[-1] == 100
    assert {event["event"] for event in progress} == {"progress"}
    assert result["event"] == "result"
    assert (result["path"], result["network"]) == (str(out), "vgg16")
    assert (result["width"], result["height"]) == size_of(out) == (170, 128)
    assert result["loss"] == pytest.approx(result["content"] + result["style"] + result["tv"])
    assert result["loss"] == progress[-1]["loss"]
    assert result["seconds"] > 0


def test_quiet_prints_nothing(photo: Path, painting: Path, tmp_path: Path) -> None:
    paintings = tmp_path / "paintings"
    paintings.mkdir()
    painting.rename(paintings / "painting.png")
    (paintings / "notes.txt").write_text("no picture, which would be a warning")
    ended = command(photo, paintings, "-o", tmp_path, *ONE, "--quiet")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert size_of(tmp_path / "photo-painting.png") == (341, 256)


def test_snapshots_are_saved_every_20_percent_at_the_size_of_the_result(
    pair: Pair, tmp_path: Path
) -> None:
    steps = tmp_path / "steps"
    out = tmp_path / "out.jpg"
    assert run(*pair, "-o", out, "--snapshots", steps, "--quiet", *SMALL) == 0
    assert {path.name: size_of(path) for path in steps.iterdir()} == {
        f"out-{percent}.png": (170, 128) for percent in ("020", "040", "060", "080", "100")
    }


def test_a_folder_of_paintings_makes_a_result_each_and_leaves_out_the_rest(
    photo: Path, painting: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paintings, results = tmp_path / "paintings", tmp_path / "results"
    (paintings / "more").mkdir(parents=True)
    results.mkdir()
    shutil.copy(painting, paintings / "dots.png")
    (paintings / "cut.jpg").write_bytes(half(noisy("jpeg")))  # its header is fine
    (paintings / "notes.txt").write_text("no picture")
    (paintings / ".hidden.png").write_bytes(b"")
    painting.rename(paintings / "waves.png")
    assert run(photo, paintings, "-o", results, *SMALL_ONE) == 0
    assert sorted(path.name for path in results.iterdir()) == [
        "photo-dots.png",
        "photo-waves.png",
    ]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert told[0].startswith("left out: cut.jpg is damaged")
    assert told[1].startswith("left out: notes.txt isn't a picture")
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_paintings_of_one_name_get_results_of_two(
    photo: Path, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paintings, results = tmp_path / "paintings", tmp_path / "results"
    paintings.mkdir()
    results.mkdir()
    for name in ("a.png", "a.jpg", "a.jpg.png"):  # a.jpg's result mustn't be a.jpg.png's
        shutil.copy(painting, paintings / name)
    made: list[Path] = []

    def transfer(_: Transfer, out: Path, __: Reporter) -> int:
        made.append(out)
        return 0

    monkeypatch.setattr("artstyle.__main__._transfer", transfer)
    assert run(photo, paintings, "-o", results, *SMALL_ONE) == 0
    assert sorted(path.name for path in made) == [
        "photo-a.jpg.png",
        "photo-a.jpg.png.png",
        "photo-a.png.png",
    ]


def test_a_result_in_a_folder_is_overwritten_by_force_only(
    refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    out = tmp_path / "photo-painting.png"
    out.write_bytes(b"an earlier result")
    words: list[str | Path] = [photo, painting, "-o", tmp_path, *SMALL_ONE, "--quiet"]
    assert "photo-painting.png is there already: --force overwrites it" in refuse(*words)
    assert run(*words, "--force") == 0
    assert size_of(out) == (170, 128)


def test_a_file_named_as_the_result_is_overwritten(pair: Pair, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    out.write_bytes(b"an earlier result")
    assert run(*pair, "-o", out, *SMALL_ONE, "--quiet") == 0
    assert size_of(out) == (170, 128)


# Stopped


def interrupt(monkeypatch: pytest.MonkeyPatch, after: int, how: Callable[[], None]) -> None:
    """Have something happen in the run once so many iterations were told."""
    real = Transfer.run

    def stopping(self: Transfer) -> Iterator[Progress]:
        for number, progress in enumerate(real(self)):
            if number == after:
                how()
            yield progress

    monkeypatch.setattr(Transfer, "run", stopping)


def ctrl_c() -> NoReturn:
    raise KeyboardInterrupt


def test_ctrl_c_saves_what_there_is_and_says_where(
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    interrupt(monkeypatch, after=2, how=ctrl_c)
    out = tmp_path / "out.png"
    assert run(*pair, "-o", out, *SMALL, "--quiet", "--json") == 1
    stdout, err = capsys.readouterr()
    percents = [json.loads(line)["percent"] for line in stdout.splitlines()]
    assert len(percents) == 2
    assert err == f"artstyle: stopped at {percents[-1]:.0f} %; saved as {out}\n"
    size_of(out)  # decodes it
    assert run("--read", out) == 0
    assert json.loads(capsys.readouterr().out)["percent"] == round(percents[-1], 1)


def test_ctrl_c_in_a_folder_of_paintings_ends_them_all(
    photo: Path, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paintings, results = tmp_path / "paintings", tmp_path / "results"
    paintings.mkdir()
    results.mkdir()
    shutil.copy(painting, paintings / "a.png")
    shutil.copy(painting, paintings / "b.png")
    interrupt(monkeypatch, after=1, how=ctrl_c)
    assert run(photo, paintings, "-o", results, *SMALL, "--quiet") == 1
    assert [path.name for path in results.iterdir()] == ["photo-a.png"]


def test_ctrl_c_before_the_first_iteration_saves_nothing(
    refuse: Refuse,
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupt(monkeypatch, after=0, how=ctrl_c)
    err = refuse(*pair, "-o", tmp_path / "out.png", *SMALL, code=1)
    assert "stopped before there was anything to save" in err


def start_long_run(photo: Path, painting: Path, out: Path) -> "subprocess.Popen[str]":
    """Start a run of hours as a process that Ctrl-C reaches even where this one ignores it."""
    code = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('artstyle', run_name='__main__')"
    )
    words = [*FEW[:-1], "100000", "--schedule", "joint", "--json", "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-c", code, photo, painting, "-o", out, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_real_ctrl_c_saves_too(pair: Pair, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    with start_long_run(*pair, out) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["iteration"] == 1
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1
    assert re.fullmatch(rf"artstyle: stopped at \d+ %; saved as {out}\n", err)
    assert size_of(out) == (341, 256)


def test_a_reader_that_goes_away_ends_the_run_without_a_word(pair: Pair, tmp_path: Path) -> None:
    with start_long_run(*pair, tmp_path / "out.png") as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            code = process.wait(timeout=60)
            assert (code, process.stderr.read()) == (1, "")
        finally:
            process.kill()


# Broken


def test_what_nobody_expected_is_told_in_a_line_and_kept_in_a_log(
    refuse: Refuse,
    pair: Pair,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def surprise(*_: object) -> NoReturn:
        raise ZeroDivisionError("a surprise")

    monkeypatch.setattr("artstyle.images.load", surprise)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("logs")))
    err = refuse(*pair, "-o", tmp_path / "out.png", code=1)
    found = re.search(r"something went wrong \(ZeroDivisionError\): .* (\S+\.log)\n", err)
    assert found
    text = Path(found[1]).read_text(encoding="utf-8")
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("ZeroDivisionError: a surprise\n")


def test_a_folder_that_vanishes_in_the_run_is_a_failure_of_the_run(
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    interrupt(monkeypatch, after=2, how=lambda: shutil.rmtree(folder))
    words: list[str | Path] = ["-o", folder / "out.png", *SMALL, "--quiet"]
    assert run(*pair, *words) == 1
    assert re.fullmatch(r"artstyle: .*results doesn't exist.*\n", capsys.readouterr().err)


# Out of memory


def test_a_size_that_cannot_fit_is_refused_with_one_that_does(
    refuse: Refuse,
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("artstyle.devices.free_memory", lambda device: 1_500_000_000)
    words = ["-o", tmp_path / "out.png", "--snapshots", tmp_path / "steps"]
    err = refuse(*pair, *words, *FEW, "--levels", "4", code=1)
    assert "levels 4 (2728×2048, about " in err
    found = re.search(r"doesn't fit: 1\.5 GB are free; take levels ([123]) \(", err)
    assert found
    settings = Settings(levels=4, iterations=3)
    demand = Demand((72, 96), (80, 64), settings, "cpu", torch.float32)
    assert demand.needed(int(found[1])) <= 1_500_000_000 < demand.needed(int(found[1]) + 1)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"),
    ],
)
def test_running_out_of_memory_in_the_middle_names_a_smaller_size(
    error: Exception,
    refuse: Refuse,
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = [8_000_000_000]

    def fail(*_: Any) -> NoReturn:
        free[0] = 0  # the run took it all
        raise error

    monkeypatch.setattr("artstyle.devices.free_memory", lambda device: free[0])
    monkeypatch.setattr("artstyle.losses.PyramidLoss.evaluate", fail)
    words: list[str | Path] = ["-o", tmp_path / "out.png", *FEW, "--levels", "2"]
    err = refuse(*pair, *words, code=1)
    assert re.search(r"levels 2 \(682×512, .*doesn't fit.*; take levels 1 \(341×256, ", err)


def test_another_error_of_torch_is_not_taken_for_a_lack_of_memory() -> None:
    demand = Demand((72, 96), (80, 64), Settings(levels=1, iterations=1), "cpu", torch.float32)
    with pytest.raises(RuntimeError, match="shapes"), demand.told():
        raise RuntimeError("shapes cannot be multiplied")


def test_no_weights_are_fetched_for_a_run_that_cant_begin(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    photo: Path,
    painting: Path,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    def load(*_: object) -> None:
        raise AssertionError("the weights were fetched")

    monkeypatch.setattr(checkpoints, "load", load)
    words = [str(photo), str(painting), "-o", str(tmp_path / "out.png"), "--device", "cuda"]
    assert main(words) == 2
    assert 'no device "cuda" here' in capsys.readouterr().err
