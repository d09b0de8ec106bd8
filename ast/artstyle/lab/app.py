"""The lab as an aiohttp application: its routes, and what lives as long as it does."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from artstyle.jobs import JobQueue
from artstyle.lab import (
    access,
    api,
    api_page,
    checking,
    deeds,
    home,
    owners,
    pages,
    rendering,
    showcase,
    thumbnails,
)
from artstyle.lab.callbacks import Callbacks
from artstyle.lab.compression import compress
from artstyle.lab.config import CONFIG, LIVE, QUEUE, SAMPLES, UPLOADS, LabConfig
from artstyle.lab.connection import connections_of
from artstyle.lab.connections import Connections
from artstyle.lab.errors import answer_errors
from artstyle.lab.forwarded import PROXIES
from artstyle.lab.headers import add_headers
from artstyle.lab.listener import accepting
from artstyle.lab.live import Live
from artstyle.lab.people import REQUESTS, requests_of, share_requests
from artstyle.lab.samples import Samples
from artstyle.lab.shares import Shares
from artstyle.lab.uploads import Uploads
from artstyle.lab.urls import BASE, below, enter

logger = logging.getLogger(__name__)

HANDLERS_SECONDS = 1.0  # for requests in progress when the server stops
STREAMS, STREAMS_OF_ONE = 4, 16  # the share of connections that may listen: of all, of a client

# a job's id, which isn't one of the names beside it
ONE = "{id:(?!(?:zip|remove|restore)$)[^/]+}"

ROUTES = [
    web.get("/", home.home),
    web.get("/events", home.changes, allow_head=False),
    web.get("/events/latest", home.latest),
    web.get("/examples/{name}.webp", home.example),
    web.get("/language/{code}", home.choose_language),
    web.get("/samples/{role}/{name}-{width:192|384|768}.webp", thumbnails.of_sample),
    web.get("/samples/{role}/{name}", pages.sample),
    web.post("/jobs", home.create),
    web.get("/jobs/{id}", pages.job),
    web.get("/jobs/{id}/card", home.card),
    web.get("/jobs/{id}/view", pages.view),
    web.get("/jobs/{id}/plot", pages.plot),
    web.get(r"/jobs/{id}/pictures/{name:[a-z0-9_-]+\.webp}", thumbnails.of_job),
    web.get("/jobs/{id}/pictures/{name}", pages.picture),
    web.post("/jobs/{id}/cancel", pages.cancel),
    web.post("/jobs/{id}/remove", deeds.remove),
    web.post("/jobs/{id}/restore", deeds.restore),
    web.get("/api/openapi.json", api.describe),
    web.get("/api", api_page.show),
    web.get("/api/samples", api.samples),
    web.get("/api/presets", api.presets),
    web.post("/api/check", checking.check),
    web.get("/api/jobs", api.index),
    web.post("/api/jobs", api.create),
    web.get("/api/jobs/zip", deeds.download),
    web.post("/api/jobs/remove", deeds.remove_several),
    web.post("/api/jobs/restore", deeds.restore_several),
    web.post(f"/api/jobs/{ONE}/star", deeds.star),
    web.post(f"/api/jobs/{ONE}/title", deeds.rename),
    web.get(f"/api/jobs/{ONE}", api.show),
    web.delete(f"/api/jobs/{ONE}", api.remove),
    web.post(f"/api/jobs/{ONE}/cancel", api.cancel),
    web.get(f"/api/jobs/{ONE}/events", api.events, allow_head=False),
    web.get(f"/api/jobs/{ONE}/result", api.result),
    web.get("/healthz", api.health),
    web.get("/metrics", api.metrics),
]


def make_app(config: LabConfig) -> web.Application:
    """Assemble the lab; it opens its data folder when it starts."""
    app = web.Application(
        middlewares=[compress, owners.remember, answer_errors, share_requests, access.check_access]
    )
    app.on_response_prepare.append(add_headers)
    app[access.POLICY] = config.policy
    app[CONFIG] = config
    app[SAMPLES] = Samples(config.photos, config.paintings)
    app[UPLOADS] = Uploads(config.upload_limits, config.proxies)
    app[BASE] = config.policy.url.folder
    app[PROXIES] = config.proxies
    app[REQUESTS] = requests_of(config.connections, config.proxies)
    rendering.setup(app)
    app.add_routes(below(app[BASE], ROUTES))
    if app[BASE]:
        app.router.add_get(app[BASE], enter)
    app.cleanup_ctx.append(_queue)
    app.on_shutdown.append(_stop)
    return app


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the application; yields its port. Raises `DataError`, or OSError for the port."""
    runner = web.AppRunner(app, shutdown_timeout=HANDLERS_SECONDS)
    try:
        await runner.setup()
        assert runner.server is not None
        connections = Connections(app[CONFIG].connections, app[PROXIES])
        make = connections_of(runner.server, connections)
        async with accepting(make, connections.relieve, host, port) as real_port:
            yield real_port
    finally:
        await runner.cleanup()


async def _queue(app: web.Application) -> AsyncIterator[None]:
    """Run the queue, its live updates, the showcase, and the bot if there is one."""
    config = app[CONFIG]
    async with (
        JobQueue(config.folder, config.engine, config.limits) as queue,
        Callbacks(queue, config.callback_hosts, app[BASE]),
        AsyncExitStack() as on,
    ):
        total = config.connections
        streams = Shares(total // STREAMS, total // STREAMS_OF_ONE, config.proxies)
        app[QUEUE], app[LIVE] = queue, Live(queue, streams)
        for work in (
            app[LIVE].follow(),
            showcase.fill(queue, config.showcase, fresh=config.fresh),
            app[SAMPLES].prepare(),
            queue.decoding.warm(),
        ):
            on.push_async_callback(_cancelled, asyncio.create_task(work))
        if config.bot is not None:
            bot = await on.enter_async_context(config.bot(queue))
            bot.add_done_callback(_log_end)
        yield


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _log_end(bot: asyncio.Task[None]) -> None:
    """The lab goes on when the bot stops."""
    if not bot.cancelled() and bot.exception() is not None:
        logger.error("the bot has stopped: %s", bot.exception())


async def _stop(app: web.Application) -> None:
    """End the open streams, which would never end by themselves."""
    if QUEUE in app:
        app[QUEUE].stop()
        app[LIVE].close()
