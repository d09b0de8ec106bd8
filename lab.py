"""The lab: the report page on :8080. `python lab.py --help` lists the options."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

import config

from artstyle.cli.program import Parser, run, stop_signal
from artstyle.errors import ArtstyleError, BadInput
from artstyle.jobs import Engine, EngineChoice, JobQueue, Limits, opened
from artstyle.lab.app import make_app, serving
from artstyle.lab.keys import LabConfig
from artstyle.lab.safety import Safety, load_token
from artstyle.lab.table import plan
from artstyle.lab.uploads import UploadLimits

Bot = Callable[[JobQueue], AbstractAsyncContextManager[asyncio.Task[None]]]


def main() -> int:
    """Run the lab until it is stopped, and give the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    return run("lab", _lab)


async def _lab() -> None:
    given = _parse()
    async with opened(EngineChoice.read(config)) as engine:
        await _serve(_configure(given, engine), given.host, given.port)


def parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser("lab.py", "Serve the report page.")
    add = parser.add_argument
    add("--host", default=config.HOST, help=f"address to serve ({config.HOST}: here alone)")
    add("--port", type=int, default=config.PORT, help=f"port to serve ({config.PORT})")
    parser.add_common(config.DATA)
    add("--fresh", action="store_true", help="make the table again, even what is done")
    add("--bot", action="store_true", help="run the Telegram bot too, on the same queue")
    return parser


def _parse() -> argparse.Namespace:
    given = parser().parse_args()
    if not 0 <= given.port <= 65535:
        raise BadInput(f"--port must be from 0 to 65535, but is {given.port}")
    return given


def _configure(given: argparse.Namespace, engine: Engine) -> LabConfig:
    """Put options and config.py together; raises `ArtstyleError`."""
    changes = {"levels": given.levels, "iterations": given.iterations}
    hosts = frozenset({*config.ALLOWED_HOSTS, *_outer_name()})
    safety = Safety(given.host, None, hosts)
    if safety.open_to_others or given.bot:  # what the bot's users send is for nobody else
        safety = Safety(given.host, load_token(given.data), hosts)
    return LabConfig(
        folder=given.data,
        engine=engine,
        limits=Limits(config.UNFINISHED, config.PER_OWNER, config.KEEP_DAYS, config.KEEP_JOBS),
        upload_limits=UploadLimits(
            config.UPLOAD_BYTES, config.UPLOADS_AT_ONCE, config.UPLOAD_SECONDS
        ),
        safety=safety,
        table=plan(config.PAIRS, config.PRESETS, config.ROOT, **changes),
        fresh=given.fresh,
        photos=config.ROOT / config.SAMPLE_PHOTOS,
        paintings=config.ROOT / config.SAMPLE_PAINTINGS,
        bot=_bot(given) if given.bot else None,
        defaults={name: str(value) for name, value in changes.items() if value is not None},
    )


def _outer_url() -> str:
    """Give the address at which others reach it if that is another, as with a container.

    Raises `BadInput`.
    """
    url = os.environ.get("AST_URL", "").rstrip("/")
    if url and not re.fullmatch(r"https?://[^\s/?#@]+", url):
        raise BadInput(f'AST_URL must be like "http://art.example.org:8080", but is "{url}"')
    return url


def _outer_name() -> set[str]:
    name = urlsplit(_outer_url()).hostname
    return {name} if name else set()


def _bot(given: argparse.Namespace) -> Bot:
    """Make what runs the bot on the lab's queue; raises `TokenError` or `SettingsError`."""
    import tlbot  # takes its time

    from artstyle.bot.application import TelegramBot

    reached, allowed = tlbot.connection(), tlbot.bot_config(given)
    return lambda queue: TelegramBot(reached, queue, given.data, allowed).running()


async def _serve(lab: LabConfig, host: str, port: int) -> None:
    """Serve until a signal comes."""
    stopped = stop_signal()
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


def _start_line(safety: Safety, port: int) -> str:
    """Say where the lab is, and how others get to it."""
    name = f"[{safety.host}]" if ":" in safety.host else safety.host
    if safety.token is None:
        return f"lab: http://{name}:{port} (this machine alone; --host 0.0.0.0 opens it to others)"
    if name in ("0.0.0.0", "[::]"):  # no address that a browser could open
        name = socket.gethostname()
    return (
        f"lab: {_outer_url() or f'http://{name}:{port}'}/?token={safety.token}\n"
        "lab: who opens this link may see and change everything; others can only look"
    )


if __name__ == "__main__":
    sys.exit(main())
