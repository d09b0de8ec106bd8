"""Standard output and error that are closed, full, or without a reader; silent libraries."""

import io
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tests.commandline import FEW, ROOT, Pair
from tests.test_reporting import at

from artstyle.cli import streams
from artstyle.cli.reporting import Reporter
from artstyle.errors import OutputGone
from artstyle.pictures import read, save

FULL = "/dev/full"
COMMAND = [sys.executable, "-m", "artstyle"]


def sh(script: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell, in which ``"$@"`` is the command line with the words."""
    command = ["bash", "-c", script, "bash", *COMMAND, *map(str, words)]
    # as users have it: output waits in a buffer, which Python empties at its end
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A PNG that carries settings."""
    import torch

    path = tmp_path / "made.png"
    save.save(torch.zeros(1, 3, 64, 64), path, {"settings": {"seed": 7}})
    return path


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["--read"]])
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (f'"$@" >{FULL}', "No space left on device"),
        (f'PYTHONUNBUFFERED=1 "$@" >{FULL}', "No space left on device"),
        ('{ "$@"; echo "ended with $?" >&2; } | true', "Broken pipe"),
    ],
)
def test_output_that_cant_be_written_ends_in_one_line(
    script: str, reason: str, words: list[str], made: Path
) -> None:
    # `true` has ended before Python is up
    ended = sh(script, *words, *([made] if words == ["--read"] else []))
    told = f"artstyle: standard output can't be written ({reason})\n"
    assert ended.stderr in (told, f"{told}ended with 1\n")
    assert ended.returncode == 1 or "ended with 1" in ended.stderr


def test_a_closed_output_is_told_and_no_file_gets_its_place(made: Path) -> None:
    ended = sh('"$@" >&-', "--read", made)
    assert (ended.returncode, ended.stderr) == (
        1,
        "artstyle: standard output can't be written (it is closed)\n",
    )
    for closed in (">&-", "2>&-", "<&- >&- 2>&-"):
        before = made.read_bytes()
        assert sh(f'"$@" {closed}', "--read", made.with_name("no.png")).returncode == 2
        assert made.read_bytes() == before
    assert json.loads(sh('"$@" <&- 2>&-', "--read", made).stdout)["settings"] == {"seed": 7}


