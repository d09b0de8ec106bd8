"""How the lab opens: its access policy, and the line that says where it is."""

import socket
from collections.abc import Iterable
from pathlib import Path

from artstyle.lab.access import AccessPolicy
from artstyle.lab.addresses import is_loopback
from artstyle.lab.public_url import PublicUrl
from artstyle.lab.token_file import load_token


def policy(
    host: str, names: Iterable[str], url: PublicUrl, folder: Path, *, shared: bool
) -> AccessPolicy:
    """The policy, with the folder's token wherever others may come; blocks.

    ``names`` are more hosts; ``shared`` says that others come in any case, through a bot or a
    trusted proxy. Raises `OutputError`.
    """
    hosts = frozenset(names) | ({url.host} if url.host else set())
    closed = AccessPolicy(host, None, hosts, url)
    # who configures another name has a proxy in front, or a tunnel: others come from there
    if closed.open_to_others or shared or not all(map(is_loopback, hosts)):
        return AccessPolicy(host, load_token(folder), hosts, url)
    return closed


def start_line(policy: AccessPolicy, port: int) -> str:
    """What is printed once the lab serves this port."""
    name = f"[{policy.host}]" if ":" in policy.host else policy.host
    if policy.token is None:
        here = policy.url.text or f"http://{name}:{port}"
        return (
            f"lab: {here} (only for this machine; --host 0.0.0.0 opens it to others, "
            "behind a proxy set AST_URL)"
        )
    if name in ("0.0.0.0", "[::]"):  # browsers can't open these
        name = socket.gethostname()
    return (
        f"lab: {policy.url.text or f'http://{name}:{port}'}/?token={policy.token}\n"
        "lab: this link allows viewing and changing everything; without it, visitors can only look"
    )
