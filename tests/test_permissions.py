"""Other users of the machine can read nothing in a data folder."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from tests.jobs import PlayedEngine, queue, submission

from artstyle.jobs.folder import DataFolder

ROOT = Path(__file__).parents[1]
FOREIGN = "0" * 32


def open_to_others(folder: Path) -> list[str]:
    found = [folder, *folder.rglob("*")]
    return [str(path) for path in found if stat.S_IMODE(path.lstat().st_mode) & 0o077]


async def test_what_exists_is_closed_at_the_start(tmp_path: Path) -> None:
    async with queue(tmp_path, PlayedEngine()) as jobs:
        job = await jobs.submit(submission())
        files = jobs.files(job)
        files.savepoint.write_bytes(b"npz")
    data = tmp_path / "data"
    for name in ("token", "bot-heartbeat", "bot.sqlite", "bot.sqlite-wal"):
        (data / name).touch()
    for path in (data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    async with queue(tmp_path, PlayedEngine(slots=0)):
        assert open_to_others(data) == []


async def test_others_files_keep_their_permissions(tmp_path: Path) -> None:
    data, home = tmp_path / "data", tmp_path / "home"
    for folder in (data / "jobs" / FOREIGN, data / "photos", home):
        folder.mkdir(parents=True)
    secrets = [data / "jobs" / FOREIGN / "notes.txt", data / "photos" / "a.png", home / "token"]
    for path in secrets:
        path.touch()
        path.chmod(0o644)
    (data / "token").symlink_to(home / "token")
    (data / "jobs" / ("1" * 32)).symlink_to(home)
    for path in (data, data / "photos", home):
        path.chmod(0o755)
    it = DataFolder(data)
    it.acquire()
    it.release()
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o644}
    # a folder that has other things too may be anybody's
    assert {stat.S_IMODE(path.stat().st_mode) for path in (data, data / "photos", home)} == {0o755}
    assert stat.S_IMODE((data / "jobs" / FOREIGN).stat().st_mode) == 0o700


def test_a_program_writes_for_nobody_else(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib, sys; from artstyle.cli.program import run\n"
        "async def program(): pathlib.Path(sys.argv[1], 'a').mkdir();"
        " pathlib.Path(sys.argv[1], 'a', 'b').touch()\n"
        "run('it', program)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "ast")}
    words = [sys.executable, "-c", code, str(tmp_path)]
    subprocess.run(words, check=True, env=environment)
    assert open_to_others(tmp_path / "a") == []
