"""What the lab's and the bot's programs share: options, signals, the exit code."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from artstyle.cli import configuring, signals, streams
from artstyle.cli.parser import Parser, add_setting
from artstyle.configuration import Config
from artstyle.errors import ArgumentError, ArtstyleError
from artstyle.machine import open_files

FAILED, BAD_INPUT = 1, 2

logger = logging.getLogger(__name__)


def configured(usual: configuring.Usual, words: Sequence[str]) -> Config:
    """Read the configuration, with the file that ``--config`` names; raises `ArgumentError`.

    It comes before the other options, whose defaults are in it.
    """
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    first.add_argument("--config", type=Path)
    try:
        given, _ = first.parse_known_args(words)
    except argparse.ArgumentError as error:
        raise ArgumentError(str(error)) from error
    return configuring.read(usual, given.config, os.environ)


def add_common_options(parser: Parser, config: Config) -> None:
    """Add the options that both programs have."""
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="a file that changes settings of config.py"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(config.data),
        metavar="DIR",
        help=f"the folder for jobs (default: {config.data})",
    )
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="set the list of jobs, jobs.sqlite, aside and make it anew from their folders",
    )
    for name in ("levels", "iterations"):
        add_setting(parser, name)


def run(name: str, program: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Run a program to its end; returns the exit code. Errors are reported in one line."""
    open_files.raise_limit()
    streams.prepare()
    os.umask(0o077)  # what the programs write is for nobody else
    try:
        asyncio.run(program())
    except ArtstyleError as error:
        return _fail(name, str(error), BAD_INPUT)
    except KeyboardInterrupt:  # before its handlers were installed
        return 0
    except Exception:
        logger.exception("%s failed", name)
        return _fail(name, "something went wrong: please report the traceback above", FAILED)
    _exit_at_once()
    return 0


def stop_signal() -> asyncio.Event:
    """An event that is set by Ctrl-C, SIGTERM, or SIGHUP unless that is ignored."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in signals.ending():
        with suppress(NotImplementedError):  # on Windows Ctrl-C ends it all the same
            loop.add_signal_handler(each, stopped.set)
    return stopped


async def until(stopped: asyncio.Event, *tasks: asyncio.Future[None]) -> None:
    """Wait for the signal to stop, or for one of the tasks to end, and raise its error."""
    waiting = asyncio.ensure_future(stopped.wait())
    waited_for: list[asyncio.Future[Any]] = [waiting, *tasks]
    await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in tasks:
        if task.done():
            task.result()


def _fail(name: str, message: str, code: int) -> int:
    print(f"{name}: {' '.join(message.splitlines())}", file=sys.stderr)  # noqa: T201
    return code


def _exit_at_once() -> None:
    """Don't wait for a worker in the middle of an iteration: its savepoint is written."""
    if any(thread.daemon for thread in threading.enumerate()):
        logging.shutdown()
        os._exit(0)
