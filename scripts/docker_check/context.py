"""The folder that the image is built from: the project as git knows it, and what must stay out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from artstyle.bot.token import FILE

# What lies about in a used working copy, and must not get into an image.
DECOYS = (
    ".env",
    ".git/config",
    ".venv/lib/heavy.bin",
    "ast/artstyle/.env",
    "ast/artstyle/__pycache__/secret.pyc",
    "data/jobs/private.png",
    "notes.txt",
    "out/private.png",
)
BAKED = f"111222333:{'baked-in-' * 4}"[:45]  # has the form of a token, and is nobody's


def make(project: Path, folder: Path, *, token: bool) -> Path:
    """Copy the project with the decoys, and with a token if one is to be baked in."""
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for each in filter(None, listed.split("\0")):
        if (project / each).is_file():
            _put(folder / each).write_bytes((project / each).read_bytes())
    for decoy in DECOYS:
        _put(folder / decoy).write_text("this must stay outside")
    if token:
        path = folder / FILE
        path.write_text(f'TOKEN = "{BAKED}"\n')
        path.chmod(0o600)
    return folder


def _put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
