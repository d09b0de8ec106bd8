"""A real Firefox, which speaks WebDriver BiDi itself (w3c.github.io/webdriver-bidi)."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

NAMES = ("firefox-esr", "firefox")
LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
STARTS_WITHIN = 60.0  # seconds


class Firefox:
    """One page of Firefox. What scripts complain about is in ``complaints``."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self._context = ""
        self.complaints: list[str] = []

    async def begin(self) -> None:
        await self._ask("session.new", capabilities={})
        await self._ask("session.subscribe", events=["log.entryAdded"])
        tree = await self._ask("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    async def go(self, url: str) -> None:
        await self._ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def open(self, url: str) -> None:
        """Turn to a new tab."""
        created = await self._ask("browsingContext.create", type="tab")
        self._context = created["context"]
        await self.go(url)

    async def run(self, script: str) -> Any:
        """The value of an expression, once its promise is kept."""
        target = {"context": self._context}
        answer = await self._ask(
            "script.evaluate", expression=script, target=target, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait, frame by frame, until an expression is true."""
        await self.run(
            "new Promise((done) => { const look = () => "
            f"({script}) ? done() : requestAnimationFrame(look); look(); }})"
        )

    async def choose(self, selector: str, *files: Path) -> None:
        """Choose files in an ``<input type=file>``."""
        element = await self._node(selector)
        names = [str(path) for path in files]
        await self._ask("input.setFiles", context=self._context, element=element, files=names)

    async def click(self, selector: str) -> None:
        await self.run(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center'}})")
        origin = {"type": "element", "element": await self._node(selector)}
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": origin}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        await self._perform({"type": "pointer", "id": "mouse", "actions": [move, *press]})

    async def press(self, key: str) -> None:
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        await self._perform({"type": "key", "id": "keys", "actions": actions})

    async def _perform(self, source: dict[str, Any]) -> None:
        await self._ask("input.performActions", context=self._context, actions=[source])

    async def _node(self, selector: str) -> dict[str, Any]:
        locator = {"type": "css", "value": selector}
        found = await self._ask(
            "browsingContext.locateNodes", context=self._context, locator=locator
        )
        return {"sharedId": found["nodes"][0]["sharedId"]}

    async def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json()
            if message.get("method") == "log.entryAdded":
                entry = message["params"]
                if entry["level"] in ("error", "warn"):
                    self.complaints.append(f"{entry['level']}: {entry['text']}")
            elif message.get("id") == number:
                if message["type"] == "error":
                    raise AssertionError(f"{method}: {message['message']}")
                return message["result"]


@asynccontextmanager
async def firefox(profile: Path) -> AsyncIterator[Firefox]:
    """Start Firefox with a fresh profile; without one the test fails and says what to do."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("Firefox is missing. On Debian or Ubuntu: sudo apt-get install firefox-esr")
    profile.mkdir()
    process = await asyncio.create_subprocess_exec(
        *(path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"),
        "about:blank",
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "HOME": str(profile), "MOZ_DISABLE_AUTO_SAFE_MODE": "1"},
        start_new_session=True,
    )
    try:
        address = await asyncio.wait_for(_address(process), STARTS_WITHIN)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{address}/session", max_msg_size=0) as socket,
        ):
            page = Firefox(socket)
            await page.begin()
            yield page
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := LISTENING.search(line):
            return found[1].decode()
    pytest.fail("Firefox ended before it listened")
