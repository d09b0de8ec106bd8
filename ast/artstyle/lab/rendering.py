"""Pages from templates, the assets that they need, and the files of jobs."""

import asyncio
import hashlib
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web
from jinja2 import StrictUndefined

from artstyle import __version__
from artstyle.errors import NotFound
from artstyle.lab.access import YEAR, may_change
from artstyle.lab.compression import asset
from artstyle.lab.config import QUEUE
from artstyle.lab.examples import Example
from artstyle.lab.owners import is_mine
from artstyle.lab.showcase import is_showcase
from artstyle.lab.urls import BASE, below, local_path
from artstyle.lab.views import job_view, ratio
from artstyle.lab.words import ASSETS, LANGUAGES, language_of, script_words, translator
from artstyle.wording import word

HERE = Path(__file__).parent
NAMES = sorted(path.name for path in ASSETS.iterdir())
# of all assets together: scripts import each other, and so get the same version
DIGEST = hashlib.sha256(b"".join((ASSETS / name).read_bytes() for name in NAMES)).hexdigest()[:12]
FOREVER = f"max-age={YEAR}, immutable"


def setup(app: web.Application) -> None:
    """Load the templates into the application, and serve the assets."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        auto_reload=False,  # looking at the files each time would hold the event loop up
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = app[BASE]
    environment.globals.update(
        url=folder.__add__,
        asset=lambda name: f"{folder}{_asset(name)}",
        example_url=lambda example: f"{folder}{_example(example)}",
        version=__version__,
        job_view=job_view,
        ratio=ratio,
        showcased=is_showcase,
        date=lambda seconds: time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds)),
        iso=lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds"),
        languages=LANGUAGES,
        word=word,
    )
    app.add_routes(below(folder, [web.get("/assets/{version}/{name}", _send_asset)]))


def page(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    """Render a page with the values that all pages need."""
    queue, language = request.app.get(QUEUE), language_of(request)
    common = {
        "may_change": may_change(request),
        "held": queue.pause.reason if queue else None,
        "language": language,
        "t": translator(language),
        "script_words": script_words(language),
        "is_mine": partial(is_mine, request),
    }
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
    """The path of an asset, which changes with the content of any."""
    return f"/assets/{DIGEST}/{name}"


def _example(example: Example) -> str:
    """The path of an example's picture, which changes with the picture."""
    return f"/examples/{example.name}.webp?v={example.key[:12]}"


async def _send_asset(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in NAMES:
        raise NotFound
    known = request.match_info["version"] == DIGEST
    cache = f"public, {FOREVER}" if known else "no-cache"
    return asset(request, ASSETS / name, cache)


async def send(path: Path, headers: dict[str, str]) -> web.StreamResponse:
    """Send a job's file; raises `NotFound` while it doesn't exist."""
    if not await asyncio.to_thread(path.is_file):
        raise NotFound
    return web.FileResponse(path, headers=headers)
