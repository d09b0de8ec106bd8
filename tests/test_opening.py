"""When the lab makes a token, and what it prints at its start."""

import socket
from pathlib import Path

import pytest

from artstyle.lab.opening import policy, start_line
from artstyle.lab.public_url import NOWHERE_ELSE, PublicUrl

ART = PublicUrl("https://art.example.org/art")


def test_for_this_machine_alone_there_is_no_token(tmp_path: Path) -> None:
    for names, url in (([], NOWHERE_ELSE), (["localhost"], PublicUrl("http://127.0.0.1:9000"))):
        made = policy("127.0.0.1", names, url, tmp_path, shared=False)
        assert made.token is None and not (tmp_path / "token").exists()
    line = start_line(policy("::1", [], NOWHERE_ELSE, tmp_path, shared=False), 80)
    assert line == (
        "lab: http://[::1]:80 (only for this machine; --host 0.0.0.0 opens it to others, "
        "behind a proxy set AST_URL)"
    )


@pytest.mark.parametrize(
    ("host", "names", "url", "shared"),
    [
        ("127.0.0.1", [], ART, False),
        ("127.0.0.1", ["art.example.org"], NOWHERE_ELSE, False),
        ("127.0.0.1", ["192.0.2.1"], NOWHERE_ELSE, False),
        ("127.0.0.1", [], NOWHERE_ELSE, True),
        ("0.0.0.0", [], NOWHERE_ELSE, False),
    ],
)
def test_where_others_may_come_there_is_one(
    tmp_path: Path, host: str, names: list[str], url: PublicUrl, shared: bool
) -> None:
    made = policy(host, names, url, tmp_path, shared=shared)
    assert made.token == (tmp_path / "token").read_text().strip()
    name = socket.gethostname() if host == "0.0.0.0" else host
    address = url.text or f"http://{name}:81"
    assert start_line(made, 81).startswith(f"lab: {address}/?token={made.token}\n")


def test_the_name_in_the_address_is_served(tmp_path: Path) -> None:
    assert policy("127.0.0.1", [], ART, tmp_path, shared=False).serves("Art.example.org")
