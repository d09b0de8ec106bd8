"""tlbot.py as it is started: the token, the end, and what it refuses."""

import argparse
import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.commandline import hangups
from tests.configured import configured
from tests.jobs import PAINTING, PHOTO
from tests.telegram_chats import Chat
from tests.telegram_people import Photo
from tests.telegram_server import Telegram

from artstyle.bot import program
from artstyle.bot.services import PICTURE_BYTES, Connection
from artstyle.bot.token import FILE, VARIABLE
from artstyle.errors import ArgumentError, SettingsError

ROOT = Path(__file__).parents[1]
SECRET = "s" * 35
TOKEN = f"987654321:{SECRET}"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if "TELEGRAM" not in name},
    "https_proxy": "http://127.0.0.1:9",  # nobody there: no weights are fetched
    "no_proxy": "127.0.0.1",
}
SECONDS = 60.0  # that a busy machine may take for what is otherwise done in two


def reached(telegram: Telegram, token: str | None = None) -> dict[str, str]:
    return {
        VARIABLE: token or telegram.token,
        "TELEGRAM_BASE_URL": telegram.base_url,
        "TELEGRAM_BASE_FILE_URL": telegram.base_file_url,
    }


def away(port: int) -> dict[str, str]:
    return {VARIABLE: TOKEN, "TELEGRAM_BASE_URL": f"http://127.0.0.1:{port}/bot"}


@asynccontextmanager
async def started(
    *words: str | Path, env: dict[str, str], root: Path = ROOT
) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        root / "tlbot.py",
        *words,
        stdout=PIPE,
        stderr=PIPE,
        env={**ENVIRONMENT, **env},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_of(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    async with asyncio.timeout(SECONDS):
        return (await stream.readline()).decode()


async def ends(process: Process, by: signal.Signals) -> str:
    """Ask a process to end, which it must do soon and well; gives what it complained of."""
    before = time.monotonic()
    process.send_signal(by)
    async with asyncio.timeout(SECONDS):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert time.monotonic() - before < 10  # five seconds, on a machine that is not busy
    assert b"tlbot: stopping" in out
    return err.decode()


async def refused(*words: str | Path, env: dict[str, str], root: Path = ROOT) -> str:
    """Start what must be refused: one line, no token; gives the line."""
    async with started(*words, env=env, root=root) as process, asyncio.timeout(SECONDS):
        out, err = map(bytes.decode, await process.communicate())
    assert process.returncode == 2, err
    assert re.fullmatch(r"tlbot: [^\n]+\n", err), err
    token = env.get(VARIABLE, "").strip()
    assert not token or (token not in err + out and token.partition(":")[2] not in err + out)
    return err


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The program in a folder of its own, where nobody's real token lies."""
    root = tmp_path / "root"
    root.mkdir()
    for name in ("tlbot.py", "config.py"):
        shutil.copy(ROOT / name, root)
    return root


async def test_without_a_usable_token_one_is_told_how_to_get_it(
    copied: Path, tmp_path: Path
) -> None:
    told = await refused("--data", tmp_path / "data", env={}, root=copied)
    assert "the bot has no token" in told
    assert "@BotFather" in told and VARIABLE in told and FILE in told
    (copied / FILE).write_text(f'TOKEN = "{SECRET}"')  # its first half was forgotten
    told = await refused("--data", tmp_path / "data", env={}, root=copied)
    assert "doesn't look like one" in told and SECRET not in told
    assert not (tmp_path / "data").exists()


async def test_what_cant_be_is_refused_in_one_line(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    for words, expected in [
        (["--levels", "9"], "levels must be from 1 to 6"),
        (["--speed"], "unrecognized arguments: --speed"),
        (["--data", "/dev/null/data"], "can't be used"),
    ]:
        assert expected in await refused(*data, *words, env=away(9))


async def test_it_answers_takes_albums_and_ends_within_seconds(tmp_path: Path) -> None:
    words: list[str | Path] = ["--iterations", "2", "--data", tmp_path / "data"]
    async with Telegram() as telegram:
        (tmp_path / "secret").write_text(f"{telegram.token}\n")
        env = {**reached(telegram), VARIABLE: "", f"{VARIABLE}_FILE": str(tmp_path / "secret")}
        async with started(*words, env=env) as bot:
            assert await line_of(bot.stdout) == "tlbot: running; Ctrl-C stops it\n"
            await is_answered(telegram)
            told = await refused(*words, env=env)  # beside it, on the same folder
            assert "is in use by another lab or bot" in told
            told = await ends(bot, signal.SIGTERM)
    assert "Traceback" not in told and "ERROR" not in told
    assert telegram.token.partition(":")[2] not in told
    assert {path.name for path in (tmp_path / "data").iterdir()} >= {"jobs.sqlite", "bot.sqlite"}


async def is_answered(telegram: Telegram) -> None:
    """Write to the bot as a user does."""
    ann = telegram.user(7)
    await ann.sends_text("/start")
    await ann.chat.until(lambda chat: any("two pictures" in t for t in chat.texts), SECONDS)
    await ann.sends_album([Photo(PHOTO), Photo(PAINTING)], caption="Strong!")

    def was_said(chat: Chat) -> bool:
        return any("Got it: strong." in message.versions for message in chat.messages)

    await ann.chat.until(was_said, SECONDS)


async def test_it_ends_as_soon_while_nothing_is_where_telegram_should_be(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()  # from now on connections are refused there
    await server.wait_closed()
    async with started("--data", tmp_path / "data", env=away(port)) as bot:
        assert await line_of(bot.stdout) == "tlbot: running; Ctrl-C stops it\n"
        told = await line_of(bot.stderr)
        assert "Telegram can't be reached" in told
        told += await ends(bot, signal.SIGINT)
    assert told.count("\n") == 1 and SECRET not in told


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP])
async def test_it_ends_as_soon_while_telegram_says_nothing(
    by: signal.Signals, tmp_path: Path
) -> None:
    asked = asyncio.Event()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()  # until the other side hangs up
        writer.close()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with hangups(signal.SIG_DFL):
            running = started("--data", tmp_path / "data", env=away(port))
            async with running as bot:
                async with asyncio.timeout(SECONDS):
                    await asked.wait()
                assert await ends(bot, by) == ""


async def test_it_ends_as_soon_while_downloads_hang_and_messages_are_too_many(
    telegram: Telegram, tmp_path: Path
) -> None:
    hanging = asyncio.Event()
    telegram.delay("file", hanging, 9)
    album = [Photo(PHOTO), Photo(PAINTING)]
    async with started("--data", tmp_path / "data", env=reached(telegram)) as bot:
        await telegram.user(7).sends_album(album)
        await telegram.until(lambda: telegram.called("getFile"), SECONDS)
        telegram.fail("sendMessage", 9, retry_after=600)
        for _ in range(3):
            await telegram.user(8).sends_album(album)
        await telegram.until(lambda: len(telegram.called("sendMessage")) > 1, SECONDS)
        told = await ends(bot, signal.SIGTERM)
    assert "Traceback" not in told
    hanging.set()


async def test_a_token_that_telegram_doesnt_know_ends_it(
    telegram: Telegram, tmp_path: Path
) -> None:
    unknown = reached(telegram, TOKEN), reached(telegram, TOKEN[:-1])  # 401 and 404
    told = await asyncio.gather(
        *(refused("--data", tmp_path / str(n), env=env) for n, env in enumerate(unknown))
    )
    assert not telegram.calls
    for line in told:
        assert "Telegram doesn't know the bot's token" in line and "@BotFather" in line


def test_help_needs_no_torch_and_no_token() -> None:
    code = "import atexit, sys, tlbot; atexit.register(lambda: print('torch' in sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}; tlbot.main()", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=ENVIRONMENT,
    )
    for option in ("--data", "--levels", "--iterations"):
        assert option in shown.stdout
    assert shown.stdout.endswith("False\n")


