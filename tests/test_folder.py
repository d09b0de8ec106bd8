import errno
import os
from pathlib import Path

import pytest

from artstyle.errors import DataError, DiskError
from artstyle.jobs.folder import Folder, JobFiles, write
from artstyle.jobs.task import Made


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path / "a", b"first")
    write(tmp_path / "a", b"second", durable=True)
    assert (tmp_path / "a").read_bytes() == b"second"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "disk is full"), (errno.EIO, "can't be writ")],
)
@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str, broken: str
) -> None:
    write(tmp_path / "a", b"first")

    def fail(*args: object) -> None:
        raise OSError(code, os.strerror(code), "a")

    monkeypatch.setattr(os if broken == "fsync" else Path, broken, fail)
    with pytest.raises(DiskError, match=words):
        write(tmp_path / "a", b"second", durable=True)
    assert (tmp_path / "a").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_really_full_disk_is_told() -> None:
    if not Path("/dev/full").exists():
        pytest.fail("this needs Linux's /dev/full")
    from artstyle.jobs.folder import disk_errors

    with pytest.raises(DiskError, match="the disk is full"), disk_errors():
        Path("/dev/full").write_bytes(b"x")


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first, second = Folder(tmp_path / "data"), Folder(tmp_path / "data")
    first.acquire()
    with pytest.raises(DataError, match=r"in use by another lab or bot.*--data"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_a_folder_that_cant_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"can't be used \(.*name another one with --data"):
        Folder(tmp_path / "file" / "data").acquire()


def test_sweeping_removes_what_belongs_to_no_job(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.acquire()
    for name in ("known", "orphan"):
        folder.job(name).folder.mkdir()
        folder.job(name).result.write_bytes(b"png")
    half = folder.job("known").folder / ".result.png.0a1b"
    half.write_bytes(b"half")
    folder.job("known").savepoint.write_bytes(b"npz")
    folder.sweep(["known", "gone"], ended=["known", "gone"])
    assert not folder.job("known").savepoint.exists()
    assert folder.job("known").result.exists()
    assert not half.exists()
    assert not folder.job("orphan").folder.exists()
    folder.release()


NOT_PICTURES = [
    "../secret", "content.png", "/etc/passwd", "", "stage-0", "stage-10", "snapshot-30",
    "result", "PREVIEW", "stage-١", "preview\n", "preview start",
]  # fmt: skip


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_only_known_pictures_have_a_file(name: str, tmp_path: Path) -> None:
    assert JobFiles(tmp_path).picture(name) is None


@pytest.mark.parametrize("name", ["content", "style-thumb", "start", "stage-8", "snapshot-80"])
def test_a_picture_is_a_jpeg_in_the_jobs_folder(name: str, tmp_path: Path) -> None:
    assert JobFiles(tmp_path).picture(name) == tmp_path / f"{name}.jpg"


@pytest.mark.parametrize("name", [n for n in [*NOT_PICTURES, "jobs.sqlite"] if n != "result"])
def test_no_name_that_a_worker_gives_becomes_another_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no file"):
        JobFiles(tmp_path).keep(Made(name, b"x"))
    assert list(tmp_path.iterdir()) == []


def test_what_a_worker_makes_has_its_file(tmp_path: Path) -> None:
    for name in ("savepoint", "history", "result", "preview", "stage-1", "snapshot-80"):
        JobFiles(tmp_path).keep(Made(name, name.encode()))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "savepoint.npz": "savepoint",
        "history.json": "history",
        "result.png": "result",
        "preview.jpg": "preview",
        "stage-1.jpg": "stage-1",
        "snapshot-80.jpg": "snapshot-80",
    }
