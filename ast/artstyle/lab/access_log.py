"""The log of requests."""

import logging
from urllib.parse import quote

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger


class AccessLog(AbstractAccessLogger):
    """One short line for each request, without the query, which may hold the token."""

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        words = request.method, printable_path(request), response.status, 1000 * time
        self.logger.info("%s %s %d %.0f ms", *words)


def printable_path(request: web.BaseRequest) -> str:
    """The path without the query; unusual bytes in it are percent-encoded."""
    path = request.rel_url.raw_path
    return quote(path, safe="/%:@!$&'()*+,;=~", errors="surrogateescape")
