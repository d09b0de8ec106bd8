import errno
import sqlite3
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from tests.jobs import SMALL, a_job

from artstyle.errors import (
    DataError,
    DiskBroken,
    DiskFull,
    DiskUnwritable,
    FilesExhausted,
    PictureGone,
)
from artstyle.jobs import Failure, JobState, Source
from artstyle.jobs.files import JobFiles, disk_errors, is_source
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.messages import Artifact, decode_order, encode, failed
from artstyle.roles import ROLES, STYLES


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.ENOSPC, "No space left"), DiskFull),
        (OSError(errno.EDQUOT, "Quota exceeded"), DiskFull),
        (OSError(errno.EIO, "Input/output error"), DiskBroken),
        (OSError(errno.EMFILE, "Too many open files"), FilesExhausted),
        (OSError(errno.EACCES, "Permission denied"), DiskUnwritable),
        (sqlite3.OperationalError("disk I/O error"), DiskUnwritable),
    ],
)
def test_a_failure_of_the_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type
) -> None:
    files = JobFiles(tmp_path)
    files.write(Artifact("result", b"first"))
    monkeypatch.setattr(Path, "replace", Mock(side_effect=error))
    with pytest.raises(kind):
        files.write(Artifact("result", b"second"))
    assert files.result.read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["result.png"]


def test_a_file_that_cant_be_written_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(DiskUnwritable) as caught:
        JobFiles(tmp_path / "gone").write(Artifact("result", b"x"))
    ended = failed("a1", caught.value)
    data = {"path": "result.png", "reason": "No such file or directory"}
    assert ended.failure == Failure("disk-unwritable", data)
    assert str(tmp_path / "gone/result.png") in ended.details  # for the log
    assert failed("a1", DiskFull()).details == ""


def test_a_full_database_is_a_full_disk(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("PRAGMA max_page_count = 1")
        with pytest.raises(DiskFull), disk_errors():
            database.execute("CREATE TABLE a (b)")


def test_a_really_full_disk_is_reported() -> None:
    if not Path("/dev/full").exists():
        pytest.fail("this needs Linux's /dev/full")
    with pytest.raises(DiskFull), disk_errors():
        Path("/dev/full").write_bytes(b"x")


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path / "data"), DataFolder(tmp_path / "data")
    first.acquire()
    with pytest.raises(DataError, match="in use by another lab or bot"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_a_folder_that_cant_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="choose another one with --data"):
        DataFolder(tmp_path / "file" / "data").acquire()


NOT_PICTURES = [
    "../secret", "content.png", "/etc/passwd", "", "stage-0", "stage-10", "snapshot-30",
    "style_1", "style_5", "style_mask_5", "mask_2", "jobs.sqlite", "result.png", "PREVIEW",
    "stage-١", "preview\n", "preview start",
]  # fmt: skip


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_only_known_pictures_have_a_file(name: str, tmp_path: Path) -> None:
    assert JobFiles(tmp_path).picture(name) is None
    with pytest.raises(ValueError):
        JobFiles(tmp_path).write(Artifact(name, b"x"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        *("content", "style-thumb", "style_4", "mask-thumb", "style_mask_2"),
        *("start", "stage-8", "snapshot-80"),
    ],
)
def test_a_picture_is_a_jpeg_in_the_jobs_folder(name: str, tmp_path: Path) -> None:
    assert JobFiles(tmp_path).picture(name) == tmp_path / f"{name}.jpg"


def test_what_a_worker_makes_has_its_file(tmp_path: Path) -> None:
    names = {"savepoint.npz", "history.json", "result.png", "preview.jpg", "stage-1.jpg"}
    for name in names:
        JobFiles(tmp_path).write(Artifact(Path(name).stem, name.encode()))
    assert {path.name for path in tmp_path.iterdir()} == names
    assert all(path.read_text() == path.name for path in tmp_path.iterdir())


def test_the_files_of_further_pictures_are_the_jobs_own(tmp_path: Path) -> None:
    job, further = a_job(), dict.fromkeys(ROLES[2:], Source("painting", (8, 8)))
    request = replace(job.request, further=further)
    files = JobFiles(tmp_path / "job")
    files.folder.mkdir()
    for role in ROLES:
        for path in (files.source(role), *files.views(role), files.folder / f"{role}-384.webp"):
            path.write_bytes(role.encode())
    order = files.order(request, job.state)
    assert {**order.further} == {role: role.encode() for role in ROLES[2:]}
    assert decode_order(encode(order)) == order
    assert list(order.all_of(STYLES)) == list(STYLES)
    files.source("mask").unlink()
    with pytest.raises(PictureGone) as gone:
        files.order(request, job.state)
    assert gone.value.role == "mask"
    assert files.delete() and not files.folder.exists()


def test_the_pictures_of_a_job_never_change_and_those_of_its_run_do() -> None:
    names = [*ROLES, "style-384.webp", "style_2-thumb", "mask-192.webp"]
    assert all(map(is_source, names))
    assert not any(map(is_source, ["start", "preview-384.webp", "stage-1", "styles", "masks"]))


def test_an_order_has_all_that_a_worker_needs(tmp_path: Path) -> None:
    files, job = JobFiles(tmp_path), a_job()
    files.source("content").write_bytes(b"photo")
    with pytest.raises(PictureGone) as gone:
        files.order(job.request, job.state)
    assert gone.value.role == "style"
    files.source("style").write_bytes(b"painting")
    order = files.order(job.request, JobState(milestone=40))
    assert (order.content, order.style, order.settings) == (b"photo", b"painting", SMALL)
    assert (order.savepoint, order.history, order.begun) == (None, None, False)
    assert order.state.milestone == 40
    files.savepoint.write_bytes(b"npz")
    files.history.write_bytes(b"{}")
    files.write(Artifact("start", b"jpeg"))
    order = files.order(job.request, job.state)
    assert (order.savepoint, order.history, order.begun) == (b"npz", b"{}", True)


def test_a_picture_that_cant_be_opened_now_isnt_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, job = JobFiles(tmp_path), a_job()
    files.source("content").write_bytes(b"photo")
    many = OSError(errno.EMFILE, "Too many open files")
    monkeypatch.setattr(Path, "read_bytes", Mock(side_effect=many))
    with pytest.raises(FilesExhausted):
        files.order(job.request, job.state)
