"""The lab as an aiohttp application: routes, and what lives as long as it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from artstyle.jobs import JobQueue
from artstyle.lab import api, form, job_page, report, table
from artstyle.lab.errors import tell_errors
from artstyle.lab.keys import CONFIG, LIVE, QUEUE, SAMPLES, UPLOADS, LabConfig
from artstyle.lab.live import Live
from artstyle.lab.rendering import setup
from artstyle.lab.safety import AccessLog, protect
from artstyle.lab.samples import Samples
from artstyle.lab.uploads import Uploads

logger = logging.getLogger(__name__)

HANDLERS_SECONDS = 1.0  # for requests in progress when the server stops


def make_app(config: LabConfig) -> web.Application:
    """Put the lab together; it opens its data folder when it starts."""
    app = web.Application(middlewares=[tell_errors])
    protect(app, config.safety)
    app[CONFIG] = config
    app[SAMPLES] = Samples(config.photos, config.paintings)
    app[UPLOADS] = Uploads(config.upload_limits)
    setup(app)
    app.add_routes(ROUTES)
    app.cleanup_ctx.append(_jobs)
    app.on_shutdown.append(_stop)
    return app


ROUTES = [
    web.get("/", report.report),
    web.get("/events", report.events, allow_head=False),
    web.get("/new", form.new),
    web.get("/samples/{kind}/{name}", form.sample),
    web.post("/jobs", form.create),
    web.get("/jobs/{id}", job_page.show),
    web.get("/jobs/{id}/card", report.card),
    web.get("/jobs/{id}/plot", job_page.plot),
    web.get("/jobs/{id}/events", job_page.events, allow_head=False),
    web.get("/jobs/{id}/pictures/{name}", job_page.picture),
    web.post("/jobs/{id}/cancel", job_page.cancel),
    web.post("/jobs/{id}/remove", job_page.remove),
    web.get("/api/openapi.json", api.describe),
    web.get("/api/jobs", api.index),
    web.post("/api/jobs", api.create),
    web.get("/api/jobs/{id}", api.show),
    web.delete("/api/jobs/{id}", api.remove),
    web.post("/api/jobs/{id}/cancel", api.cancel),
    web.get("/api/jobs/{id}/events", api.events, allow_head=False),
    web.get("/api/jobs/{id}/result", api.result),
    web.get("/healthz", api.health),
]


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the application and give its port; raises `DataError`, or OSError for a port taken."""
    runner = web.AppRunner(
        app,
        access_log_class=AccessLog,
        access_log=logging.getLogger("artstyle.lab.requests"),
        auto_decompress=False,  # nothing that comes is ever unpacked
        shutdown_timeout=HANDLERS_SECONDS,
    )
    try:
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _jobs(app: web.Application) -> AsyncIterator[None]:
    """Run the queue, its live view and the filling of the table."""
    config = app[CONFIG]
    async with JobQueue(config.folder, config.engine, config.limits) as queue:
        app[QUEUE], app[LIVE] = queue, Live(queue)
        tasks = [
            asyncio.create_task(app[LIVE].follow()),
            asyncio.create_task(table.fill(queue, config.table, fresh=config.fresh)),
            asyncio.create_task(app[SAMPLES].warm()),
        ]
        try:
            async with _bot(config, queue):
                yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _bot(config: LabConfig, queue: JobQueue) -> AsyncIterator[None]:
    """Run the bot, if there is one; the lab goes on when it can't."""
    if config.bot is None:
        yield
        return
    async with config.bot(queue) as task:
        task.add_done_callback(_tell_end)
        yield


def _tell_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("the bot has stopped: %s", task.exception())


async def _stop(app: web.Application) -> None:
    """End the open streams, which would go on for ever."""
    if QUEUE in app:
        app[QUEUE].stop()
        app[LIVE].close()
