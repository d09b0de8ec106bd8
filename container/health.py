"""Docker's HEALTHCHECK: whether the program in the container works.

The lab is asked over HTTP; the bot touches a file whenever Telegram answers it.
"""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path

from container.entrypoint import command, config, data_folder, host, option

from artstyle.bot.heartbeat import Heartbeat

FIRST = Path("/proc/1/cmdline")  # the entry point, or the init that started it
ENTRY = "entrypoint.py"
ANSWER_SECONDS = 5.0
LONGEST = 100_000  # bytes of an answer
LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # where to ask if all are served


def main() -> int:
    """Print the state and return Docker's exit code: 0 if healthy, 1 if not."""
    trouble = check(words_of(FIRST.read_bytes()))
    print(trouble or "healthy")
    return 1 if trouble else 0


def words_of(cmdline: bytes) -> list[str] | None:
    """Words that the entry point was started with, taken from a process's command line."""
    words = cmdline.decode(errors="replace").split("\0")[:-1]
    places = [place for place, word in enumerate(words) if Path(word).name == ENTRY]
    return words[places[0] + 1 :] if places else None


def check(words: list[str] | None) -> str | None:
    """Return what is wrong, if anything; commands other than the lab and the bot are healthy."""
    if words is None:
        return "the container was not started by the image's entry point"
    name, rest = command(words)
    troubles = [
        _lab_trouble(rest) if name == "lab" else None,
        Heartbeat(data_folder(rest)).trouble()
        if name == "bot" or (name == "lab" and "--bot" in rest)
        else None,
    ]
    return "; ".join(filter(None, troubles)) or None


def _lab_trouble(words: list[str]) -> str | None:
    name, port = host(words), option(words, "--port", str(config(words).port))
    connection = http.client.HTTPConnection(
        LOOPBACK.get(name, name), int(port), timeout=ANSWER_SECONDS
    )
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        status, reason = answer.status, _reason(answer.read(LONGEST))
    except (OSError, http.client.HTTPException) as error:
        return f"the lab doesn't answer ({error})"
    finally:
        connection.close()
    if status == http.client.OK:
        return None
    return f"the lab is paused: {reason}" if reason else f"the lab answers with an error ({status})"


def _reason(body: bytes) -> str | None:
    """Why the lab is paused, if it says so."""
    try:
        return str(json.loads(body)["reason"] or "") or None
    except (ValueError, LookupError, TypeError):
        return None


if __name__ == "__main__":
    sys.exit(main())
