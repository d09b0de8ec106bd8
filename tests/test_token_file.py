import stat
from pathlib import Path

import pytest

from artstyle.errors import OutputError
from artstyle.lab.token_file import load_token

TOKEN = "A" * 43


def test_a_token_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    token = load_token(folder)
    assert len(token) == 43
    assert load_token(folder) == token
    assert stat.S_IMODE((folder / "token").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["token"]
    assert load_token(tmp_path) != token


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 43, b"A" * 42 + b" ", b"A" * 44])
def test_a_damaged_token_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    token = load_token(tmp_path)
    assert len(token) == 43
    assert load_token(tmp_path) == token


def test_a_token_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(0o644)
    assert load_token(tmp_path) == TOKEN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_holds_no_token_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "token").mkdir(parents=True)
    for folder in (tmp_path / "file", tmp_path / "taken"):
        with pytest.raises(OutputError, match=f"{folder.name}/token can't hold .* choose another"):
            load_token(folder)
