"""The security headers of every answer."""

from collections.abc import Mapping

from aiohttp import web

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' blob:; media-src 'self' blob:; style-src 'self'; "
        "script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Keeps the link's token from other sites. no-referrer would do so too, but with it
    # browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), usb=()",
    "Server": "artstyle",  # instead of the versions of Python and aiohttp
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add them; an ``on_response_prepare`` signal."""
    response.headers.update(HEADERS)
    if response.headers.get("Connection") == "close":  # aiohttp sends it but doesn't obey it
        response.force_close()
