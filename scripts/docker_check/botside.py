"""Claims about the bot in its container, against a Bot API server on this machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from container import selfcheck
from scripts.docker_check.podman import STOP_SECONDS, Container, Podman
from scripts.docker_check.report import CheckError, Report, expect
from scripts.docker_check.still import HARDENED, IMAGE, USER, owned
from tests.telegram_chats import Chat
from tests.telegram_server import Photo, Telegram, User

from artstyle.bot.token import FILE, SECRET, VARIABLE

SECONDS = 180.0  # that a busy machine may take for a picture of a few iterations
Way = Sequence[str]


async def check(report: Report, podman: Podman, folder: Path) -> None:
    """Check them all."""
    async with Telegram() as telegram:
        bots = Bots(podman, telegram, owned(folder / "bot"))
        ways = token_ways(telegram.token, folder)
        with report.claim("the bot takes an album, is stopped in the middle, and ends with 0"):
            await bots.stopped_in_the_middle(ways.pop("a secret file"))
        with report.claim("started again, it goes on and sends the picture; healthy, no root"):
            await bots.goes_on(ways.pop("-e"))
        for name, way in ways.items():
            with report.claim(f"the bot finds its token: {name}"):
                await bots.answers(way)


def token_ways(token: str, folder: Path) -> dict[str, Way]:
    """Hand the token over in each way that the README tells of."""
    owned(folder / "tokens")
    secret, variables, python = (folder / "tokens" / name for name in ("secret", "env", FILE))
    secret.write_text(f"{token}\n")
    variables.write_text(f"{VARIABLE}={token}\n")
    python.write_text(f'TOKEN = "{token}"\n')
    return {
        "a secret file": ("-v", f"{secret}:{SECRET}:ro"),
        "-e": ("-e", f"{VARIABLE}={token}"),
        "--env-file": ("--env-file", str(variables)),
        f"{VARIABLE}_FILE": ("-e", f"{VARIABLE}_FILE=/token", "-v", f"{secret}:/token:ro"),
        f"{FILE} mounted": ("-v", f"{python}:/app/{FILE}:ro"),
    }


class Bots:
    """Starts one bot after the other on the same volume."""

    def __init__(self, podman: Podman, telegram: Telegram, data: Path) -> None:
        """Keep what they share."""
        self._podman = podman
        self._telegram = telegram
        self._data = data
        self._ann: User = telegram.user(7)

    async def stopped_in_the_middle(self, way: Way) -> None:
        """Send an album, and stop the bot while it works on it."""
        photos = [Photo(path.read_bytes()) for path in (selfcheck.PHOTO, selfcheck.PAINTING)]
        async with self._running(way, "--iterations", "60") as bot:
            await self._ann.sends_album(photos)
            await _until(self._ann.chat, lambda chat: any("%" in text for text in chat.texts))
            await self._ends(bot)

    async def goes_on(self, way: Way) -> None:
        """Start it again and wait for what was begun."""
        async with self._running(way) as bot:
            await _until(self._ann.chat, _was_delivered)
            await asyncio.to_thread(_is_well, bot)
            await self._ends(bot)

    async def answers(self, way: Way) -> None:
        """Start it and have it listen."""
        async with self._running(way) as bot:
            await self._ends(bot)

    @asynccontextmanager
    async def _running(self, way: Way, *words: str) -> AsyncIterator[Container]:
        """Run a bot, from the moment on that it listens."""
        reached = ("--network", "host", "-e", f"TELEGRAM_BASE_URL={self._telegram.base_url}")
        before = len(self._telegram.called("getUpdates"))
        options = (*reached, *HARDENED, "-v", f"{self._data}:/data", *way, IMAGE, "bot", *words)
        bot = await asyncio.to_thread(self._podman.start, *options)
        try:
            await self._listens(before, bot)
            yield bot
        finally:
            await asyncio.to_thread(bot.remove)

    async def _listens(self, before: int, bot: Container) -> None:
        try:
            await self._telegram.until(
                lambda: len(self._telegram.called("getUpdates")) > before, SECONDS
            )
        except AssertionError as error:
            raise CheckError(f"{error}\n{await asyncio.to_thread(bot.logs)}") from None

    async def _ends(self, bot: Container) -> None:
        """Stop it as Docker does; nothing in its log may be an error or its token."""
        began = time.monotonic()
        code = await asyncio.to_thread(bot.end)
        took = time.monotonic() - began
        said = await asyncio.to_thread(bot.logs)
        expect(code == 0 and took < STOP_SECONDS, f"{code} after {took:.1f} s: {said}")
        secret = self._telegram.token.partition(":")[2]
        expect("ERROR" not in said and "Traceback" not in said and secret not in said, said)


def _is_well(bot: Container) -> None:
    expect(bot.user() == USER, f"user {bot.user()}")
    healthy, said = bot.health()
    expect(healthy, said)


def _was_delivered(chat: Chat) -> bool:
    return any(message.document for message in chat.from_bot)


async def _until(chat: Chat, look: Callable[[Chat], bool]) -> None:
    try:
        await chat.until(look, SECONDS)
    except AssertionError as error:
        raise CheckError(str(error)) from None
