"""Files are replaced whole or not at all, and nothing else is left in their folder."""

import os
from pathlib import Path

import pytest
import torch

from artstyle import files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ("x" * 255)  # as long as a name can be


def fail(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("durable", [False, True])
def test_a_newer_file_replaces_the_older_and_leaves_nothing_else(path: Path, durable: bool) -> None:
    for data in (b"older", b"newer"):
        files.atomic_write(path, data, durable=durable)
        assert path.read_bytes() == data
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208  # hidden ones as well


@pytest.mark.parametrize("broken", ["os.fsync", "pathlib.Path.replace"])
def test_writing_that_fails_leaves_the_older_file_and_nothing_else(
    broken: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"older")
    monkeypatch.setattr(broken, fail)
    with pytest.raises(OSError, match="No space"):
        files.atomic_write(path, b"newer", durable=True)
    assert path.read_bytes() == b"older"
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208


def test_only_a_durable_file_is_flushed_to_the_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", fail)
    files.atomic_write(path, b"kept")
    with pytest.raises(OSError, match="No space"):
        files.atomic_write(path, b"kept", durable=True)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupted_block_leaves_the_older_file(path: Path, error: type[BaseException]) -> None:
    path.write_bytes(b"older")
    with pytest.raises(error), files.replacing(path) as temporary:
        temporary.write_bytes(b"half")
        assert temporary.parent == path.parent
        raise error
    assert path.read_bytes() == b"older"
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208


def test_a_failure_to_clean_up_does_not_hide_the_first_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathlib.Path.unlink", fail)
    with pytest.raises(ValueError, match="the first"), files.replacing(path):
        raise ValueError("the first")


@pytest.mark.parametrize(
    "said", [{}, {"TORCH_HOME": "~/weights"}, {"XDG_CACHE_HOME": "/somewhere"}], ids=str
)
def test_the_folder_of_checkpoints_is_torchs(
    said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert files.torch_checkpoints() == Path(torch.hub.get_dir(), "checkpoints")
