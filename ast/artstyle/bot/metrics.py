"""The bot's figures for Prometheus, on a port of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from artstyle.errors import ArgumentError
from artstyle.jobs.metrics import JobMetrics


@asynccontextmanager
async def serving(metrics: JobMetrics, host: str, port: int) -> AsyncIterator[int]:
    """Answer GET /metrics; yields the port. Raises `ArgumentError` if it can't be served."""

    async def answer(request: web.Request) -> web.Response:
        body, kind = metrics.render(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_get("/metrics", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.0)
    await runner.setup()
    try:
        await _listen(runner, host, port)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArgumentError(
            f"the metrics can't be served at {host}:{port} ({reason}): "
            "change BOT_METRICS_PORT in config.py"
        ) from error
