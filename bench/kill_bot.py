"""Check that the bot survives SIGKILL: kill tlbot.py again and again, then see what users got.

``python bench/kill_bot.py [--kills N] [--seed N]`` runs tlbot.py against the tests' Telegram. In
each of its lives a user sends an album of small pictures. Every other life ends after a random
time, the others at a random request to Telegram. The last isn't killed. After it, each album must
be one job, and its user must have its picture.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bot_process import LOG, started
from measuring import small_picture

if TYPE_CHECKING:
    from tests.telegram_chats import Message
    from tests.telegram_server import Telegram

USERS = 3
SECONDS = 8.0  # the longest life of those that end after a time
REQUESTS = 30  # the most requests of those that end at one
PATIENCE = 300.0  # seconds for the last life


async def torture(telegram: Telegram, folder: Path, kills: int, seed: int) -> None:
    """Kill the bot ``kills`` times, then let it finish."""
    chance = random.Random(seed)
    for number in range(kills):
        await _send(telegram, number)
        async with started(telegram, folder) as bot:
            if number % 2:
                await _requests(telegram, chance.randint(1, REQUESTS))
            else:
                await asyncio.sleep(chance.uniform(0, SECONDS))
            if bot.returncode is not None:
                raise RuntimeError(f"life {number} of seed {seed} ended with {bot.returncode}")
    async with started(telegram, folder):
        await telegram.until(lambda: _files(telegram) >= kills, PATIENCE)
        await telegram.until(lambda: sum(map(_has_ended, _statuses(telegram))) >= kills, PATIENCE)


async def _send(telegram: Telegram, number: int) -> None:
    from tests.telegram_server import Photo

    user = telegram.user(1 + number % USERS)
    await user.sends_album([Photo(small_picture(number)), Photo(small_picture(number + 1))])


async def _requests(telegram: Telegram, number: int) -> None:
    """Wait for the n-th request from now on; a bot that has nothing to do makes few."""
    before = len(telegram.calls)
    try:
        await telegram.until(lambda: len(telegram.calls) >= before + number, 2 * SECONDS)
    except AssertionError:
        return


def _from_bot(telegram: Telegram) -> list[Message]:
    return [message for chat in telegram.chats.values() for message in chat.from_bot]


def _files(telegram: Telegram) -> int:
    return sum(message.document is not None for message in _from_bot(telegram))


def _statuses(telegram: Telegram) -> list[Message]:
    return [message for message in _from_bot(telegram) if message.text]


def _has_ended(status: Message) -> bool:
    return str(status.text).startswith("Done in")


def problems(telegram: Telegram, folder: Path, kills: int) -> Iterator[str]:
    """What is wrong with the jobs, and with what the users have got."""
    with closing(sqlite3.connect(folder / "jobs.sqlite")) as database:
        rows = database.execute("SELECT json_extract(state, '$.status') FROM jobs").fetchall()
    if rows != [("done",)] * kills:
        yield f"{kills} albums were sent, but these jobs are there: {Counter(rows)}"
    answered = {each.reply_to for each in _from_bot(telegram) if each.caption == "Done"}
    if len(answered) != kills:
        yield f"{kills - len(answered)} albums have no picture in answer"
    for chat in telegram.chats.values():
        albums = len({message.album for message in chat.messages if message.album})
        if len(chat.documents) < albums:
            yield f"user {chat.id} sent {albums} albums and got {len(chat.documents)} files"
    errors = [line for line in (folder / LOG).read_text().splitlines() if line.startswith("ERROR")]
    yield from errors


def twice(telegram: Telegram, kills: int) -> int:
    """Pictures and files that came twice: a kill came between sending one and noting it."""
    pictures = sum(message.caption == "Done" for message in _from_bot(telegram))
    return pictures + _files(telegram) - 2 * kills


async def measure(kills: int, seed: int) -> tuple[dict[str, object], list[str]]:
    from tests.telegram_server import Telegram

    with tempfile.TemporaryDirectory() as name:
        async with Telegram() as telegram:
            begun = time.monotonic()
            await torture(telegram, Path(name), kills, seed)
            found = list(problems(telegram, Path(name), kills))
            return {
                "seed": seed,
                "kills": kills,
                "pictures that came twice": twice(telegram, kills),
                "statuses that came twice": len(_statuses(telegram)) - kills,
                "seconds": round(time.monotonic() - begun, 1),
                "problems": len(found),
            }, found


def main() -> int:
    """Run the bench and print the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # of requests that were cut off
    rows, found = asyncio.run(measure(given.kills, given.seed))
    print("\n".join([*(f"{key:36} {value}" for key, value in rows.items()), *found]))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
