"""The bot's token: where it comes from, and that it never shows."""

from __future__ import annotations

import logging
import os
import re
import runpy
import warnings
from pathlib import Path

from artstyle.errors import BadInput

VARIABLE = "TELEGRAM_BOT_TOKEN"
FILE = "token_DO_NOT_COMMIT.py"
SECRET = Path("/run/secrets/telegram_bot_token")  # where Docker and Podman put such a secret
SHAPE = re.compile(r"[0-9]{3,20}:[\w-]{20,100}", re.ASCII)
HIDDEN = "[token]"
HOW = (
    "ask @BotFather on Telegram for one (/newbot), then put it into the environment as "
    f'{VARIABLE}, or its file\'s name as {VARIABLE}_FILE, or write TOKEN = "…" into {FILE}'
)


class TokenError(BadInput):
    """There is no usable token; the message never holds one."""


def find(root: Path) -> str:
    """Find the token: in the environment, in the file it names, a secret, the project's folder.

    Raises `TokenError` with how to get one.
    """
    token = (
        os.environ.get(VARIABLE, "").strip()
        or _from_file(os.environ.get(f"{VARIABLE}_FILE", ""), f"named by {VARIABLE}_FILE")
        or (_from_file(str(SECRET), "a secret") if SECRET.is_file() else "")
        or _from_python(root / FILE)
    )
    if not token:
        raise TokenError(f"the bot has no token: {HOW}")
    if not SHAPE.fullmatch(token):
        raise TokenError(f"what should be the bot's token has not the form of one: {HOW}")
    return token


def _from_file(name: str, what: str) -> str:
    if not name:
        return ""
    try:
        return Path(name).read_text(encoding="utf-8-sig").strip()  # Windows begins so
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        name = SHAPE.sub(HIDDEN, name)  # who mistook the two variables has put the token here
        raise TokenError(f"{name}, {what}, can't be read ({reason})") from None


def _from_python(path: Path) -> str:
    if not path.is_file():
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they show the line that they warn of
            token = runpy.run_path(str(path)).get("TOKEN")
    except PermissionError as error:
        raise TokenError(f"{path} can't be read ({error.strerror})") from None
    except (Exception, SystemExit):  # whatever may stand in it; its text could hold the token
        raise TokenError(f'{path} is no Python file with TOKEN = "…"') from None
    return token.strip() if isinstance(token, str) else ""


class HidingFormatter(logging.Formatter):
    """Formats as another formatter does, without the token: also in tracebacks."""

    def __init__(self, token: str, inner: logging.Formatter | None) -> None:
        """Hide the token in what ``inner`` makes."""
        super().__init__()
        self._inner = inner or logging.Formatter()
        number, _, secret = token.partition(":")
        encoded = rf"(?:{re.escape(number)}(?::|%3A))?"  # as it stands in an address
        self._token = re.compile(encoded + re.escape(secret), re.IGNORECASE)

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        return self._token.sub(HIDDEN, self._inner.format(record))


def hide(token: str) -> None:
    """Keep the token out of all that is logged from here on."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(HidingFormatter(token, handler.formatter))
    for name in ("httpx", "httpcore"):  # at INFO they log addresses, which hold the token
        logging.getLogger(name).setLevel(logging.WARNING)
