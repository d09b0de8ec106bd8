"""Docker's HEALTHCHECK: whether what the container runs does its work.

The lab is asked over HTTP; the bot shows by a file how long ago Telegram answered it.
"""

from __future__ import annotations

import http.client
import sys
from pathlib import Path

from container import options

from artstyle.bot.heartbeat import Heartbeat

FIRST = Path("/proc/1/cmdline")  # the container's own process, or the init that started it
ENTRY = "entrypoint.py"
ANSWER_SECONDS = 5.0
ANY = {None: "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # whom to ask if all are served


def main() -> int:
    """Print how it is, and give Docker's exit code: 0 for healthy, 1 for not."""
    trouble = check(words_of(FIRST.read_bytes()))
    print(trouble or "healthy")
    return 1 if trouble else 0


def words_of(cmdline: bytes) -> list[str] | None:
    """Find the words that the entry point was given in a process's command line."""
    words = cmdline.decode(errors="replace").split("\0")[:-1]
    places = [place for place, word in enumerate(words) if Path(word).name == ENTRY]
    return words[places[0] + 1 :] if places else None


def check(words: list[str] | None) -> str | None:
    """Say what is wrong, if anything; a command that ends by itself is well while it runs."""
    if words is None:
        return "what runs here was not started by the image's own entry point"
    name, rest = options.named(words)
    given = options.read(rest)
    troubles = [
        _lab_trouble(given) if name == "lab" else None,
        _bot_trouble(given) if name == "bot" or (name == "lab" and given.bot) else None,
    ]
    return "; ".join(filter(None, troubles)) or None


def _lab_trouble(given: options.Options) -> str | None:
    host = ANY.get(given.host, given.host) or ""
    connection = http.client.HTTPConnection(host, given.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"the lab doesn't answer ({error})"
    finally:
        connection.close()
    return None if status == http.client.OK else f"the lab answers with an error ({status})"


def _bot_trouble(given: options.Options) -> str | None:
    return Heartbeat(given.data).trouble()


if __name__ == "__main__":
    sys.exit(main())
