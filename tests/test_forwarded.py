"""The visitor's address behind trusted proxies, and the traces that proxies leave."""

import pytest
from aiohttp import HttpVersion10, web
from aiohttp.test_utils import make_mocked_request

from artstyle.errors import ArgumentError
from artstyle.lab.forwarded import TRACES, TrustedProxies, through_a_proxy

PROXIES = TrustedProxies.read(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


def request(peer: str, forwarded: str | None = None, proto: str | None = None) -> web.Request:
    given = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": proto}
    headers = {name: value for name, value in given.items() if value is not None}
    return make_mocked_request("GET", "/", headers=headers).clone(remote=peer)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "198.51.100.9, 192.0.2.1", "192.0.2.1"),  # the visitor wrote the first
        ("127.0.0.1", "192.0.2.1, 10.1.2.3", "192.0.2.1"),  # two proxies
        ("127.0.0.1", "10.9.9.9, 10.1.2.3", "10.9.9.9"),  # somebody in the proxies' own network
        ("127.0.0.1", "192.0.2.1:4711", "192.0.2.1"),
        ("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("fd00::1", "192.0.2.1", "192.0.2.1"),
        ("::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.1, ", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("192.0.2.7", "192.0.2.1", "192.0.2.7"),  # not a proxy that is trusted
        ("127.0.0.1", ", ".join(["10.0.0.1"] * 500), "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_hop_before_the_proxies(
    peer: str, forwarded: str, client: str
) -> None:
    assert PROXIES.client(request(peer, forwarded)) == client


def test_without_a_header_it_is_the_peer() -> None:
    assert PROXIES.client(request("127.0.0.1")) == "127.0.0.1"
    assert PROXIES.client(request("192.0.2.7")) == "192.0.2.7"


def test_https_is_what_the_last_proxy_says() -> None:
    assert PROXIES.https(request("127.0.0.1", proto="https"))
    assert PROXIES.https(request("127.0.0.1", proto="http, https"))
    assert not PROXIES.https(request("127.0.0.1", proto="https, http"))
    assert not PROXIES.https(request("127.0.0.1"))
    assert not PROXIES.https(request("192.0.2.7", proto="https"))


def test_a_browser_here_leaves_no_trace_of_a_proxy() -> None:
    assert not through_a_proxy(make_mocked_request("GET", "/"))
    assert through_a_proxy(make_mocked_request("GET", "/", version=HttpVersion10))
    for name in TRACES:
        assert through_a_proxy(make_mocked_request("GET", "/", headers={name.lower(): "x"}))


@pytest.mark.parametrize("text", ["proxy", "10.0.0.1/8", "10.0.0.0/40", ""])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"^TRUSTED_PROXIES in config\.py must list addresses"):
        TrustedProxies.read([text])
