"""Connections: how many may be open, in all and for each client."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.lab_sockets import FORM, STREAM, served

from artstyle.lab import addresses, live
from artstyle.lab.connections import Connections
from artstyle.lab.headers import HEADERS
from artstyle.lab.shares import Shares


@dataclass(eq=False)
class Silent:
    """A connection that does nothing."""

    client: str
    aborted: bool = field(default=False)

    def abort(self) -> None:
        self.aborted = True


def silent(connections: Connections, client: str, number: int) -> list[Silent]:
    made = [Silent(client) for _ in range(number)]
    assert all(map(connections.admit, made))
    return made


def test_the_longest_idle_connection_makes_room() -> None:
    connections = Connections(4)
    first, second, third, fourth = silent(connections, "127.0.0.1", 4)
    connections.busy(first)
    connections.busy(second)
    connections.idle(second)  # now for less time than the third
    assert connections.admit(Silent("192.0.2.1"))
    assert [each.aborted for each in (first, second, third, fourth)] == [False, False, True, False]


def test_where_all_are_busy_a_new_connection_is_refused() -> None:
    connections = Connections(2)
    for each in silent(connections, "127.0.0.1", 2):
        connections.busy(each)
    assert not connections.admit(Silent("192.0.2.1"))


def test_a_client_has_a_fourth_and_then_closes_its_own_connections() -> None:
    connections = Connections(8)
    others = silent(connections, "192.0.2.1", 2)
    own = silent(connections, "192.0.2.2", 2)
    assert connections.admit(Silent("192.0.2.2"))
    assert [each.aborted for each in (*others, *own)] == [False, False, True, False]
    connections.busy(own[1])
    newest = silent(connections, "192.0.2.2", 1)
    connections.busy(newest[0])
    assert not connections.admit(Silent("192.0.2.2"))


def test_who_leaves_frees_the_place_once() -> None:
    connections = Connections(4)
    one, *_ = silent(connections, "192.0.2.1", 1)
    for _ in range(3):
        connections.leave(one)
    connections.idle(one)  # the end of its last answer
    more = silent(connections, "192.0.2.2", 1) + silent(connections, "127.0.0.1", 3)
    assert not any(each.aborted for each in (one, *more))
    connections.relieve()
    assert all(each.aborted for each in more) and not one.aborted


def test_a_household_is_one_client() -> None:
    same = {"2001:db8:0:1::1", "2001:db8:0:1:ffff::2"}
    assert {addresses.client(each) for each in same} == {"2001:db8:0:1::/64"}
    assert addresses.client("2001:db8:0:2::1") == "2001:db8:0:2::/64"
    assert addresses.client("::ffff:192.0.2.1") == "192.0.2.1"
    assert addresses.client("::1") == "::1" and addresses.client(None) == "None"


def test_loopback_may_have_all_places_and_others_their_share() -> None:
    shares = Shares(4, each=1)
    for client, full in (("192.0.2.1", True), ("127.0.0.1", False), ("::1", False)):
        shares.take(client)
        assert shares.full_for(client) is full
    assert not shares.full()
    shares.give_back("192.0.2.1")
    assert not shares.full_for("192.0.2.1")


async def test_silent_connections_keep_nobody_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path, connections=20) as lab:
        for _ in range(60):
            await lab.open()
        assert await lab.status() == b"200"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "too many connections (20, 20 from 127.0.0.1)" in caplog.text


async def test_where_all_are_busy_the_answer_says_so_with_the_headers(tmp_path: Path) -> None:
    async with served(tmp_path, connections=4) as lab:
        await lab.streams(1)
        for _ in range(3):
            reader, _ = await lab.open(FORM)
            assert (await reader.readline()).split()[1] == b"100"
        reader, _ = await lab.open()
        answer = (await reader.read()).decode()
    assert answer.startswith("HTTP/1.1 503 ") and answer.endswith("try again in a moment.\n")
    lines = answer.split("\r\n")
    assert {f"{name}: {value}" for name, value in HEADERS.items()} <= {*lines}
    assert {"Retry-After: 10", "Connection: close"} <= {*lines}


async def test_streams_have_a_share_of_the_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECK", 0.01)
    async with served(tmp_path, connections=16) as lab:
        await lab.streams(4)
        reader, _ = await lab.open(STREAM)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: 10\r\n" in head
        assert await lab.status() == b"200"
        lab.opened[0].close()
        while await lab.status(STREAM) != b"200":  # until the lab has noticed
            pass


async def test_a_client_has_a_share_of_the_streams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "is_loopback", lambda client: False)
    async with served(tmp_path, connections=32) as lab:
        await lab.streams(2)
        assert await lab.status(STREAM) == b"503"
        await lab.streams(2, source="127.0.0.2")