def test_a_run_whose_output_is_full_ends_before_it_begins(pair: Pair, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    ended = sh(f'"$@" >{FULL}', *pair, "-o", out, *FEW, "--json", "--quiet")
    told = "artstyle: standard output can't be written (No space left on device)\n"
    assert (ended.returncode, ended.stderr, out.exists()) == (1, told, False)


def test_a_run_that_nobody_is_told_of_is_made_all_the_same(pair: Pair, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    ended = sh(f'"$@" 2>{FULL}', *pair, "-o", out, *FEW, "--json")
    assert ended.returncode == 0
    assert json.loads(ended.stdout.splitlines()[-1])["event"] == "result"
    assert read.check(out).height == 256


def damaged(compression: str) -> bytes:
    """A TIFF whose middle third is wrong, so that libtiff complains."""
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, "TIFF", compression=compression)
    data = buffer.getvalue()
    wrong = range(len(data) // 3, len(data) * 2 // 3)
    return bytes(byte ^ 0x5A if place in wrong else byte for place, byte in enumerate(data))


COMPRESSIONS = ("tiff_lzw", "tiff_adobe_deflate")


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    folder = tmp_path / "paintings"
    folder.mkdir()
    for name in COMPRESSIONS:
        (folder / f"{name}.tif").write_bytes(damaged(name))
    return folder


def test_libtiff_says_nothing_beside_what_the_command_line_says(
    photo: Path, paintings: Path
) -> None:
    code = "import sys; from artstyle.pictures import read; read.decode(sys.argv[1])"
    for name in COMPRESSIONS:  # it would say something
        words = [sys.executable, "-c", code, str(paintings / f"{name}.tif")]
        alone = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert "Traceback" not in alone.stderr.splitlines()[0], alone.stderr
    ended = sh('"$@"', photo, paintings, "-o", paintings.parent)
    assert [re.sub(" is damaged.*", "", line) for line in ended.stderr.splitlines()] == [
        "artstyle: 2 of 2 pictures failed:",
        *(f"artstyle: photo-{name}.png: {name}.tif" for name in sorted(COMPRESSIONS)),
    ]
    assert ended.returncode == 1


def test_a_damaged_photo_is_told_in_one_line(painting: Path, paintings: Path) -> None:
    ended = sh('"$@"', paintings / "tiff_lzw.tif", painting, "-o", paintings / "out.png", *FEW)
    assert ended.returncode == 2
    assert re.fullmatch(r"artstyle: tiff_lzw.tif is damaged or cut off.*\n", ended.stderr)


def test_libraries_are_silent_while_they_decode_and_no_longer(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="damaged"), streams.quiet_libraries():
        os.write(2, b"from libtiff\n")
        raise ValueError("damaged")
    os.write(2, b"from torch\n")
    assert capfd.readouterr().err == "from torch\n"


def test_what_python_says_meanwhile_arrives() -> None:
    code = (
        "import logging, os, sys\n"
        "from artstyle.cli import streams\n"
        "before = sys.stderr\n"
        "with streams.own_stderr(), streams.quiet_libraries():\n"
        "    logging.basicConfig(format='%(message)s')\n"
        "    logging.warning('ours')\n"
        "    os.write(2, b'theirs')\n"
        "assert sys.stderr is before\n"
        "logging.warning('after')\n"
    )
    words = [sys.executable, "-c", code]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stderr == "ours\nafter\n"


def test_a_server_goes_on_without_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")

    gone = SimpleNamespace(write=write, flush=lambda: None, fileno=io.StringIO().fileno)
    monkeypatch.setattr(sys, "stdout", gone)
    streams.say("lab: http://127.0.0.1:8080")
    with pytest.raises(OutputGone, match="Broken pipe"):
        streams.write_line("{}")


ENCODINGS = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "cp437"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("variables", ENCODINGS, ids=lambda each: "-".join(each.values()))
@pytest.mark.parametrize("program", ["-m artstyle", "lab.py", "tlbot.py"])
def test_help_is_readable_in_any_encoding(program: str, variables: dict[str, str]) -> None:
    told = subprocess.run(
        [sys.executable, *program.split(), "--help"],
        cwd=ROOT,
        env={**os.environ, "TELEGRAM_BOT_TOKEN": "1:a", **variables},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert (told.returncode, told.stderr) == (0, b"")
    assert b"1: 256 px ... 6: 8192 px" in b" ".join(told.stdout.split())
    told.stdout.decode(variables.get("PYTHONIOENCODING", "ascii"))


@pytest.mark.parametrize(("encoding", "sign"), [("ascii", "x"), ("latin-1", "×"), ("cp437", "x")])
def test_a_run_is_told_in_any_encoding(
    encoding: str, sign: str, photo: Path, painting: Path, tmp_path: Path
) -> None:
    out = tmp_path / "œuvre–中.png"
    ended = subprocess.run(
        [*COMMAND, photo, painting, "-o", out, *FEW, "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert json.loads(ended.stdout.splitlines()[-1])["path"] == str(out)
    told = ended.stderr.decode(encoding)
    assert f"{tmp_path}/\\u0153uvre-\\u4e2d.png: 341{sign}256 px in " in told


@pytest.mark.parametrize(
    ("text", "encoding", "printed"),
    [
        ("3×4 … ↔ “a” ‘b’ – — −", "ascii", b"3x4 ... <-> \"a\" 'b' - - -"),
        ("3×4 … “a”", "latin-1", b'3\xd74 ... "a"'),
        ("中 \udcff 🎨", "utf-8", "中 \\udcff 🎨".encode()),
        ("中 \udcff 🎨", "cp437", b"\\u4e2d \\udcff \\U0001f3a8"),
    ],
)
def test_characters_that_cant_be_encoded_are_replaced(
    text: str, encoding: str, printed: bytes
) -> None:
    assert text.encode(encoding, streams.READABLE) == printed


def test_a_server_says_what_it_can_in_any_encoding() -> None:
    code = (
        "import sys; from artstyle.cli import streams; streams.prepare(); "
        "streams.say('3×4 …'); print('“5×6”', file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert (ended.stdout, ended.stderr) == (b"3x4 ...\n", b'"5x6"\n')


def test_the_handler_replaces_nothing_that_is_decoded() -> None:
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", streams.READABLE)


@pytest.mark.parametrize(("encoding", "bar"), [("cp437", "#"), ("utf-8", "█")])
def test_the_bar_is_drawn_with_what_the_terminal_has(
    encoding: str, bar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    raw = io.BytesIO()
    terminal = Terminal(raw, encoding, streams.READABLE, write_through=True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("tqdm.std.time", itertools.count(step=0.5).__next__)
    shown = Reporter(as_json=False, quiet=False, snapshots=None)
    shown.show(at(70), "out")
    shown.close()
    assert f" 70% |{bar}" in raw.getvalue().decode(encoding)
