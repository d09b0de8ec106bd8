"""Send hostile files to the lab and the bot, and measure what they do to others.

``python bench/hostile.py [--mutated N] [--special N] [--json FILE]`` starts lab.py on loopback
and tlbot.py against the tests' Telegram. One user sends the files of ``tests/hostile.py`` one
after the other, as photos. Meanwhile another sends small pictures, and a third asks for
``/healthz``. What is accepted is cancelled at once. Then the lab is stopped a few times while it
decodes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from statistics import median

import aiohttp
import psutil
from bot_process import started
from measuring import small_picture

ROOT = Path(__file__).parents[1]
HEAVIEST, HEAVIEST_BY_BOT = 25_000_000, 20_000_000  # bytes
PAUSE = 0.5  # seconds between a bystander's requests
OFTEN = 0.05  # seconds between looks at the memory
STOPS = 5
DECODER = "artstyle.pictures.decoder"
USERS = 2  # who send them to the bot at the same time
PATIENCE = 120.0  # seconds for an answer
# Without a showcase, and without a limit on the number of jobs.
LAB = """
import sys
sys.path.insert(0, {root!r})
import config, lab
config.PAIRS, config.UNFINISHED, config.PER_OWNER = [], 10_000, 10_000
words = ["--port", "0", "--levels", "1", "--iterations", "1", "--data", {data!r}]
sys.exit(lab.main(words))
"""
File = tuple[str, bytes]
Row = tuple[str, float, str, float | None]  # what, value, unit, what it must not exceed


@dataclass
class Seen:
    """What was measured while the files were sent."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)  # by file
    before: list[float] = field(default_factory=list)  # seconds of small pictures, undisturbed
    during: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    program: int = 0  # its process
    peak: dict[int, int] = field(default_factory=dict)  # the most memory in bytes, by process

    def rows(self, name: str) -> Iterator[Row]:
        slowest = max(self.seconds, key=self.seconds.__getitem__)
        yield f"{name}: files", len(self.seconds), "", None
        yield f"{name}: slowest file ({slowest})", self.seconds[slowest], "s", 25
        decoders = [size for pid, size in self.peak.items() if pid != self.program]
        yield f"{name}: largest decoder", max(decoders) / 1e9, "GB", 1.5
        yield (
            f"{name}: the program, with a picture in work",
            self.peak[self.program] / 1e9,
            "GB",
            None,
        )
        yield f"{name}: a small picture without them, median", median(self.before), "s", None
        yield f"{name}: a small picture meanwhile, median", median(self.during), "s", None
        delay = max(self.during) - median(self.before)
        yield f"{name}: longest delay of a small picture", delay, "s", 2
        if self.health:
            yield f"{name}: longest wait for /healthz", max(self.health), "s", 0.5


def write(folder: Path, mutated: int, special: int) -> dict[str, Path]:
    """Write the files beforehand, for making them takes all of a processor; their names."""
    from tests import hostile
    from tests.mutants import mutants

    made = ((name, make()) for name, make in islice(hostile.special(), special))
    light = ((name, data) for name, data in made if len(data) <= HEAVIEST)
    written = {}
    for number, (name, data) in enumerate(chain(light, mutants(mutated, seed=14))):
        written[name] = folder / str(number)
        written[name].write_bytes(data)
    return written


def files(written: Mapping[str, Path], heaviest: int = HEAVIEST) -> Iterator[File]:
    for name, path in written.items():
        if path.stat().st_size <= heaviest:
            yield name, path.read_bytes()


async def watch(process: Process, seen: Seen) -> None:
    """Note the most memory that the process and its children ever had."""
    seen.program = process.pid
    top = psutil.Process(process.pid)
    while True:
        with suppress(psutil.Error):
            for each in (top, *top.children()):
                with suppress(psutil.Error):
                    size = each.memory_info().rss
                    # a child that isn't yet another program has its parent's memory
                    if each is top or DECODER in each.cmdline():
                        seen.peak[each.pid] = max(seen.peak.get(each.pid, 0), size)
        await asyncio.sleep(OFTEN)


