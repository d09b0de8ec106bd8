"""Starts that can't lead to a picture: one line, exit code 2, and no job that fails."""

import errno
import importlib.util
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from tests.jobs import LIMITS, a_choice, queue, submission

from artstyle.errors import DataError, TorchBroken, TorchMissing, WeightsDamaged, WeightsUnreadable
from artstyle.jobs import JobQueue, JobStatus, ThreadEngine, opened
from artstyle.jobs.cluster import remote
from artstyle.machine import installation
from artstyle.vgg import checkpoints, packaged

ROOT = Path(__file__).parents[1]
LAB = "import sys, config, lab; config.PAIRS = []; sys.exit(lab.main())"
BOT = "import sys, tlbot; sys.exit(tlbot.main())"
COMMAND = "import sys; from artstyle.cli.main import main; sys.exit(main())"
NO_TORCH = (
    "import importlib.util as util; real = util.find_spec; "
    "util.find_spec = lambda name, *more: None if name == 'torch' else real(name, *more); "
)
TOKEN = {"TELEGRAM_BOT_TOKEN": f"123456:{'A' * 35}", "TELEGRAM_BASE_URL": "http://127.0.0.1:9/bot"}


def start(code: str, *words: str | Path, **environment: str) -> str:
    """Start a program that must end by itself, in one line; gives the line."""
    ended = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **TOKEN, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 2, ended.stderr
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("WARNING")]
    assert len(lines) == 1, ended.stderr
    return lines[0]


@pytest.fixture
def fake_torch(tmp_path: Path) -> str:
    """A folder for PYTHONPATH in which torch is installed but can't be loaded."""
    package = tmp_path / "packages" / "torch"
    package.mkdir(parents=True)
    error = "OSError('libtorch_cpu.so: cannot open shared object file')"
    (package / "__init__.py").write_text(f"raise {error}\n")
    return str(package.parent)


@pytest.mark.parametrize(("name", "code"), [("lab", LAB), ("tlbot", BOT)])
def test_without_torch_a_program_says_how_to_install_it(
    name: str, code: str, tmp_path: Path
) -> None:
    port = ["--port", "0"] if name == "lab" else []
    line = start(NO_TORCH + code, *port, "--data", tmp_path / "data")
    advice = "run `make lab`, or pip install -r requirements-torch.txt"
    assert line == f"{name}: torch isn't installed: {advice}"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("name", "code"), [("lab", LAB), ("tlbot", BOT)])
def test_a_torch_that_cant_be_imported_ends_a_program_once_that_is_known(
    name: str, code: str, tmp_path: Path, fake_torch: str
) -> None:
    port = ["--port", "0"] if name == "lab" else []
    line = start(code, *port, "--data", tmp_path / "data", PYTHONPATH=fake_torch)
    told = r"torch can't be imported \(OSError: libtorch_cpu.so: cannot open [\w ]+\): install it"
    assert re.match(f"{name}: {told} again", line)


def test_the_command_line_says_the_same(photo: Path, painting: Path, fake_torch: str) -> None:
    words = photo, painting, "-o", photo.with_name("out.png")
    assert start(NO_TORCH + COMMAND, *words).startswith("artstyle: torch isn't installed")
    line = start(COMMAND, *words, PYTHONPATH=fake_torch)
    assert line.startswith("artstyle: torch can't be imported (OSError: libtorch_cpu.so")


def test_a_folder_called_torch_is_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ModuleSpec("torch", None, is_package=True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: folder)
    with pytest.raises(TorchMissing):
        installation.find_torch()


async def test_jobs_wait_for_the_next_start_if_torch_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise TorchBroken("ImportError: undefined symbol")

    with monkeypatch.context() as patch:
        patch.setattr(installation, "import_torch", broken)
        async with JobQueue(tmp_path / "data", ThreadEngine({"cpu": 1}, 3), LIMITS) as jobs:
            job = await jobs.submit(submission())
            with pytest.raises(TorchBroken, match="undefined symbol"):
                await jobs.background
            assert job.status is JobStatus.QUEUED
    async with queue(tmp_path) as jobs:
        again = jobs.get(job.id)
        assert again is not None
        while again.status is not JobStatus.RUNNING:
            await again.signal.next().wait()


@pytest.mark.parametrize("damage", ["missing", "pointer", "byte"])
async def test_weights_that_cant_be_read_end_the_start(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "vgg16.npz"
    monkeypatch.setattr(packaged, "PATH", path)
    if damage == "pointer":
        path.write_text("version https://git-lfs.github.com/spec/v1\n")
    elif damage == "byte":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("conv1_1.weight.npy", b"kernel")
        path.write_bytes(path.read_bytes().replace(b"kernel", b"kernal"))
    kind = WeightsUnreadable if damage == "missing" else WeightsDamaged
    with pytest.raises(kind, match="vgg16"):
        async with opened(a_choice("local")):
            pytest.fail("started")
    with pytest.raises(kind):
        checkpoints.embedded()


def test_the_packaged_weights_are_whole() -> None:
    packaged.check()


def test_damaged_weights_end_the_lab_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "vgg16.npz").write_text("half a file")
    code = (
        "import os, pathlib; from artstyle.vgg import packaged; "
        f"packaged.PATH = pathlib.Path(os.environ['WEIGHTS']); {LAB}"
    )
    weights = str(tmp_path / "vgg16.npz")
    line = start(code, "--port", "0", "--data", tmp_path / "data", WEIGHTS=weights)
    assert line.endswith("vgg16.npz is no checkpoint, or is damaged: get it again")


async def test_a_head_without_torch_leaves_its_version_to_the_machines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "torch":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    with monkeypatch.context() as patch:
        patch.setattr(metadata, "version", version)
        wanted = remote.versions()
        assert "has no torch" in (remote.difference(wanted) or "")
    assert wanted.keys() == {"artstyle", "python"}
    assert remote.difference(wanted) is None


WITHOUT_TORCH = """
import asyncio, pathlib, sys
from tests.jobs import EventKind, until
from tests.lab_app import form, lab

async def main():
    async with lab(pathlib.Path(sys.argv[1])) as it:
        told = await it.json("POST", "/api/jobs", 201, data=form(levels="1", iterations="3"))
        job = it.queue.get(told["id"])
        await until(job, EventKind.RUNNING)
        for path in ("/", f"/jobs/{job.id}", "/api/jobs", "/metrics", "/healthz"):
            await it.text(path)
        await it.finish(job)
        await it.text(f"/jobs/{job.id}")

asyncio.run(main())
"""


def test_the_lab_of_a_cluster_needs_no_torch(tmp_path: Path, fake_torch: str) -> None:
    """All but the computing: uploads are decoded, stored and shown."""
    words = [sys.executable, "-c", WITHOUT_TORCH, str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": fake_torch}
    ended = subprocess.run(
        words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("place", ["data", "jobs", "incoming", "lost"])
async def test_a_data_folder_that_cant_be_written_ends_the_start(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != place)
    with pytest.raises(DataError, match=rf"data can't be used \({place} can't be written\)"):
        await queue(tmp_path).__aenter__()


async def test_a_database_of_another_user_isnt_taken_for_a_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touch(path: Path, mode: int) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "touch", touch)
    told = r"jobs.sqlite can't be written \(Permission denied\): check whose it is$"
    with pytest.raises(DataError, match=told):
        await queue(tmp_path).__aenter__()
