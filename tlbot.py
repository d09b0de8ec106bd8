"""The Telegram bot. `python tlbot.py --help` lists the options."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys

import config

from artstyle.bot import token
from artstyle.bot.application import Connection, TelegramBot
from artstyle.bot.bot import BotConfig
from artstyle.cli.program import Parser, run, stop_signal
from artstyle.jobs import EngineChoice, JobQueue, Limits, opened
from artstyle.settings import Settings


def main() -> int:
    """Run the bot until it is stopped, and give the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    return run("tlbot", _bot)


async def _bot() -> None:
    parser = Parser("tlbot.py", "Run the Telegram bot.")
    parser.add_common(config.DATA)
    given = parser.parse_args()
    reached, allowed = connection(), bot_config(given)
    stopped = stop_signal()
    limits = Limits(config.UNFINISHED, config.PER_OWNER, config.KEEP_DAYS, config.KEEP_JOBS)
    async with opened(EngineChoice.read(config)) as engine, JobQueue(given.data, engine, limits) as queue:
        bot = TelegramBot(reached, queue, given.data, allowed)
        async with bot.running() as task:
            print("tlbot: running; Ctrl-C stops it", flush=True)
            await _either(stopped, task)
            print("tlbot: stopping; unfinished pictures go on at the next start", flush=True)


def connection() -> Connection:
    """Find the token and how Telegram is reached; raises `TokenError`."""
    secret = token.find(config.ROOT)
    token.hide(secret)
    base = os.environ.get("TELEGRAM_BASE_URL", "")
    files = base and f"{base.removesuffix('/bot')}/file/bot"  # as Bot API servers have it
    return Connection(
        token=secret,
        base_url=base or None,
        base_file_url=os.environ.get("TELEGRAM_BASE_FILE_URL") or files or None,
    )


def bot_config(given: argparse.Namespace) -> BotConfig:
    """Put options and config.py together; raises `SettingsError`."""
    most = max(config.BOT_MOST_LEVELS, given.levels or 1)
    made = BotConfig(
        users=frozenset(config.BOT_USERS),
        levels=given.levels or (1 if most == 1 else None),  # a GPU would take 2 by itself
        iterations=given.iterations,
        most_levels=most,
        album_pause=config.ALBUM_PAUSE,
        album_longest=config.ALBUM_LONGEST,
    )
    Settings(**made.defaults)  # a mistake shows at the start, not with the first album
    return made


async def _either(stopped: asyncio.Event, task: asyncio.Task[None]) -> None:
    """Wait for the signal to stop, or for what ended the bot; raises the latter."""
    waiting = asyncio.ensure_future(stopped.wait())
    await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()


if __name__ == "__main__":
    sys.exit(main())