@asynccontextmanager
async def beside(*work: Awaitable[None]) -> AsyncIterator[None]:
    """Do this until the block ends; an error in it ends the bench."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# The lab


@asynccontextmanager
async def lab(data: Path) -> AsyncIterator[tuple[Process, str]]:
    """Start the lab; yields its address."""
    script = LAB.format(root=str(ROOT), data=str(data))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE)
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        yield process, line.split()[1]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def client(address: str, number: int) -> aiohttp.ClientSession:
    """A client with a loopback address of its own, which makes it an owner of its own."""
    connector = aiohttp.TCPConnector(local_addr=(f"127.0.0.{number}", 0))
    timeout = aiohttp.ClientTimeout(PATIENCE)
    return aiohttp.ClientSession(address, connector=connector, timeout=timeout)


async def post(session: aiohttp.ClientSession, photo: bytes) -> tuple[str, float]:
    """Submit a picture and remove the job again; what came of it, and seconds to the answer."""
    form = aiohttp.FormData()
    form.add_field("content", photo, filename="a.jpg")
    form.add_field("style", small_picture(2), filename="b.jpg")
    form.add_field("preset", "preview")
    form.add_field("network", "vgg16")
    begun = time.monotonic()
    async with session.post("/api/jobs", data=form) as answer:
        told = await answer.json()
    seconds = time.monotonic() - begun
    if answer.status == 201:
        await session.delete(f"/api/jobs/{told['id']}")
        return "taken", seconds
    codes = {each["code"] for each in told["data"].get("fields", {}).values()} or {told["code"]}
    return ", ".join(sorted(codes)), seconds


async def again(ask: Callable[[], Awaitable[float]], times: list[float]) -> None:
    while True:
        times.append(await ask())
        await asyncio.sleep(PAUSE)


async def to_lab(folder: Path, sent: Iterator[File], small: bytes) -> Seen:
    seen = Seen()
    async with (
        lab(folder) as (process, address),
        client(address, 2) as sender,
        client(address, 3) as other,
        client(address, 4) as third,
    ):

        async def healthy() -> float:
            begun = time.monotonic()
            async with third.get("/healthz") as answer:
                await answer.read()
            return time.monotonic() - begun

        async def innocent() -> float:
            outcome, seconds = await post(other, small)
            assert outcome == "taken", outcome
            return seconds

        async with beside(watch(process, seen)):
            for _ in range(10):  # the first ones wait for torch and the network
                seen.before.append(await innocent())
            async with beside(again(innocent, seen.during), again(healthy, seen.health)):
                for name, data in sent:
                    outcome, seen.seconds[name] = await post(sender, data)
                    seen.outcomes[outcome] += 1
    return seen


async def stops(folder: Path, data: bytes) -> list[float]:
    """Seconds from SIGTERM to the end, while slow files are decoded."""
    chance, times = random.Random(1), []
    for _ in range(STOPS):
        async with lab(folder) as (process, address), client(address, 2) as sender:
            posts = [asyncio.create_task(post(sender, data)) for _ in range(3)]
            await asyncio.wait(posts, timeout=chance.uniform(0.3, 4))
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            await process.wait()
            times.append(time.monotonic() - begun)
            await asyncio.gather(*posts, return_exceptions=True)
    return times


# The bot


async def to_bot(folder: Path, sent: Iterator[File], small: bytes) -> Seen:
    from tests.telegram_people import Document, User
    from tests.telegram_server import Telegram

    seen = Seen()

    async def album(user: User, photo: bytes) -> tuple[str, float]:
        """Send an album and cancel the job; what came of it, and seconds to the answer."""
        known, begun = len(user.chat.from_bot), time.monotonic()
        pair = [Document(each, "a.jpg", "image/jpeg") for each in (photo, small)]
        await user.sends_album(pair)
        await user.chat.until(lambda chat: handled(chat.from_bot[known:]), PATIENCE)
        seconds = time.monotonic() - begun
        status = user.chat.from_bot[known]
        if not status.buttons:
            return "refused", seconds
        await user.presses(status.buttons[0])
        return "taken", seconds

    async def send(user: User) -> None:
        for name, data in sent:
            outcome, seen.seconds[name] = await album(user, data)
            seen.outcomes[outcome] += 1

    async with Telegram() as telegram, started(telegram, folder) as process:
        await telegram.until(lambda: telegram.called("getUpdates"), PATIENCE)
        other = telegram.user(7)

        async def innocent() -> float:
            return (await album(other, small))[1]

        async with beside(watch(process, seen)):
            for _ in range(5):
                seen.before.append(await innocent())
            async with beside(again(innocent, seen.during)):
                await asyncio.gather(*(send(telegram.user(100 + n)) for n in range(USERS)))
    return seen


def handled(messages: Sequence[object]) -> bool:
    return bool(messages) and len(getattr(messages[0], "versions", ())) > 1


# The report


async def measure(mutated: int, special: int, ways: Sequence[str]) -> list[Row]:
    from tests.hostile import flat_png

    small, rows = small_picture(1), list[Row]()
    with tempfile.TemporaryDirectory() as name:
        Path(name, "files").mkdir()
        written = write(Path(name, "files"), mutated, special)
        if "lab" in ways:
            seen = await to_lab(Path(name, "lab"), files(written), small)
            print("lab:", dict(seen.outcomes))
            rows += seen.rows("lab")
            longest = max(await stops(Path(name, "stops"), flat_png(9000, 9000)))
            rows.append(("lab: longest end after SIGTERM", longest, "s", 5))
        if "bot" in ways:
            seen = await to_bot(Path(name, "bot"), files(written, HEAVIEST_BY_BOT), small)
            print("bot:", dict(seen.outcomes))
            rows += seen.rows("bot")
    return rows


def report(rows: Sequence[Row]) -> str:
    lines = []
    for what, value, unit, limit in rows:
        verdict = "" if limit is None else f"at most {limit:g}" + " !" * (value > limit)
        lines.append(f"{what:64} {value:8.2f} {unit:3} {verdict}".rstrip())
    return "\n".join(lines)


def main() -> int:
    """Run the bench and print its table; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutated", type=int, default=1500)
    parser.add_argument("--special", type=int, default=1000, help="at most so many of them")
    parser.add_argument("--only", choices=["lab", "bot"])
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    given = parser.parse_args()
    ways = [given.only] if given.only else ["lab", "bot"]
    rows = asyncio.run(measure(given.mutated, given.special, ways))
    print(report(rows))
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))
    return int(any(limit is not None and value > limit for _, value, _, limit in rows))


if __name__ == "__main__":
    sys.exit(main())