def given(levels: int | None = None, iterations: int | None = None) -> argparse.Namespace:
    return argparse.Namespace(levels=levels, iterations=iterations)


def test_the_options_are_what_the_bot_assumes() -> None:
    config = configured(bot_most_levels=3, bot_users=[7, 8])
    assert program.bot_config(config, given()).defaults == {}
    made = program.bot_config(config, given(2, 50))
    assert made.defaults == {"levels": 2, "iterations": 50}
    assert (made.most_levels, made.users) == (3, frozenset({7, 8}))
    assert program.bot_config(config, given(5)).most_levels == 5  # who starts it so means it
    with pytest.raises(SettingsError):
        program.bot_config(config, given(7))


def test_where_only_the_smallest_is_allowed_nobody_gets_the_larger_default() -> None:
    made = program.bot_config(configured(bot_most_levels=1), given())
    assert (made.defaults, made.most_levels) == ({"levels": 1}, 1)


def test_another_telegram_is_reached_if_the_environment_names_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TELEGRAM_BASE_URL", "TELEGRAM_BASE_FILE_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv(VARIABLE, TOKEN)
    connection = program.connection(configured())
    assert connection == Connection(
        token=TOKEN,
        base_url="https://api.telegram.org/bot",
        base_file_url="https://api.telegram.org/file/bot",
    )
    monkeypatch.setenv("TELEGRAM_BASE_URL", "http://here/bot")
    assert program.connection(configured()).base_url == "http://here/bot"
    assert program.connection(configured()).base_file_url == "http://here/file/bot"
    monkeypatch.setenv("TELEGRAM_BASE_FILE_URL", "http://there/file/bot")
    assert program.connection(configured()).base_file_url == "http://there/file/bot"


def test_a_server_on_this_machine_may_give_out_larger_files_from_its_folder_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, TOKEN)
    monkeypatch.setenv(program.LOCAL_FILES, "")
    connection = program.connection(configured())
    assert (connection.local_files, connection.picture_bytes) == (None, PICTURE_BYTES)
    monkeypatch.setenv(program.LOCAL_FILES, str(tmp_path))
    connection = program.connection(configured())
    assert (connection.local_files, connection.picture_bytes) == (
        tmp_path,
        configured().upload_bytes,
    )
    monkeypatch.setenv(program.LOCAL_FILES, str(tmp_path / "missing"))
    with pytest.raises(ArgumentError, match="TELEGRAM_LOCAL_FILES"):
        program.connection(configured())
