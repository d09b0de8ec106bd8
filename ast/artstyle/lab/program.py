"""The lab as a program: its options, and what it is run with."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from artstyle.cli.configuring import Usual
from artstyle.cli.parser import Parser
from artstyle.cli.program import add_common_options, configured, run, stop_signal, until
from artstyle.cli.streams import say
from artstyle.configuration import Config
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


def main(usual: Usual, words: list[str] | None, called: str) -> int:
    """Run the lab until it is stopped; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    name, given = called.removesuffix(".py"), sys.argv[1:] if words is None else words

    async def program() -> None:
        config = configured(usual, given)
        await _run(name, config, _parse(parser(config, called), given))

    return run(name, program)


def parser(config: Config, called: str) -> Parser:
    parser = Parser(called, "Serve the lab: a gallery in the browser, and a JSON API.")
    add = parser.add_argument
    add("--host", default=config.host, help=f"address to serve (default: {config.host})")
    add("--port", type=int, default=config.port, help=f"port to serve (default: {config.port})")
    add_common_options(parser, config)
    add("--fresh", action="store_true", help="paint the showcase again, even what is done")
    add("--bot", action="store_true", help="also run the Telegram bot, on the same queue")
    return parser


def _parse(parser: Parser, words: list[str]) -> argparse.Namespace:
    args = parser.parse_args(words)
    if not 0 <= args.port <= 65535:
        raise ArgumentError(
            f"--port must be from 0 to 65535, but is {args.port} "
            "(PORT in config.py and AST_PORT in the environment set it too)"
        )
    return args


async def _run(name: str, config: Config, args: argparse.Namespace) -> None:
    if args.rebuild:
        set_aside(args.data)
    async with opened(EngineChoice.read(config)) as engine:
        await _serve(name, lab_config(config, args, engine), args.host, args.port)


def lab_config(config: Config, args: argparse.Namespace, engine: Engine) -> LabConfig:
    """Combine the options and the configuration; raises `ArtstyleError`."""
    given = {"levels": args.levels, "iterations": args.iterations}
    changes = {name: value for name, value in given.items() if value is not None}
    url = PublicUrl.read(os.environ.get("AST_URL", ""))
    proxies = TrustedProxies.read(config.trusted_proxies)
    shared = args.bot or bool(proxies.networks)  # pictures of the bot's users are private
    return LabConfig(
        folder=args.data,
        engine=engine,
        limits=Limits.read(config),
        # the other files are for jobs
        connections=min(config.connections, open_files.limit() // 2),
        upload_limits=UploadLimits(
            config.upload_bytes, config.uploads_at_once, config.upload_seconds
        ),
        policy=opening.policy(args.host, config.allowed_hosts, url, args.data, shared=shared),
        proxies=proxies,
        callback_hosts=frozenset(config.callback_hosts),
        showcase=plan(config.pairs, config.presets, config.path, config.algorithm, changes),
        fresh=args.fresh,
        photos=config.path(config.sample_photos),
        paintings=config.path(config.sample_paintings),
        bot=_bot(config, args) if args.bot else None,
        defaults=config.algorithm,
        typed={name: str(value) for name, value in changes.items()},
    )


def _bot(config: Config, args: argparse.Namespace) -> Bot:
    """A function that runs the bot on the lab's queue; raises `TokenError` or `SettingsError`."""
    from artstyle.bot import program  # slow to import
    from artstyle.bot.application import TelegramBot

    connection, bot = program.connection(config), program.bot_config(config, args)
    return lambda queue: TelegramBot(connection, queue, args.data, bot).running()


async def _serve(name: str, lab: LabConfig, host: str, port: int) -> None:
    stopped = stop_signal()
    try:
        app = make_app(lab)
        async with serving(app, host, port) as real_port:
            say(opening.start_line(name, lab.policy, real_port))
            await until(stopped, app[QUEUE].background)
            say(f"{name}: stopping; unfinished pictures continue at the next start")
    except OSError as error:
        raise ArgumentError(
            f"{host}:{port} can't be served ({error.strerror}): choose another --port or --host"
        ) from error
