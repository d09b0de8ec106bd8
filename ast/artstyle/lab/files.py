"""Sends the files of jobs."""

import asyncio
from pathlib import Path

from aiohttp import web

from artstyle.errors import NotFound


async def send(path: Path, headers: dict[str, str]) -> web.StreamResponse:
    """Send a file; raises `NotFound` while it doesn't exist."""
    if not await asyncio.to_thread(path.is_file):
        raise NotFound
    return web.FileResponse(path, headers=headers)
