"""What ``docker run ast …`` starts: the bot, the lab, a self-check or the command line.

The programs run in this very process, the first one of the container, so that signals reach them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from container import baked, options

ROOT = Path(__file__).parents[1]
VOLUME = Path("/data")  # the Dockerfile's; the programs may have folders of their own in it
BAD_INPUT = 2
HELP = """\
Art Style Transfer repaints a photo in the manner of a painting.

  docker run ast                   run the Telegram bot; its token comes with
                                   -e TELEGRAM_BOT_TOKEN=… or --env-file FILE
  docker run -p 127.0.0.1:8080:8080 ast lab
                                   run the lab for a browser: open the link that it prints
  docker run ast test-drive        make one small picture, to see that all works
  docker run ast artstyle --help   the command line

-v ast:/data keeps what is made, --gpus all lets it use GPUs.
`docker run ast bot --help` and `docker run ast lab --help` list options.
"""


def main(words: list[str]) -> int:
    """Run what the words ask for, and give the exit code."""
    # The first process of a container ignores signals that it has no handler for, and the
    # programs' own handlers come only with their event loops.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _main(words)
    except KeyboardInterrupt:
        return 0


def _main(words: list[str]) -> int:
    name, rest = options.named(words)
    if name in ("--help", "-h", "help"):
        print(HELP, end="")
        return 0
    if name not in COMMANDS:
        return _refuse(
            f'there is no command "{name}": take {", ".join(COMMANDS)} '
            "(docker run ast --help tells what they do)"
        )
    _place_weights()
    return COMMANDS[name](rest)


def _place_weights() -> None:
    """Say where torch keeps weights: in the image if they are there, else in the volume."""
    home = baked.WEIGHTS if baked.WEIGHTS.is_dir() else VOLUME / "torch"
    os.environ.setdefault("TORCH_HOME", str(home))


def _bot(words: list[str]) -> int:
    if problem := _data_problem(words):
        return _refuse(problem)
    _warn_of_token()
    import tlbot

    sys.argv = ["tlbot.py", *words]
    return tlbot.main()


def _lab(words: list[str]) -> int:
    if problem := _data_problem(words):
        return _refuse(problem)
    if "--bot" in words:
        _warn_of_token()
    import lab

    sys.argv = ["lab.py", *reachable(words)]
    return lab.main()


def reachable(words: list[str]) -> list[str]:
    """Serve all addresses of the container: which of them others reach is Docker's to say.

    The lab doesn't know these; so it prints the address of the usual ``-p 127.0.0.1:8080:8080``,
    unless AST_URL says better.
    """
    given = options.read(words)
    os.environ.setdefault("AST_URL", f"http://127.0.0.1:{given.port}")
    return words if given.host else ["--host", "0.0.0.0", *words]


def _data_problem(words: list[str]) -> str | None:
    """Say why pictures can't be kept, if so."""
    folder = options.read(words).data
    if "--help" in words or "-h" in words or not folder.is_dir() or os.access(folder, os.W_OK):
        return None
    user = os.getuid()
    return (
        f"{folder} can't be written by this container's user, number {user}: use a volume "
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


def _refuse(message: str) -> int:
    print(f"ast: {message}", file=sys.stderr)
    return BAD_INPUT


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "bot": _bot,
    "lab": _lab,
    "test-drive": _test_drive,
    "artstyle": _artstyle,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
