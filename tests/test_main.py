"""The command line: processes, runs, what is stopped, what breaks."""

import importlib
import json
import logging
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import torch
from PIL import Image
from tests.commandline import FEW, ONE, ROOT, SMALL, SMALL_ONE, Pair, Refuse, half, noisy, run

import artstyle
from artstyle.cli.main import main
from artstyle.cli.reporting import Reporter
from artstyle.progress import Progress
from artstyle.settings import Settings
from artstyle.transfer import Transfer
from artstyle.vgg import checkpoints

pytestmark = pytest.mark.usefixtures("small_preset")


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        return image.size


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
    assert "artstyle.cli.arguments" in imported
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
    assert sorted(path.name for path in results.iterdir()) == ["photo-dots.png", "photo-waves.png"]
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

    monkeypatch.setattr("artstyle.cli.main._transfer", transfer)
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
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
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
    refuse: Refuse, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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

    monkeypatch.setattr("artstyle.pictures.read.load", surprise)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("logs")))
    err = refuse(*pair, "-o", tmp_path / "out.png", code=1)
    found = re.search(r"something went wrong \(ZeroDivisionError\): .* (\S+\.log)\n", err)
    assert found
    text = Path(found[1]).read_text(encoding="utf-8")
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("ZeroDivisionError: a surprise\n")


def test_a_folder_that_vanishes_in_the_run_is_a_failure_of_the_run(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    interrupt(monkeypatch, after=2, how=lambda: shutil.rmtree(folder))
    words: list[str | Path] = ["-o", folder / "out.png", *SMALL, "--quiet"]
    assert run(*pair, *words) == 1
    assert re.fullmatch(r"artstyle: .*results doesn't exist.*\n", capsys.readouterr().err)


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
