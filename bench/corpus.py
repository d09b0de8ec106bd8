"""Decode files that are nearly pictures, as the lab does, and look for what mustn't happen.

``python bench/corpus.py --files 20000 --seed 1 [--keep FOLDER]`` makes them from small pictures of
every format (``tests/mutants.py``). Each is stored by a child process with the lab's limits. It
prints how many were taken or refused, and what crashed, or took over 5 s or 1 GB; with ``--keep``
it writes those files into a folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from artstyle.errors import PictureError
from artstyle.jobs.child import MODULE, Child
from artstyle.jobs.decoding import DecodeLimits
from artstyle.pictures.messages import Store
from artstyle.pictures.read import check

SECONDS, BYTES = 5.0, 1_000_000_000  # for one file


def _decodes(process: psutil.Process) -> bool:
    try:
        return MODULE in process.cmdline()
    except psutil.Error:  # another child, whose end nobody has noticed yet
        return False


@dataclass
class Found:
    """What came of the files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)  # bytes
    wrong: dict[str, str] = field(default_factory=dict)  # what mustn't happen


class Decoding:
    """A child as the lab has them, started again when it's gone."""

    def __init__(self, folder: Path) -> None:
        self._paths = [str(folder / name) for name in ("all.png", "view.jpg", "thumb.jpg")]
        self._child: Child | None = None
        self._process: psutil.Process | None = None

    def decode(self, name: str, data: bytes, found: Found) -> None:
        child = self._start()
        self._forget_peak()
        timer = threading.Timer(SECONDS, child.kill)
        timer.start()
        begun = time.monotonic()
        try:
            size = child.ask(Store("content", data, *self._paths))
            outcome = "taken"
            header = check(Path(self._paths[0]))
            if (header.height, header.width) != (size.height, size.width):
                found.wrong[name] = f"stored as {header}, said {size}"
        except PictureError as error:
            outcome = error.code
            if "\n" in str(error):
                found.wrong[name] = f"told in several lines: {error}"
        finally:
            timer.cancel()
        found.seconds[name] = time.monotonic() - begun
        found.outcomes[outcome] += 1
        if not child.usable:
            found.wrong[name] = f"no answer in {SECONDS:g} s" if child.killed else "crashed"
            self.close()
            return
        found.peaks[name] = self._peak()
        if found.peaks[name] > BYTES:
            found.wrong[name] = f"{found.peaks[name] / 1e9:.2f} GB"

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.reap()
        self._child = None

    def _start(self) -> Child:
        if self._child is None:
            self._child = Child(DecodeLimits().memory, DecodeLimits().seconds)
            self._child.start()
            children = psutil.Process().children()
            self._process = next(each for each in children if _decodes(each))
        return self._child

    def _forget_peak(self) -> None:
        assert self._process is not None
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def _peak(self) -> int:
        assert self._process is not None
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def decode(files: Iterable[tuple[str, bytes]], keep: Path | None = None) -> Found:
    """Decode files one after the other; those that go wrong are kept in a folder."""
    found = Found()
    with tempfile.TemporaryDirectory() as folder, closing(Decoding(Path(folder))) as decoding:
        for name, data in files:
            decoding.decode(name, data, found)
            if name in found.wrong and keep is not None:
                keep.mkdir(exist_ok=True)
                (keep / name.replace(" ", "-")).write_bytes(data)
    return found


def report(found: Found) -> str:
    slowest = max(found.seconds, key=found.seconds.__getitem__)
    largest = max(found.peaks, key=found.peaks.__getitem__)
    lines = [f"{count:7} {outcome}" for outcome, count in found.outcomes.most_common()]
    lines.append(f"slowest: {slowest}, {found.seconds[slowest]:.2f} s")
    lines.append(f"largest: {largest}, {found.peaks[largest] / 1e6:.0f} MB")
    lines += [f"! {name}: {what}" for name, what in found.wrong.items()]
    return "\n".join(lines)


def main() -> int:
    """Run the bench and print what was found; 1 if anything went wrong."""
    from tests.mutants import mutants

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the files that go wrong")
    given = parser.parse_args()
    found = decode(mutants(given.files, given.seed), given.keep)
    print(report(found))
    return int(bool(found.wrong))


if __name__ == "__main__":
    sys.exit(main())
