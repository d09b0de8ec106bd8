"""The addresses of clients and hosts."""

import ipaddress

IPV6_PREFIX = 64  # bits; a household has all addresses that begin with the same ones


def parse(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host's name is, also in brackets; None for other names."""
    try:
        address = ipaddress.ip_address(bare(name))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def bare(name: str) -> str:
    return name.strip("[]").lower()


def is_loopback(name: str) -> bool:
    address = parse(name)
    return address.is_loopback if address else name.lower() == "localhost"


def client(remote: str | None) -> str:
    """What counts as one client: an IPv4 address, or the network of an IPv6 address."""
    address = parse(remote or "")
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.ip_network((int(address), IPV6_PREFIX), strict=False))
    return str(address or remote)
