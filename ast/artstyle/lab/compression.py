"""Texts are sent compressed to those who accept gzip; pictures and event streams never are."""

import asyncio
import gzip
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

TEXTS = frozenset(
    {
        *("text/html", "text/css", "text/javascript", "text/plain", "image/svg+xml"),
        *("application/json", "application/problem+json", "application/javascript"),
    }
)
LEAST = 1000  # bytes that are worth it
LARGE = 32_000  # bytes that are compressed in a thread
LEVEL, BEST = 5, 9


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress an answer that is a text."""
    response = await handler(request)
    if not isinstance(response, web.Response) or response.content_type not in TEXTS:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    body = response.body
    if not isinstance(body, bytes) or len(body) < LEAST or not accepts_gzip(request):
        return response
    if "Content-Encoding" not in response.headers:
        response.body = await _packed(body)
        response.headers["Content-Encoding"] = "gzip"
    return response


def accepts_gzip(request: web.Request) -> bool:
    for each in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, quality = each.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def asset(request: web.Request, path: Path, cache_control: str) -> web.Response:
    """An asset from memory, where it also is in its compressed form."""
    plain, packed = _asset(path)
    kind = guess_type(path.name)[0] or "application/octet-stream"
    response = web.Response(content_type=kind, headers={"Cache-Control": cache_control})
    if packed is not None and accepts_gzip(request):
        response.body = packed
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.body = plain
    if kind.startswith("text/"):
        response.charset = "utf-8"
    return response


@cache
def _asset(path: Path) -> tuple[bytes, bytes | None]:
    data = path.read_bytes()
    text = guess_type(path.name)[0] in TEXTS
    return data, gzip.compress(data, BEST, mtime=0) if text else None


async def _packed(body: bytes) -> bytes:
    if len(body) < LARGE:
        return gzip.compress(body, LEVEL)
    return await asyncio.to_thread(gzip.compress, body, LEVEL)
