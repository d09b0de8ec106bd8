"""The bot as a program: its options, and what it is run with."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

from artstyle import defaults
from artstyle.bot import token
from artstyle.bot.application import TelegramBot
from artstyle.bot.services import PICTURE_BYTES, BotConfig, Connection
from artstyle.cli.configuring import Usual
from artstyle.cli.parser import Parser
from artstyle.cli.program import add_common_options, configured, run, stop_signal, until
from artstyle.cli.streams import say
from artstyle.configuration import Config
from artstyle.errors import ArgumentError
from artstyle.jobs import EngineChoice, JobQueue, Limits, opened, set_aside
from artstyle.settings import DEFAULT_LEVELS

LOCAL_FILES = "TELEGRAM_LOCAL_FILES"
TELEGRAM = "https://api.telegram.org/bot"


def main(usual: Usual, words: list[str] | None, called: str) -> int:
    """Run the bot until it is stopped; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    name, given = called.removesuffix(".py"), sys.argv[1:] if words is None else words

    async def program() -> None:
        config = configured(usual, given)
        await _run(name, config, parser(config, called).parse_args(given))

    return run(name, program)


def parser(config: Config, called: str) -> Parser:
    parser = Parser(called, "Run the Telegram bot.")
    add_common_options(parser, config)
    return parser


async def _run(name: str, config: Config, given: argparse.Namespace) -> None:
    reached, allowed = connection(config), bot_config(config, given)
    if given.rebuild:
        set_aside(given.data)
    stopped = stop_signal()
    limits = Limits.read(config)
    async with (
        opened(EngineChoice.read(config)) as engine,
        JobQueue(given.data, engine, limits) as queue,
        metrics(config, queue),
        TelegramBot(reached, queue, given.data, allowed).running() as task,
    ):
        say(f"{name}: running; Ctrl-C stops it")
        await until(stopped, queue.background, task)
        say(f"{name}: stopping; unfinished pictures continue at the next start")


def metrics(config: Config, queue: JobQueue) -> AbstractAsyncContextManager[object]:
    """Serve the bot's figures if the configuration asks for it; raises `ArgumentError`."""
    if config.bot_metrics_port is None:
        return nullcontext()
    from artstyle.bot.metrics import serving  # with a web server, which most bots don't need

    return serving(queue.metrics, config.host, config.bot_metrics_port)


def connection(config: Config) -> Connection:
    """Find the token, and where the server is; raises `TokenError` or `ArgumentError`."""
    secret = token.find(config.path(token.FILE).parent)
    token.hide(secret)
    base = os.environ.get("TELEGRAM_BASE_URL") or TELEGRAM
    files = f"{base.removesuffix('/bot')}/file/bot"  # as Bot API servers have it
    local = _local_files()
    return Connection(
        token=secret,
        base_url=base,
        base_file_url=os.environ.get("TELEGRAM_BASE_FILE_URL") or files,
        local_files=local,
        picture_bytes=config.upload_bytes if local else PICTURE_BYTES,
    )


def _local_files() -> Path | None:
    """The folder in which a Bot API server on this machine keeps its files, if there is one."""
    named = os.environ.get(LOCAL_FILES)
    if named and not Path(named).is_dir():
        raise ArgumentError(f"{LOCAL_FILES} must name the folder of the Bot API server's files")
    return Path(named) if named else None


def bot_config(config: Config, given: argparse.Namespace) -> BotConfig:
    """Combine the options and the configuration; raises `SettingsError` or `ArgumentError`."""
    usual = dict(config.algorithm)
    most = max(config.bot_most_levels, given.levels or 1)
    levels = given.levels or usual.get("levels")
    if levels is not None or most < DEFAULT_LEVELS:
        usual["levels"] = min(levels or most, most)
    if given.iterations is not None:
        usual["iterations"] = given.iterations
    defaults.combine(usual)  # reports a mistake now, not with the first album
    return BotConfig(
        users=frozenset(config.bot_users),
        defaults=usual,
        most_levels=most,
        album_pause=config.album_pause,
        album_longest=config.album_longest,
        admins=frozenset(config.bot_admins),
        daily=config.bot_daily,
        longest_wait=config.bot_longest_wait,
        paintings=config.path(config.sample_paintings),
        intermediate=_intermediate(config),
    )


def _intermediate(config: Config) -> str | None:
    """How intermediate pictures are shown; raises `ArgumentError`."""
    if config.bot_intermediate not in (None, "edit", "send"):
        raise ArgumentError('BOT_INTERMEDIATE in config.py must be "edit", "send" or None')
    return config.bot_intermediate
