"""What ``docker run ast …`` starts: the bot, the lab, a test picture, the command line, Ray.

The programs run in this process, the first of the container, so that signals reach them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from container import baked

from artstyle.cli import signals
from artstyle.cli.configuring import module
from artstyle.cli.program import configured
from artstyle.configuration import Config
from artstyle.errors import ArgumentError

ROOT = Path(__file__).parents[1]
VOLUME = Path("/data")  # as in the Dockerfile
BAD_INPUT = 2
HELP = """\
Art Style Transfer repaints a photo in the manner of a painting.

  docker run ast                   run the Telegram bot; pass its token with
                                   -e TELEGRAM_BOT_TOKEN=… or --env-file FILE
  docker run -p 127.0.0.1:8080:8080 ast lab
                                   run the lab: open the link that it prints in a browser
  docker run ast test-drive        make one small picture to see that everything works
  docker run ast artstyle --help   the command line
  docker run ast worker --head HOST:PORT
                                   make pictures for a Ray cluster, if the image has Ray

-v ast:/data keeps the pictures, --gpus all makes GPUs available.
`docker run ast bot --help` and `docker run ast lab --help` list options.
"""


def main(words: list[str]) -> int:
    """Run a command and return the exit code."""
    # Linux drops signals to a container's first process unless it handles them, and the programs
    # only do so once their event loops run.
    for each in signals.ending():
        signal.signal(each, signal.default_int_handler)
    try:
        return _main(words)
    except KeyboardInterrupt:
        return 0


def _main(words: list[str]) -> int:
    name, rest = command(words)
    if name in ("--help", "-h", "help"):
        print(HELP, end="")
        return 0
    if name not in COMMANDS:
        return _refuse(
            f'unknown command "{name}": choose one of {", ".join(COMMANDS)} '
            "(docker run ast --help describes them)"
        )
    try:
        config(rest if name in ("bot", "lab") else [])  # no command runs with wrong variables
    except ArgumentError as error:
        return _refuse(str(error))
    # Weights are in the image if it was built so, else in the volume.
    home = baked.WEIGHTS if baked.WEIGHTS.is_dir() else VOLUME / "torch"
    os.environ.setdefault("TORCH_HOME", str(home))
    return COMMANDS[name](rest)


def command(words: list[str]) -> tuple[str, list[str]]:
    """Split the command from its own words; without a command it is the bot."""
    if not words:
        return "bot", []
    if words[0].startswith("-") and words[0] not in ("--help", "-h"):
        return "bot", words
    return words[0], words[1:]


def option(words: list[str], name: str, default: str) -> str:
    """Value of ``name VALUE`` or ``name=VALUE``; the program itself checks whether it is valid."""
    for word, following in pairwise([*words, default]):
        if word.partition("=")[0] == name:
            return word.partition("=")[2] or following
    return default


def config(words: list[str]) -> Config:
    """What a program with these options is configured with; raises `ArgumentError`."""
    return configured(module("config"), words)


def data_folder(words: list[str]) -> Path:
    """Folder that a program with these options uses."""
    return Path(option(words, "--data", config(words).data))


def host(words: list[str]) -> str:
    """Address that a lab with these options serves, if one is asked for."""
    return option(words, "--host", os.environ.get("AST_HOST", ""))


def _bot(words: list[str]) -> int:
    if problem := _data_problem(words):
        return _refuse(problem)
    _warn_of_token()
    import tlbot

    return tlbot.main(words)


def _lab(words: list[str]) -> int:
    if problem := _data_problem(words):
        return _refuse(problem)
    if "--bot" in words:
        _warn_of_token()
    import lab

    return lab.main(reachable(words))


def reachable(words: list[str]) -> list[str]:
    """Make the lab serve all addresses of the container; Docker decides which are published.

    The lab prints the address of the usual ``-p 127.0.0.1:8080:8080`` unless AST_URL is set.
    """
    port = option(words, "--port", str(config(words).port))
    os.environ.setdefault("AST_URL", f"http://127.0.0.1:{port}")
    return words if host(words) else ["--host", "0.0.0.0", *words]


def _data_problem(words: list[str]) -> str | None:
    folder = data_folder(words)
    if "--help" in words or "-h" in words or not folder.is_dir() or os.access(folder, os.W_OK):
        return None
    return (
        f"{folder} can't be written by this container's user, number {os.getuid()}: use a volume "
        f"(-v ast:{folder}), or for a folder of yours add --user $(id -u)"
    )


def _warn_of_token() -> None:
    if baked.has_token(ROOT):
        print(baked.WARNING, file=sys.stderr)


def _test_drive(words: list[str]) -> int:
    from container import selfcheck

    return selfcheck.run(words)


def _artstyle(words: list[str]) -> int:
    from artstyle.cli.main import main

    return main(words)


def _worker(words: list[str]) -> int:
    from container import ray_worker

    return ray_worker.run(words)


def _refuse(message: str) -> int:
    print(f"ast: {message}", file=sys.stderr)
    return BAD_INPUT


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "bot": _bot,
    "lab": _lab,
    "test-drive": _test_drive,
    "artstyle": _artstyle,
    "worker": _worker,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
