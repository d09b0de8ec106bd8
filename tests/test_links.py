"""Results whose name is a symbolic link: the target is written, and the link stays."""

import os
from pathlib import Path

import pytest
import torch

from artstyle.errors import OutputError
from artstyle.pictures.read import check
from artstyle.pictures.save import check_output, save

PICTURE = torch.zeros(1, 3, 32, 48)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file's place in another folder, which is there."""
    (tmp_path / "far").mkdir()
    return tmp_path / "far" / "result.png"


@pytest.mark.parametrize("there", [True, False], ids=["replaced", "new"])
@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_the_target_is_written_and_the_link_stays(
    relative: bool, there: bool, target: Path, tmp_path: Path
) -> None:
    link, middle = tmp_path / "out.png", tmp_path / "middle.png"
    middle.symlink_to("far/result.png" if relative else target)
    link.symlink_to("middle.png" if relative else middle)
    if there:
        target.write_bytes(b"an older result")
    save(PICTURE, link)
    assert link.is_symlink() and middle.is_symlink()
    assert not target.is_symlink() and check(target).width == 48
    assert os.listdir(target.parent) == ["result.png"]  # noqa: PTH208  # hidden ones as well
    assert sorted(os.listdir(tmp_path)) == ["far", "middle.png", "out.png"]  # noqa: PTH208


def test_a_write_that_fails_leaves_the_older_target_and_the_link(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target.write_bytes(b"an older result")
    (tmp_path / "out.png").symlink_to(target)
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OutputError, match="No space left"):
        save(PICTURE, tmp_path / "out.png")
    assert target.read_bytes() == b"an older result"
    assert os.listdir(target.parent) == ["result.png"]  # noqa: PTH208


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("nowhere/result.png", "nowhere doesn't exist; create it first"),
        ("out.png", "out.png can't be written (.*ymbolic links"),
        ("far", "out.png is a folder; name a file in it"),
        ("/dev/null", "out.png is a device or a pipe; name a file"),
    ],
)
def test_a_link_that_leads_to_no_file_is_refused_in_one_line(
    to: str, reason: str, target: Path, tmp_path: Path
) -> None:
    link = tmp_path / "out.png"
    link.symlink_to(to)
    with pytest.raises(OutputError, match=reason.replace("(", r"\(")) as caught:
        check_output(link)  # nothing is written, so /dev/null survives a failure
    assert "\n" not in str(caught.value)
    assert link.is_symlink() and target.parent.is_dir()


def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out.png")
    with pytest.raises(OutputError, match="is a device or a pipe"):
        check_output(tmp_path / "out.png")
    assert (tmp_path / "out.png").is_fifo()
