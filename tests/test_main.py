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
from PIL import Image
from tests.commandline import FEW, ONE, ROOT, SMALL, SMALL_ONE, Pair, Refuse, run

import artstyle
from artstyle.cli.arguments import Arguments, parse
from artstyle.cli.main import main
from artstyle.cli.plan import plan
from artstyle.errors import OutputGone
from artstyle.progress import Progress
from artstyle.settings import Settings
from artstyle.transfer import Transfer
from artstyle.vgg import checkpoints

pytestmark = pytest.mark.usefixtures("small_preset")


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        return image.size


@pytest.fixture
def paintings(painting: Path, tmp_path: Path) -> Path:
    """A folder with one painting, beside an empty folder for results."""
    (tmp_path / "results").mkdir()
    folder = tmp_path / "paintings"
    folder.mkdir()
    return painting.rename(folder / "waves.png").parent


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
    assert "photo.png holds no artstyle settings" in refuse("--read", photo)
    assert "no.png doesn't exist" in refuse("--read", tmp_path / "no.png")


def test_json_tells_of_every_iteration_and_last_of_the_result(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.png"
    words = [*SMALL[:-1], "6", "--json", "--quiet"]
    assert run(*pair, "-o", out, *words) == 0
    stdout, err = capsys.readouterr()
    assert err == ""
    first, *progress, result = map(json.loads, stdout.splitlines())
    photo, painting = map(str, pair)
    assert first == {
        **{"event": "picture", "content": photo, "style": painting, "path": str(out)},
        **{"index": 1, "count": 1},
    }
    assert [event["iteration"] for event in progress] == [1, 2, 3, 4, 5, 6]
    percents = [event["percent"] for event in progress]
    assert percents == sorted(set(percents)) and 0 < percents[0] < percents[-1] == 100
    assert (result["event"], result["path"]) == ("result", str(out))
    assert (result["width"], result["height"]) == size_of(out) == (170, 128)
    assert result["loss"] == progress[-1]["loss"]


def test_quiet_prints_nothing(photo: Path, paintings: Path, tmp_path: Path) -> None:
    (paintings / "notes.txt").write_text("no picture, which would be a warning")
    ended = command(photo, paintings, "-o", tmp_path, *ONE, "--quiet")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert size_of(tmp_path / "photo-waves.png") == (341, 256)


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
    photo: Path, paintings: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    results = tmp_path / "results"
    (paintings / "more").mkdir()
    shutil.copy(paintings / "waves.png", paintings / "dots.png")
    (paintings / "notes.txt").write_text("no picture")
    (paintings / ".hidden.png").write_bytes(b"")
    assert run(photo, paintings, "-o", results, *SMALL_ONE) == 0
    assert sorted(path.name for path in results.iterdir()) == ["photo-dots.png", "photo-waves.png"]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1 and told[0].startswith("skipped: notes.txt isn't a picture")
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_paintings_of_one_name_get_results_of_two(
    photo: Path, paintings: Path, tmp_path: Path
) -> None:
    for name in ("waves.jpg", "waves.jpg.png"):  # waves.jpg's result mustn't be the other's
        shutil.copy(paintings / "waves.png", paintings / name)
    arguments = parse([str(photo), str(paintings), "-o", str(tmp_path / "results")])
    assert isinstance(arguments, Arguments)
    assert sorted(pair.out.name for pair in plan(arguments).pictures) == [
        "photo-waves.jpg.png",
        "photo-waves.jpg.png.png",
        "photo-waves.png.png",
    ]


def test_a_result_in_a_folder_is_overwritten_by_force_only(
    refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    out = tmp_path / "photo-painting.png"
    out.write_bytes(b"an earlier result")
    words: list[str | Path] = [photo, painting, "-o", tmp_path, *SMALL_ONE, "--quiet"]
    assert "photo-painting.png exists already: --force overwrites it" in refuse(*words)
    assert run(*words, "--force") == 0
    assert size_of(out) == (170, 128)
    out.write_bytes(b"an earlier result")
    assert run(photo, painting, "-o", out, *SMALL_ONE, "--quiet") == 0  # it is named
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
    percents = [json.loads(line)["percent"] for line in stdout.splitlines()[1:]]
    assert len(percents) == 2
    assert err == f"artstyle: stopped at {percents[-1]:.0f} %; saved as {out}\n"
    size_of(out)  # decodes it
    assert run("--read", out) == 0
    assert json.loads(capsys.readouterr().out)["percent"] == round(percents[-1], 1)


def test_ctrl_c_in_a_folder_of_paintings_ends_them_all(
    photo: Path, paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "results"
    shutil.copy(paintings / "waves.png", paintings / "a.png")
    interrupt(monkeypatch, after=1, how=ctrl_c)
    assert run(photo, paintings, "-o", results, *SMALL, "--quiet") == 1
    assert [path.name for path in results.iterdir()] == ["photo-a.png"]


def test_ctrl_c_before_the_first_iteration_saves_nothing(
    refuse: Refuse, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(monkeypatch, after=0, how=ctrl_c)
    err = refuse(*pair, "-o", tmp_path / "out.png", *SMALL, code=1)
    assert "stopped before there was anything to save" in err


def start_long_run(
    photo: Path, painting: Path, out: Path, *, nohup: bool = False
) -> "subprocess.Popen[str]":
    """Start a run of hours as a process that signals reach even where this one ignores them."""
    hangup = "SIG_IGN" if nohup else "SIG_DFL"
    code = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        f"signal.signal(signal.SIGHUP, signal.{hangup}); "
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_real_signal_saves_too(number: signal.Signals, pair: Pair, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    with start_long_run(*pair, out) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["event"] == "picture"
            assert json.loads(process.stdout.readline())["iteration"] == 1
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1
    assert re.fullmatch(rf"artstyle: stopped at \d+ %; saved as {out}\n", err)
    assert size_of(out) == (341, 256)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.png", *names(pair)]


def names(pair: Pair) -> list[str]:
    return sorted(path.name for path in pair)


def test_under_nohup_a_run_outlives_its_terminal(pair: Pair, tmp_path: Path) -> None:
    with start_long_run(*pair, tmp_path / "out.png", nohup=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGHUP)
            for _ in range(3):
                assert json.loads(process.stdout.readline())["event"] == "progress"
            process.terminate()
            assert "stopped at" in process.communicate(timeout=60)[1]
        finally:
            process.kill()


def test_a_reader_that_goes_away_ends_the_run_with_what_there_is(
    pair: Pair, tmp_path: Path
) -> None:
    out = tmp_path / "out.png"
    with start_long_run(*pair, out) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            for _ in range(2):  # the picture's event, and the first iteration's
                process.stdout.readline()
            process.stdout.close()
            assert process.wait(timeout=60) == 1
            told = r"artstyle: standard output can't be written \(Broken pipe\): stopped at \d+ %; "
            assert re.fullmatch(rf"{told}saved as {out}\n", process.stderr.read())
        finally:
            process.kill()
    assert size_of(out) == (341, 256)


def test_a_result_that_cant_be_told_is_kept(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(text: str) -> None:
        if '"result"' in text:
            raise OutputGone("No space left on device")

    monkeypatch.setattr("artstyle.cli.reporting.write_line", full)
    out = tmp_path / "out.png"
    assert run(*pair, "-o", out, *SMALL, "--json", "--quiet") == 1
    told = f"artstyle: standard output can't be written (No space left on device); saved as {out}\n"
    assert capsys.readouterr().err == told
    assert size_of(out) == (170, 128)


# Broken


def test_what_nobody_expected_is_told_in_a_line_and_kept_in_a_log(
    refuse: Refuse,
    pair: Pair,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def surprise(*_: object, **__: object) -> NoReturn:
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
    refuse: Refuse, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> NoReturn:
        pytest.fail("fetched the weights")

    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr(checkpoints, "load", load)
    told = refuse(*pair, "-o", tmp_path / "out.png", "--device", "cuda")
    assert 'no device "cuda" here' in told
