"""What the lab's and the bot's programs share: arguments, signals, an end that comes."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from artstyle.errors import ArtstyleError, BadInput

FAILED, BAD_INPUT = 1, 2

logger = logging.getLogger(__name__)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without repeating the whole usage."""

    def __init__(self, prog: str, description: str) -> None:
        """Name the program and what it does."""
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise `BadInput` in place of ending the program."""
        raise BadInput(f"{message} (python {self.prog} --help lists what there is)")

    def add_common(self, data: str) -> None:
        """Add the options that both programs have; ``data`` is the folder without any."""
        folder = os.environ.get("AST_DATA") or data
        self.add_argument(
            "--data",
            type=Path,
            default=Path(folder),
            metavar="DIR",
            help=f"where jobs are kept ({folder})",
        )
        for name, text in (("levels", "pyramid levels"), ("iterations", "iterations")):
            self.add_argument(
                f"--{name}", type=int, metavar="N", help=f"{text}, in place of the presets'"
            )


def run(name: str, program: Callable[[], Awaitable[None]]) -> int:
    """Run a program to its end and give its exit code; errors are told in one line."""
    try:
        asyncio.run(_awaited(program))
    except ArtstyleError as error:
        return _tell(name, str(error), BAD_INPUT)
    except KeyboardInterrupt:  # before the handlers for it were there
        return 0
    except Exception:
        logger.exception("%s broke", name)
        return _tell(name, "something went wrong: please report what stands above", FAILED)
    _leave_stragglers()
    return 0


async def _awaited(program: Callable[[], Awaitable[None]]) -> None:
    await program()


def stop_signal() -> asyncio.Event:
    """Give what is set when the program is asked to end, by Ctrl-C or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C ends it there all the same
            loop.add_signal_handler(each, stopped.set)
    return stopped


def _tell(name: str, message: str, code: int) -> int:
    print(f"{name}: {' '.join(message.splitlines())}", file=sys.stderr)  # noqa: T201
    return code


def _leave_stragglers() -> None:
    """End at once if a worker is still deep in an iteration: its last savepoint is written."""
    if any(thread.daemon for thread in threading.enumerate()):
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)
