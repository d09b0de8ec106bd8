"""Who sent a request that came through a proxy.

Only proxies that config.py trusts are believed, and only their X-Forwarded-For and
X-Forwarded-Proto: all common proxies write these, while some pass on a visitor's own Forwarded.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from artstyle.errors import ArgumentError
from artstyle.lab.addresses import parse

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What proxies add. A browser on this machine sends none of it.
TRACES = (
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"),
    *("X-Forwarded-Server", "X-Forwarded-Port", "X-Real-IP", "Via"),
)
HTTP_1_1 = (1, 1)  # every browser's; nginx asks with 1.0 unless it is configured
HOPS = 20  # more are none of a real request


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The networks of the proxies in front of the lab."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, texts: Sequence[str]) -> Self:
        """From addresses and networks as in config.py; raises `ArgumentError`."""
        try:
            return cls(tuple(ipaddress.ip_network(text) for text in texts))
        except ValueError as error:
            raise ArgumentError(
                f"TRUSTED_PROXIES in config.py must list addresses or networks, like "
                f'"127.0.0.1" or "10.0.0.0/8": {error}'
            ) from error

    def __contains__(self, name: object) -> bool:
        """Whether this is the address of one of them."""
        address = parse(name) if isinstance(name, str) else None
        return address is not None and any(address in network for network in self.networks)

    def client(self, request: web.BaseRequest) -> str | None:
        """The address of the visitor: the last one before the proxies."""
        client = request.remote
        for name in reversed(_listed(request, "X-Forwarded-For")):
            if client not in self or parse(name) is None:
                break
            client = name
        return client

    def https(self, request: web.BaseRequest) -> bool:
        """Whether the visitor's browser speaks HTTPS with the proxy."""
        said = _listed(request, "X-Forwarded-Proto") if request.remote in self else []
        return request.secure or said[-1:] == ["https"]


PROXIES = web.AppKey("proxies", TrustedProxies)
NONE = TrustedProxies()


def remote(request: web.Request) -> str | None:
    """The visitor's address, also behind a proxy that is trusted."""
    return proxies(request).client(request)


def proxies(request: web.Request) -> TrustedProxies:
    return request.config_dict.get(PROXIES, NONE)


def through_a_proxy(request: web.BaseRequest) -> bool:
    """Whether something shows that the request didn't come straight from a browser."""
    return request.version < HTTP_1_1 or any(name in request.headers for name in TRACES)


def _listed(request: web.BaseRequest, header: str) -> list[str]:
    """The values of a header that lists them, without ports, the last hop's last."""
    text = ",".join(request.headers.getall(header, []))
    return [_without_port(each.strip()) for each in text.split(",")[-HOPS:]]


def _without_port(address: str) -> str:
    """Azure's proxies write ``192.0.2.1:4711`` and ``[2001:db8::1]:4711``."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
