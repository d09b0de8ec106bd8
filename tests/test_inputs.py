"""The pictures that a command line names: standard input, other pipes, folders."""

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tests.commandline import SMALL_ONE, Refuse, run

from artstyle.cli import inputs
from artstyle.cli.inputs import Input, find
from artstyle.cli.streams import STDIN
from artstyle.errors import PictureHeavy
from artstyle.pictures import read, save

pytestmark = pytest.mark.usefixtures("small_preset")


def give(
    monkeypatch: pytest.MonkeyPatch, data: bytes | io.RawIOBase, *, terminal: bool = False
) -> None:
    """Let standard input hold this."""
    buffer = io.BytesIO(data) if isinstance(data, bytes) else data
    stdin = SimpleNamespace(buffer=buffer, isatty=lambda: terminal)
    monkeypatch.setattr(sys, "stdin", stdin)


@contextmanager
def filled(pipe: Path, data: bytes) -> Iterator[Path]:
    """A named pipe that somebody writes this into, once."""
    os.mkfifo(pipe)
    thread = threading.Thread(target=pipe.write_bytes, args=(data,))
    thread.start()
    try:
        yield pipe
    finally:
        thread.join()


@pytest.mark.parametrize("role", ["content", "style"])
def test_a_picture_from_standard_input_is_the_one_in_the_file(
    role: str, photo: Path, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, same = tmp_path / "out.png", tmp_path / "same.png"
    words: list[str | Path] = ["-", painting] if role == "content" else [photo, "-"]
    give(monkeypatch, (photo if role == "content" else painting).read_bytes())
    assert run(*words, "-o", out, *SMALL_ONE, "--quiet") == 0
    assert run(photo, painting, "-o", same, *SMALL_ONE, "--quiet") == 0
    assert torch.equal(read.load(out), read.load(same))


def test_results_of_standard_input_are_named_after_it(
    photo: Path, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, photo.read_bytes())
    assert run("-", painting, "-o", tmp_path, *SMALL_ONE, "--quiet") == 0
    assert (tmp_path / "stdin-painting.png").is_file()


def test_a_named_pipe_is_read_once(photo: Path, tmp_path: Path) -> None:
    with filled(tmp_path / "snap.jpg", photo.read_bytes()) as pipe:
        (found,) = find(pipe, "content")
    assert (found.size, found.stem) == ((72, 96), "snap")
    assert torch.equal(found.load(), read.load(photo))


def test_what_a_shell_substitutes_is_read_and_called_a_pipe(photo: Path) -> None:
    reader, writer = os.pipe()
    try:
        os.write(writer, photo.read_bytes())  # which is smaller than a pipe's buffer
        os.close(writer)
        (found,) = find(Path(f"/dev/fd/{reader}"), "content")
    finally:
        os.close(reader)
    assert (found.size, found.name) == ((72, 96), "pipe")
    assert torch.equal(found.load(), read.load(photo))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "standard input is empty"),
        (b"just some words", "standard input isn't a picture"),
        (b"\xff\xd8\xff", "standard input is damaged"),
    ],
)
def test_standard_input_without_a_picture_is_refused(
    data: bytes, reason: str, refuse: Refuse, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, data)
    assert reason in refuse("-", painting, "-o", painting.with_name("out.png"))


class Broken(io.RawIOBase):
    """A standard input that can't be read."""

    def read(self, size: int = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_standard_input_that_cant_be_read_is_refused(
    refuse: Refuse, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = painting.with_name("out.png")
    give(monkeypatch, Broken())
    assert "standard input can't be read (input/output error)" in refuse("-", painting, "-o", out)
    give(monkeypatch, b"", terminal=True)
    assert "standard input is a terminal: pipe a picture" in refuse("-", painting, "-o", out)
    monkeypatch.setattr(sys, "stdin", None)
    assert "standard input is closed: pipe a picture" in refuse("-", painting, "-o", out)


def test_one_pipe_for_both_pictures_is_refused(refuse: Refuse, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    assert "are both standard input: name a file" in refuse("-", "-", "-o", out)
    assert "are both standard input" in refuse("/dev/stdin", "-", "-o", out)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    assert "are the same pipe" in refuse(tmp_path / "pipe", tmp_path / "link", "-o", out)


def test_a_pipe_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST_BYTES", 3_000_000)
    give(monkeypatch, bytes(3_000_001))
    with pytest.raises(PictureHeavy, match="standard input is larger than 3 MB"):
        find(STDIN, "content")
    give(monkeypatch, bytes(3_000_000))
    with pytest.raises(Exception, match="isn't a picture"):  # which is about its first bytes
        find(STDIN, "content")


def test_devices_and_pipes_in_a_folder_are_not_waited_for(
    refuse: Refuse, painting: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert "null is a folder or a device" in refuse("/dev/null", painting, "-o", tmp_path / "o.png")
    folder = tmp_path / "photos"
    folder.mkdir()
    os.mkfifo(folder / "pipe.jpg")
    painting.rename(folder / "a.png")
    assert [each.path.name for each in find(folder, "content")] == ["a.png"]
    assert "skipped: pipe.jpg is a folder or a device" in caplog.text


def test_a_file_called_dash_is_named_with_its_folder(
    painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    painting.rename(tmp_path / "-")
    (found,) = find(Path("./-"), "style")
    assert found == Input(Path("-"), "style", (80, 64))


def test_settings_are_read_from_a_pipe_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "made.png"
    save.save(torch.zeros(1, 3, 32, 32), path, {"settings": {"seed": 7}})
    give(monkeypatch, path.read_bytes())
    assert run("--read", "-") == 0
    assert '"seed": 7' in capsys.readouterr().out
