"""The Telegram bot. `python tlbot.py --help` lists the options."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

import config

from artstyle import defaults
from artstyle.bot import token
from artstyle.bot.application import TelegramBot
from artstyle.bot.services import PICTURE_BYTES, BotConfig, Connection
from artstyle.cli.environment import overlay
from artstyle.cli.parser import Parser
from artstyle.cli.program import add_common_options, run, stop_signal, until
from artstyle.cli.streams import say
from artstyle.errors import ArgumentError
from artstyle.jobs import EngineChoice, JobQueue, Limits, opened, set_aside
from artstyle.settings import DEFAULT_LEVELS

LOCAL_FILES = "TELEGRAM_LOCAL_FILES"
TELEGRAM = "https://api.telegram.org/bot"


def main() -> int:
    """Run the bot until it is stopped; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    return run("tlbot", _bot)


async def _bot() -> None:
    overlay(config, os.environ)
    parser = Parser("tlbot.py", "Run the Telegram bot.")
    add_common_options(parser, config.DATA)
    given = parser.parse_args()
    reached, allowed = connection(), bot_config(given)
    if given.rebuild:
        set_aside(given.data)
    stopped = stop_signal()
    limits = Limits(config.UNFINISHED, config.PER_OWNER, config.KEEP_DAYS, config.KEEP_JOBS)
    async with (
        opened(EngineChoice.read(config)) as engine,
        JobQueue(given.data, engine, limits) as queue,
        _metrics(queue),
        TelegramBot(reached, queue, given.data, allowed).running() as task,
    ):
        say("tlbot: running; Ctrl-C stops it")
        await until(stopped, queue.background, task)
        say("tlbot: stopping; unfinished pictures continue at the next start")


def _metrics(queue: JobQueue) -> AbstractAsyncContextManager[object]:
    """Serve the bot's figures if config.py asks for it; raises `ArgumentError`."""
    if config.BOT_METRICS_PORT is None:
        return nullcontext()
    from artstyle.bot import metrics  # with a web server, which most bots don't need

    return metrics.serving(queue.metrics, config.HOST, config.BOT_METRICS_PORT)


def connection() -> Connection:
    """Find the token, and where the server is; raises `TokenError` or `ArgumentError`."""
    secret = token.find(config.ROOT)
    token.hide(secret)
    base = os.environ.get("TELEGRAM_BASE_URL") or TELEGRAM
    files = f"{base.removesuffix('/bot')}/file/bot"  # as Bot API servers have it
    local = _local_files()
    return Connection(
        token=secret,
        base_url=base,
        base_file_url=os.environ.get("TELEGRAM_BASE_FILE_URL") or files,
        local_files=local,
        picture_bytes=config.UPLOAD_BYTES if local else PICTURE_BYTES,
    )


def _local_files() -> Path | None:
    """The folder in which a Bot API server on this machine keeps its files, if there is one."""
    named = os.environ.get(LOCAL_FILES)
    if named and not Path(named).is_dir():
        raise ArgumentError(f"{LOCAL_FILES} must name the folder of the Bot API server's files")
    return Path(named) if named else None


def bot_config(given: argparse.Namespace) -> BotConfig:
    """Combine the options and config.py; raises `ArgumentError` or `SettingsError`."""
    usual = defaults.read(config)
    most = max(config.BOT_MOST_LEVELS, given.levels or 1)
    levels = given.levels or usual.get("levels")
    if levels is not None or most < DEFAULT_LEVELS:
        usual["levels"] = min(levels or most, most)
    if given.iterations is not None:
        usual["iterations"] = given.iterations
    defaults.combine(usual)  # reports a mistake now, not with the first album
    return BotConfig(
        users=frozenset(config.BOT_USERS),
        defaults=usual,
        most_levels=most,
        album_pause=config.ALBUM_PAUSE,
        album_longest=config.ALBUM_LONGEST,
    )


if __name__ == "__main__":
    sys.exit(main())
