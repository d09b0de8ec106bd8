"""What a newcomer does in the lab: send two pictures, and wait for the third."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
import urllib.request
import uuid
from pathlib import Path
from queue import Empty, Queue

from scripts.docker_check.report import CheckError, expect
from scripts.newcomer_check.machine import LONG, Machine

SAMPLES = Path(__file__).parents[2] / "img"
PICTURES = {
    "content": SAMPLES / "content/rocket.jpg",
    "style": SAMPLES / "style/impasto.webp",
}
SMALL = {"levels": "1", "iterations": "10", "network": "vgg16"}
PICTURE_SECONDS = 1800.0  # on a busy machine, behind one of the table's
LOOK_SECONDS = 2.0


def lab(machine: Machine, line: str) -> None:
    """Start the lab with the README's command, and make a small picture with it."""
    port = _free_port()
    quick = f"OPTIONS=--port\\ {port}\\ --iterations\\ 10\\ --levels\\ 1"
    process = subprocess.Popen(
        machine.command(f"{quick} {line}"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        address = _address(process)
        expect("<title>" in _get(f"{address}/").decode(), address)
        job = _send(f"{address}/api/jobs")
        _finished(address, job)
        expect(job in _get(f"{address}/").decode(), "a report without the picture")
    finally:
        process.kill()  # and with it all that runs in its namespace
        process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _address(process: subprocess.Popen[str]) -> str:
    """Wait for the line that says where the lab is; raises `CheckError` if none comes."""
    lines: Queue[str] = Queue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    said: list[str] = []
    while True:
        try:
            said.append(lines.get(timeout=LONG))
        except Empty:
            raise CheckError(f"no lab after {LONG:.0f} s: {''.join(said[-20:])}") from None
        if found := re.search(r"lab: (http://\S+)", said[-1]):
            return found[1]
        if not said[-1]:
            raise CheckError(f"it ended: {''.join(said[-20:])}")


def _read(process: subprocess.Popen[str], lines: Queue[str]) -> None:
    """Hand on what it says, to the end, so that it never waits for a reader; then a nothing."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put("")


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        body: bytes = answer.read()
        return body


def _send(url: str) -> str:
    """Send the form with two pictures; give the job's id."""
    boundary = uuid.uuid4().hex
    parts = [_field(name, value.encode(), "") for name, value in SMALL.items()]
    parts += [
        _field(name, path.read_bytes(), f'; filename="{path.name}"')
        for name, path in PICTURES.items()
    ]
    body = b"".join(f"--{boundary}\r\n".encode() + part for part in parts)
    request = urllib.request.Request(
        url,
        body + f"--{boundary}--\r\n".encode(),
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["id"])


def _field(name: str, value: bytes, more: str) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def _finished(address: str, job: str) -> None:
    """Wait for the picture, and look at it and its page."""
    end = time.monotonic() + PICTURE_SECONDS
    while True:
        state = json.loads(_get(f"{address}/api/jobs/{job}"))
        if state["state"] == "done":
            break
        expect(state["state"] in ("queued", "running") and time.monotonic() < end, state)
        time.sleep(LOOK_SECONDS)
    picture = _get(address + state["links"]["result"])
    expect(picture.startswith(b"\x89PNG") and len(picture) > 10_000, picture[:20])
    expect(job in _get(address + state["links"]["page"]).decode(), "a page without its picture")
