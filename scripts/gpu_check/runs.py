"""Whole runs: from the start of the command line to the PNG, and to the plain procedure's loss."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import plain
import psutil
import torch
from measuring import ROOT, sample
from PIL import Image
from scripts.gpu_check.evaluations import PAINTING, PHOTO
from scripts.gpu_check.scale import Row, Scale, row

from artstyle.settings import Settings
from artstyle.transfer import Transfer
from artstyle.vgg import checkpoints

SHAPE = (1536, 1024)  # of the photo, 3:2
SECONDS = {2: 5.0, 4: 60.0}  # that a picture may take, by levels
LIMITED = "8G"
FEW = 16  # iterations of a picture that only has to be finished
EVERY = 0.1  # seconds between two looks at the memory


def pictures(scale: Scale) -> Iterator[Row]:
    """Time the command line with its usual iterations, and again with little memory."""
    words = ["--iterations", str(scale.iterations)] if scale.iterations else []
    for levels in scale.levels:
        yield _picture(scale, levels, words, SECONDS.get(levels))
    yield _picture(scale, scale.levels[-1], [*words, "--memory", LIMITED], memory=8e9)


def large(scale: Scale) -> Iterator[Row]:
    """Finish the largest pictures."""
    for levels in scale.large:
        yield _picture(scale, levels, ["--iterations", str(scale.iterations or FEW)])


def _picture(
    scale: Scale,
    levels: int,
    more: list[str],
    seconds: float | None = None,
    memory: float | None = None,
) -> Row:
    """Make a picture with the command line; reports its time and memory."""
    with tempfile.TemporaryDirectory() as name:
        photo, out = Path(name, "photo.jpg"), Path(name, "out.png")
        with Image.open(next((ROOT / "img/content").glob(f"{PHOTO}.*"))) as image:
            image.resize(SHAPE, Image.Resampling.LANCZOS).save(photo, quality=95)
        painting = next((ROOT / "img/style").glob(f"{PAINTING}.*"))
        words = [sys.executable, "-m", "artstyle", str(photo), str(painting), "-o", str(out)]
        words += ["--levels", str(levels), "--device", scale.device, "--network", "vgg16"]
        began = time.perf_counter()
        with _peak(scale.device) as peak:
            events, code = _followed([*words, "--json", *more])
        took = time.perf_counter() - began
        size = "×".join(map(str, Image.open(out).size)) if out.exists() else "no picture"
    text = f"{size} in {took:.1f} s, {peak[0] / 1e9:.2f} GB"
    bounds = [f"{seconds:.0f} s"] if seconds else []
    bounds += [f"{memory / 1e9:.0f} GB"] if memory else []
    good = code == 0 and took < (seconds or took + 1) and peak[0] < (memory or peak[0] + 1)
    what = " ".join([f"--levels {levels}", *more])
    wanted = f"under {' and '.join(bounds)}" if bounds else "a picture"
    figures = {"seconds": took, "peak": peak[0], "code": code, "stages": _stages(events, took)}
    return row(what, text, wanted, good, **figures)


def _followed(words: list[str]) -> tuple[list[dict[str, Any]], int]:
    """Run the command line, and note when each of its events came."""
    events, began = [], time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            events.append({**json.loads(line), "at": time.perf_counter() - began})
    return events, process.returncode


def _stages(events: list[dict[str, Any]], took: float) -> list[dict[str, Any]]:
    """Of each stage: when its first and last iteration was reported, and how many there were."""
    steps = [event for event in events if event["event"] == "progress"]
    last = [a for a, b in pairwise([*steps, {"stage": None}]) if a["stage"] != b["stage"]]
    first = [b for a, b in pairwise([{"stage": None}, *steps]) if a["stage"] != b["stage"]]
    notes = sorted({event["note"] for event in steps if event["note"]})
    return [
        {
            "sizes": end["sizes"],
            "from": round(begin["at"], 2),
            "to": round(end["at"], 2),
            "iterations": end["iteration"] - begin["iteration"] + 1,
            "loss": end["loss"],
        }
        for begin, end in zip(first, last, strict=True)
    ] + [{"picture at": round(took, 2), "notes": notes}]


@contextmanager
def _peak(device: str) -> Iterator[list[float]]:
    """The most memory in bytes that the processes started here take."""
    found, ended = [0.0], threading.Event()
    before = _taken(device)

    def watch() -> None:
        while not ended.wait(EVERY):
            found[0] = max(found[0], _taken(device) - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _taken(device: str) -> float:
    """Bytes in use: of the GPU, or of this process's children."""
    if device == "cuda":
        words = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return float(done.stdout.split()[0]) * (1 << 20)
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        try:
            total += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def same_loss(scale: Scale) -> Iterator[Row]:
    """Run the plain procedure, then ours at several lengths, judged by the plain loss."""
    network = checkpoints.embedded()
    content, style = sample("content", PHOTO), sample("style", PAINTING)
    settings = Settings(levels=2, base_size=scale.base, device=scale.device, network="vgg16")
    resolved = settings.resolved(scale.device)
    loss = plain.Loss(network, content, style, resolved, scale.device)
    points: list[plain.Point] = []
    start = plain.start(content, style, resolved).to(scale.device)
    plain.Descent(loss, start, corrected=True, look=points.append).run(scale.plain)
    lowest = min(point.loss for point in points)
    what = f"plain, {points[-1].iteration} iterations, {points[-1].evaluations} evaluations"
    yield row(what, f"{points[-1].seconds:.2f} s, loss {lowest:.4f}", loss=lowest)
    for budget in scale.budgets:
        count = max(1, round(budget * (scale.iterations or resolved.iterations or 0)))
        ours = Transfer(content, style, replace(settings, iterations=count), network)
        yield _ours(loss, points, ours)


def _ours(loss: plain.Loss, points: list[plain.Point], transfer: Transfer) -> Row:
    """Run ours, and find out when the plain procedure was as low."""
    began = time.perf_counter()
    for last in transfer.run():  # noqa: B007
        pass
    took = time.perf_counter() - began
    with torch.no_grad():
        reached = float(loss(transfer.savepoint().picture.to(transfer.objective.demand.device)))
    as_low = next((point.seconds for point in points if point.loss <= reached), None)
    text = f"{took:.2f} s, loss {reached:.4f}; the plain procedure "
    text += f"took {as_low:.2f} s to it" if as_low else "doesn't come to it"
    return row(f"ours, {last.iteration} iterations", text, seconds=took, loss=reached, plain=as_low)
