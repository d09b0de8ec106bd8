"""The bot's token: where it is found, and how it is kept out of the log."""

import logging
import os
import re
import runpy
import warnings
from pathlib import Path

from artstyle.errors import TokenError

VARIABLE = "TELEGRAM_BOT_TOKEN"
FILE = "token_DO_NOT_COMMIT.py"
SECRET = Path("/run/secrets/telegram_bot_token")  # where Docker and Podman put such a secret
SHAPE = re.compile(r"[0-9]{3,20}:[\w-]{20,100}", re.ASCII)
HIDDEN = "[token]"
HOW = (
    "get one from @BotFather on Telegram (/newbot), then set the environment variable "
    f"{VARIABLE} to it, or {VARIABLE}_FILE to the name of a file that holds it, "
    f'or write TOKEN = "…" into {FILE} beside config.py'
)


def find(root: Path) -> str:
    """Find the token in one of its places; raises `TokenError`, which says how to get one."""
    named = os.environ.get(f"{VARIABLE}_FILE")
    token = (
        os.environ.get(VARIABLE, "").strip()
        or (named and _read(named, f"named by {VARIABLE}_FILE"))
        or (SECRET.is_file() and _read(str(SECRET), "a secret"))
        or ((root / FILE).is_file() and _run(root / FILE))
    )
    if not token:
        raise TokenError(f"the bot has no token: {HOW}")
    if not SHAPE.fullmatch(token):
        raise TokenError(f"the bot's token doesn't look like one: {HOW}")
    return token


def _read(name: str, what: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig").strip()  # Windows begins so
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it isn't text"
        name = SHAPE.sub(HIDDEN, name)  # the token itself, if the two variables were mixed up
        raise TokenError(f"{name}, {what}, can't be read ({reason})") from None


def _run(path: Path) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings show the line
            token = runpy.run_path(str(path)).get("TOKEN")
    except PermissionError as error:
        raise TokenError(f"{path} can't be read ({error.strerror})") from None
    except (Exception, SystemExit):  # its text could hold the token
        raise TokenError(f'{path} isn\'t a Python file with TOKEN = "…"') from None
    return token.strip() if isinstance(token, str) else ""


class HidingFormatter(logging.Formatter):
    """Formats like another formatter, but without the token, in tracebacks too."""

    def __init__(self, token: str, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()
        number, _, secret = token.partition(":")
        encoded = rf"(?:{re.escape(number)}(?::|%3A))?"  # as in a URL
        self._token = re.compile(encoded + re.escape(secret), re.IGNORECASE)

    def format(self, record: logging.LogRecord) -> str:
        return self._token.sub(HIDDEN, self._inner.format(record))


def hide(token: str) -> None:
    """Keep the token out of the log from here on."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(HidingFormatter(token, handler.formatter))
    for name in ("httpx", "httpcore"):  # at INFO they log URLs, which hold the token
        logging.getLogger(name).setLevel(logging.WARNING)
