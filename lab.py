"""The lab: a gallery in the browser, on port 8080. `python lab.py --help` lists the options."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import config

from artstyle import defaults
from artstyle.cli.environment import overlay
from artstyle.cli.parser import Parser
from artstyle.cli.program import add_common_options, run, stop_signal, until
from artstyle.cli.streams import say
from artstyle.errors import ArgumentError
from artstyle.jobs import Engine, EngineChoice, JobQueue, Limits, opened, set_aside
from artstyle.lab import opening
from artstyle.lab.app import make_app, serving
from artstyle.lab.config import QUEUE, LabConfig
from artstyle.lab.forwarded import TrustedProxies
from artstyle.lab.public_url import PublicUrl
from artstyle.lab.showcase import plan
from artstyle.lab.uploads import UploadLimits
from artstyle.machine import open_files

Bot = Callable[[JobQueue], AbstractAsyncContextManager[asyncio.Task[None]]]


def main() -> int:
    """Run the lab until it is stopped; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    return run("lab", _lab)


async def _lab() -> None:
    overlay(config, os.environ)
    args = _parse()
    if args.rebuild:
        set_aside(args.data)
    async with opened(EngineChoice.read(config)) as engine:
        await _serve(_configure(args, engine), args.host, args.port)


def parser() -> Parser:
    parser = Parser("lab.py", "Serve the lab: a gallery in the browser, and a JSON API.")
    add = parser.add_argument
    add("--host", default=config.HOST, help=f"address to serve (default: {config.HOST})")
    add("--port", type=int, default=config.PORT, help=f"port to serve (default: {config.PORT})")
    add_common_options(parser, config.DATA)
    add("--fresh", action="store_true", help="paint the showcase again, even what is done")
    add("--bot", action="store_true", help="also run the Telegram bot, on the same queue")
    return parser


def _parse() -> argparse.Namespace:
    args = parser().parse_args()
    if not 0 <= args.port <= 65535:
        raise ArgumentError(
            f"--port must be from 0 to 65535, but is {args.port} "
            "(PORT in config.py and AST_PORT in the environment set it too)"
        )
    return args


def _configure(args: argparse.Namespace, engine: Engine) -> LabConfig:
    """Combine the options with config.py; raises `ArtstyleError`."""
    given = {"levels": args.levels, "iterations": args.iterations}
    changes = {name: value for name, value in given.items() if value is not None}
    usual = defaults.read(config)
    url = PublicUrl.read(os.environ.get("AST_URL", ""))
    proxies = TrustedProxies.read(config.TRUSTED_PROXIES)
    shared = args.bot or bool(proxies.networks)  # pictures of the bot's users are private
    return LabConfig(
        folder=args.data,
        engine=engine,
        limits=Limits(config.UNFINISHED, config.PER_OWNER, config.KEEP_DAYS, config.KEEP_JOBS),
        # the other files are for jobs
        connections=min(config.CONNECTIONS, open_files.limit() // 2),
        upload_limits=UploadLimits(
            config.UPLOAD_BYTES, config.UPLOADS_AT_ONCE, config.UPLOAD_SECONDS
        ),
        policy=opening.policy(args.host, config.ALLOWED_HOSTS, url, args.data, shared=shared),
        proxies=proxies,
        callback_hosts=frozenset(config.CALLBACK_HOSTS),
        showcase=plan(config.PAIRS, config.PRESETS, config.ROOT, usual, changes),
        fresh=args.fresh,
        photos=config.ROOT / config.SAMPLE_PHOTOS,
        paintings=config.ROOT / config.SAMPLE_PAINTINGS,
        bot=_bot(args) if args.bot else None,
        defaults=usual,
        typed={name: str(value) for name, value in changes.items()},
    )


def _bot(args: argparse.Namespace) -> Bot:
    """A function that runs the bot on the lab's queue; raises `TokenError` or `SettingsError`."""
    import tlbot  # slow to import

    from artstyle.bot.application import TelegramBot

    connection, bot = tlbot.connection(), tlbot.bot_config(args)
    return lambda queue: TelegramBot(connection, queue, args.data, bot).running()


async def _serve(lab: LabConfig, host: str, port: int) -> None:
    stopped = stop_signal()
    try:
        app = make_app(lab)
        async with serving(app, host, port) as real_port:
            say(opening.start_line(lab.policy, real_port))
            await until(stopped, app[QUEUE].background)
            say("lab: stopping; unfinished pictures continue at the next start")
    except OSError as error:
        raise ArgumentError(
            f"{host}:{port} can't be served ({error.strerror}): choose another --port or --host"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
