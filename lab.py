"""The lab: the report page on :8080. `python lab.py --help` lists the options."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import config

from artstyle.errors import ArtstyleError
from artstyle.jobs import Limits, ThreadEngine
from artstyle.lab.app import make_app, serving
from artstyle.lab.keys import LabConfig
from artstyle.lab.safety import Safety, load_token
from artstyle.lab.table import plan
from artstyle.lab.uploads import UploadLimits

BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without repeating the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise ArtstyleError(f"{message} (python lab.py --help lists what there is)")


def main() -> int:
    """Run the lab until it is stopped, and give the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        given = _parse()
        code = asyncio.run(_serve(_configure(given), given.host, given.port))
    except ArtstyleError as error:
        print(f"lab: {' '.join(str(error).splitlines())}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:  # before the handlers for it were there
        return 0
    _leave_stragglers(code)
    return code


def _parse() -> argparse.Namespace:
    parser = _Parser(prog="lab.py", description="Serve the report page.", allow_abbrev=False)
    add = parser.add_argument
    add("--host", default=config.HOST, help=f"address to serve ({config.HOST}: here alone)")
    add("--port", type=int, default=config.PORT, help=f"port to serve ({config.PORT})")
    data = os.environ.get("AST_DATA") or config.DATA
    add(
        "--data", type=Path, default=Path(data), metavar="DIR", help=f"where jobs are kept ({data})"
    )
    add("--levels", type=int, metavar="N", help="pyramid levels, in place of the presets'")
    add("--iterations", type=int, metavar="N", help="iterations, in place of the presets'")
    add("--fresh", action="store_true", help="make the table again, even what is done")
    return parser.parse_args()


def _configure(given: argparse.Namespace) -> LabConfig:
    """Put options and config.py together; raises `ArtstyleError`."""
    if not 0 <= given.port <= 65535:
        raise ArtstyleError(f"--port must be from 0 to 65535, but is {given.port}")
    changes = {"levels": given.levels, "iterations": given.iterations}
    hosts = frozenset(config.ALLOWED_HOSTS)
    safety = Safety(given.host, None, hosts)
    if safety.open_to_others:
        safety = Safety(given.host, load_token(given.data), hosts)
    return LabConfig(
        folder=given.data,
        engine=ThreadEngine(config.WORKERS, config.LARGE_LEVELS),
        limits=Limits(config.UNFINISHED, config.PER_OWNER, config.KEEP_DAYS, config.KEEP_JOBS),
        upload_limits=UploadLimits(
            config.UPLOAD_BYTES, config.UPLOADS_AT_ONCE, config.UPLOAD_SECONDS
        ),
        safety=safety,
        table=plan(config.PAIRS, config.PRESETS, config.ROOT, **changes),
        fresh=given.fresh,
        photos=config.ROOT / config.SAMPLE_PHOTOS,
        paintings=config.ROOT / config.SAMPLE_PAINTINGS,
        defaults={name: str(value) for name, value in changes.items() if value is not None},
    )


async def _serve(lab: LabConfig, host: str, port: int) -> int:
    """Serve until a signal comes."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C ends it there all the same
            loop.add_signal_handler(each, stopped.set)
    try:
        async with serving(make_app(lab), host, port) as real_port:
            print(_start_line(lab.safety, real_port), flush=True)
            await stopped.wait()
            print("lab: stopping; unfinished pictures go on at the next start", flush=True)
    except OSError as error:
        raise ArtstyleError(
            f"{host}:{port} can't be served ({error.strerror}): "
            "stop what is there, or choose another --port or --host"
        ) from error
    return 0


def _start_line(safety: Safety, port: int) -> str:
    """Say where the lab is, and how others get to it."""
    name = f"[{safety.host}]" if ":" in safety.host else safety.host
    if not safety.open_to_others:
        return f"lab: http://{name}:{port} (this machine alone; --host 0.0.0.0 opens it to others)"
    if name in ("0.0.0.0", "[::]"):  # no address that a browser could open
        name = socket.gethostname()
    return (
        f"lab: http://{name}:{port}/?token={safety.token}\n"
        "lab: who opens this link may change things; without its token one can only look"
    )


def _leave_stragglers(code: int) -> None:
    """End at once if a worker is still deep in an iteration: its savepoint is written."""
    if any(thread.daemon for thread in threading.enumerate()):
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
