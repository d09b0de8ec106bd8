"""Claims about the image itself, and about commands that end by themselves."""

from __future__ import annotations

import os
from pathlib import Path

from container import selfcheck
from scripts.docker_check import context
from scripts.docker_check.podman import Podman
from scripts.docker_check.report import CheckError, Report, expect

from artstyle.bot.token import FILE, VARIABLE
from artstyle.errors import ArtstyleError
from artstyle.pictures import read

IMAGE, BAKED_IMAGE = "ast", "ast-baked"
USER = 1000
# No rights at all, and nothing that can be written but /data and /tmp.
HARDENED = (
    *("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges"),
)
BARE = ("--network", "none")
INSIDE = {
    *("LICENSE", "README.md", "ast", "config.py", "container", "img", "lab.py", "pyproject.toml"),
    *("requirements-base.txt", "requirements-torch.txt", "tlbot.py", "__pycache__"),
}


def check(report: Report, podman: Podman, folder: Path) -> None:
    """Check them all."""
    with report.claim("the image holds the programs, and nothing else of the project's folder"):
        _holds(podman)
    with report.claim("it says what is wrong and what to do: no token, no such command"):
        _says(podman)
    with report.claim("test-drive makes a picture without a network, without root, without rights"):
        _test_drive(podman, folder / "drive")
    with report.claim("the command line works on a mounted folder, as that folder's owner"):
        _command_line(podman, folder / "pictures")
    with report.claim("a token in the folder at build time works, and the start warns of it"):
        _baked(podman)
    with report.claim("a data folder that can't be written is named, with what to do"):
        _unwritable(podman, folder / "locked")


def _holds(podman: Podman) -> None:
    files = podman.run(*BARE, "--entrypoint", "find", IMAGE, "/app", "-type", "f").splitlines()
    top = {Path(file).relative_to("/app").parts[0] for file in files}
    expect(top == INSIDE, sorted(top ^ INSIDE))
    names = {Path(decoy).name for decoy in context.DECOYS}
    found = [file for file in files if Path(file).name in names or file.startswith("/app/img/b")]
    expect(not found, found)


def _says(podman: Podman) -> None:
    said = podman.run(*BARE, IMAGE, code=2)
    expect(VARIABLE in said and "@BotFather" in said and said.count("\n") == 1, said)
    said = podman.run(*BARE, IMAGE, "nonsense", code=2)
    expect("bot, lab, test-drive" in said and said.count("\n") == 1, said)
    said = podman.run(*BARE, IMAGE, "--help")
    expect("-p 127.0.0.1:8080:8080 ast lab" in said, said)


def _test_drive(podman: Podman, folder: Path) -> None:
    data = owned(folder)
    said = podman.run(*BARE, *HARDENED, "-v", f"{data}:/data", IMAGE, "test-drive")
    expect("it works" in said and "Traceback" not in said, said)
    expect(size(data / selfcheck.NAME) == (256, 256), said)
    expect((data / selfcheck.NAME).stat().st_uid == USER, "another owner")


def _command_line(podman: Podman, folder: Path) -> None:
    owner = 4321  # no user of the image's
    data = owned(folder, owner)
    for path in (selfcheck.PHOTO, selfcheck.PAINTING):
        (data / path.name).write_bytes(path.read_bytes())
    here = ("-v", f"{data}:/pictures", "-w", "/pictures", "--user", f"{owner}:{owner}")
    words = [selfcheck.PHOTO.name, selfcheck.PAINTING.name, "-o", "out.png", "--iterations", "2"]
    podman.run(*BARE, *here, IMAGE, "artstyle", *words, "--network", "vgg16")
    expect(size(data / "out.png") == (256, 256), "another size")


def _baked(podman: Podman) -> None:
    said = podman.run(*BARE, "--entrypoint", "cat", BAKED_IMAGE, f"/app/{FILE}")
    expect(context.BAKED in said, said)
    said = podman.run(*BARE, BAKED_IMAGE, "bot", "--levels", "9", code=2)
    expect("WARNING" in said and "baked in" in said and "levels must be" in said, said)
    expect(context.BAKED not in said, "the token itself")


def _unwritable(podman: Podman, folder: Path) -> None:
    data = owned(folder, 0)
    for command in ("lab", "bot"):
        said = podman.run(*BARE, "-v", f"{data}:/data", IMAGE, command, code=2)
        expect("can't be written" in said and "-v ast:/data" in said, said)


def owned(folder: Path, owner: int = USER) -> Path:
    """Make a folder that belongs to a user."""
    folder.mkdir(parents=True)
    os.chown(folder, owner, owner)
    return folder


def size(path: Path) -> tuple[int, int]:
    """Give height and width of a picture; raises `CheckError` if it is none."""
    try:
        height, width = read.load(path).shape[-2:]
    except ArtstyleError as error:
        raise CheckError(str(error)) from error
    return height, width
