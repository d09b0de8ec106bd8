"""Pages from templates, and the files that go with them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web
from jinja2 import StrictUndefined

from artstyle import __version__
from artstyle.lab import words
from artstyle.lab.safety import may_change

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
YEAR = 365 * 24 * 3600


def setup(app: web.Application) -> None:
    """Make the templates known to the application, and serve the assets."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        asset=_asset,
        version=__version__,
        words=words.words,
        SETTINGS=words.SETTINGS,
        DEFAULTS=words.DEFAULTS,
    )
    app.router.add_get("/assets/{name}", _send_asset)


def page(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    """Render a page with what all pages need."""
    common = {"may_change": may_change(request), "notice": None, "live_url": None}
    response = aiohttp_jinja2.render_template(
        template, request, {**common, **context}, status=status
    )
    response.headers["Cache-Control"] = "no-cache"
    return response


def wants_json(request: web.Request) -> bool:
    """Tell whether whoever asks is a program rather than a browser."""
    return request.path.startswith("/api/") or "application/json" in request.headers.get(
        "Accept", ""
    )


def _asset(name: str) -> str:
    """Give the address of an asset, another one whenever its content is another."""
    return f"/assets/{name}?v={_digests()[name]}"


@cache
def _digests() -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in ASSETS.iterdir()
    }


async def _send_asset(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in _digests():
        raise web.HTTPNotFound
    # the scripts import each other without a version, so they are asked for each time
    known = "v" in request.query
    cache_control = f"public, max-age={YEAR}, immutable" if known else "no-cache"
    return web.FileResponse(ASSETS / name, headers={"Cache-Control": cache_control})
