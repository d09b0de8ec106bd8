"""tlbot.py as a process against the tests' Telegram, for benches."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for tests/, where our Telegram is

if TYPE_CHECKING:
    from tests.telegram_server import Telegram

ITERATIONS = 5
LOG = "log"  # in the data folder


@asynccontextmanager
async def started(telegram: Telegram, folder: Path) -> AsyncIterator[Process]:
    """Start the bot; at the end it is killed unless it has ended."""
    environment = {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_BASE_URL": telegram.base_url,
        "https_proxy": "http://127.0.0.1:9",  # nobody there: no weights are fetched
        "no_proxy": "127.0.0.1",
    }
    words = ("--levels", "1", "--iterations", str(ITERATIONS), "--data", str(folder))
    folder.mkdir(exist_ok=True)
    with (folder / LOG).open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, ROOT / "tlbot.py", *words, env=environment, stdout=DEVNULL, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
