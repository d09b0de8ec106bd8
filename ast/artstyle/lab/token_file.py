"""The lab's token, kept in a file so that cookies survive a restart."""

import re
import secrets
from pathlib import Path

from artstyle.errors import OutputError
from artstyle.files import replacing

TOKEN = re.compile(r"[\w-]{43}", re.A)  # 32 bytes in URL-safe Base64


def load_token(folder: Path) -> str:
    """Read the folder's token, or create one; blocks. Raises `OutputError`."""
    path = folder / "token"
    try:
        token = _read(path)
        if token is None:
            token = secrets.token_urlsafe(32)
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part:
                part.touch(0o600)
                part.write_text(f"{token}\n")
        return token
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"{path} can't hold the lab's token ({reason}); choose another folder"
        raise OutputError(message) from error


def _read(path: Path) -> str | None:
    try:
        text = path.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    if not path.is_symlink():
        path.chmod(0o600)  # a copy or a backup may have opened it to others
    return text if TOKEN.fullmatch(text) else None
