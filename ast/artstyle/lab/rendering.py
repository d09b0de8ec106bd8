"""Pages from templates, the assets that they need, and the files of jobs."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web
from jinja2 import StrictUndefined

from artstyle import __version__
from artstyle.errors import NotFound
from artstyle.lab.access import YEAR, may_change
from artstyle.lab.config import QUEUE
from artstyle.lab.urls import BASE, below, local_path
from artstyle.lab.views import job_view
from artstyle.wording import word

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
DIGESTS = {
    path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in ASSETS.iterdir()
}
FOREVER = f"max-age={YEAR}, immutable"


def setup(app: web.Application) -> None:
    """Load the templates into the application, and serve the assets."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = app[BASE]
    environment.globals.update(
        url=folder.__add__,
        asset=lambda name: f"{folder}{_asset(name)}",
        version=__version__,
        job_view=job_view,
        word=word,
    )
    app.add_routes(below(folder, [web.get("/assets/{name}", _send_asset)]))


def page(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    """Render a page with the values that all pages need."""
    queue = request.app.get(QUEUE)
    held = queue.pause.reason if queue else None
    common = {"may_change": may_change(request), "notice": None, "live_url": None, "held": held}
    response = aiohttp_jinja2.render_template(
        template, request, {**common, **context}, status=status
    )
    response.headers["Cache-Control"] = "no-cache"
    return response


def wants_json(request: web.Request) -> bool:
    """Whether a program asks rather than a browser."""
    accepted = request.headers.get("Accept", "")
    return local_path(request).startswith("/api/") or "application/json" in accepted


def _asset(name: str) -> str:
    """The path of an asset, which changes with its content."""
    return f"/assets/{name}?v={DIGESTS[name]}"


async def _send_asset(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in DIGESTS:
        raise NotFound
    # scripts import each other without a version, so browsers must ask each time
    cache_control = f"public, {FOREVER}" if "v" in request.query else "no-cache"
    return web.FileResponse(ASSETS / name, headers={"Cache-Control": cache_control})


async def send(path: Path, headers: dict[str, str]) -> web.StreamResponse:
    """Send a job's file; raises `NotFound` while it doesn't exist."""
    if not await asyncio.to_thread(path.is_file):
        raise NotFound
    return web.FileResponse(path, headers=headers)
