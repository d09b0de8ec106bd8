"""Serve the tests' Telegram to one bot, send it an album, and wait for the result.

``python -m tests.telegram_album PHOTO PAINTING`` prints the server's URL and the bot's token, then
``done`` once the bot has sent a file. It serves until it is terminated.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.telegram_server import Photo, Telegram

PATIENCE = 600.0  # seconds, on a busy machine


async def main() -> None:
    async with Telegram() as telegram:
        print(telegram.base_url, telegram.token, flush=True)  # noqa: T201
        await telegram.until(lambda: telegram.called("getUpdates"), PATIENCE)
        ann = telegram.user(7)
        await ann.sends_album([Photo(Path(name).read_bytes()) for name in sys.argv[1:]])
        await ann.chat.until(lambda chat: chat.documents, PATIENCE)
        print("done", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
