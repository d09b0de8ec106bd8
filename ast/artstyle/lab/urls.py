"""Addresses within the lab, which may be a folder of another site, as https://host/art/.

Handlers name a path of the lab (``/jobs/1``) and write ``url(request, "/jobs/1")`` wherever a
browser or a program reads it. In templates it is ``url("/jobs/1")``; scripts put the value of
``data-base`` on ``<body>`` in front: ``document.body.dataset.base + "/jobs/1"``. What `job_view`
and the live updates name are paths of the lab, so their readers add the folder.

Every route also answers below the folder, so a proxy may take it off or leave it on.
"""

from collections.abc import Iterable

from aiohttp import web

BASE = web.AppKey("base", str)  # "/art", or empty where the lab has a name of its own


def base(request: web.Request) -> str:
    return request.config_dict.get(BASE, "")


def url(request: web.Request, path: str) -> str:
    """The address of a path of the lab, as browsers know it."""
    return base(request) + path


def local_path(request: web.Request) -> str:
    """The path of the lab that a request asks for, with or without the folder."""
    folder = base(request)
    path = request.path
    return path.removeprefix(folder) if folder and path.startswith(f"{folder}/") else path


def below(folder: str, routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    """The same routes, and again below the folder."""
    once = list(routes)
    if not folder:
        return once
    again = [
        web.RouteDef(each.method, folder + each.path, each.handler, each.kwargs) for each in once
    ]
    return once + again


async def enter(request: web.Request) -> web.StreamResponse:
    """GET /art: its links need the slash."""
    raise web.HTTPPermanentRedirect(url(request, "/"))
