"""How many connections may be open, in all and for each client.

Where there are too many, the one that has had no request for the longest time makes room, so
silent connections keep nobody out. Only where all are busy is a new one refused.
"""

import logging
from collections import OrderedDict, defaultdict
from typing import Protocol

from artstyle.lab import addresses
from artstyle.lab.forwarded import NONE, TrustedProxies
from artstyle.lab.shares import Shares
from artstyle.lab.sparse_log import SparseLog

SHARE = 4  # a client gets a fourth: a hundred people may come from one office's address
AT_ONCE = 16  # connections that are closed when files run out

log = SparseLog(logging.getLogger(__name__))


class Counted(Protocol):
    """A connection as it is counted."""

    client: str

    def abort(self) -> None: ...


Idle = OrderedDict[Counted, None]  # those without a request, the longest first


class Connections:
    """Admits connections and knows which of them are idle."""

    def __init__(self, total: int, proxies: TrustedProxies = NONE) -> None:
        self._proxies = proxies
        self._places = Shares(total, max(1, total // SHARE), proxies)
        self._open: set[Counted] = set()
        self._idle: Idle = OrderedDict()
        self._idle_of: defaultdict[str, Idle] = defaultdict(OrderedDict)

    def client(self, peer: str | None) -> str:
        """Whose connection it is: a proxy's own, or that of all who count as one client."""
        return peer if peer and peer in self._proxies else addresses.client(peer)

    def admit(self, new: Counted) -> bool:
        """Count a new connection, without a request yet; False where there is no room for it."""
        client = new.client
        if self._places.full_for(client):
            room = self._make_room(client, self._idle_of.get(client))
        else:
            room = not self._places.full() or self._make_room(client, self._idle)
        if room:
            self._places.take(client)
            self._open.add(new)
            self.idle(new)
        return room

    def idle(self, connection: Counted) -> None:
        """A connection waits for its next request."""
        if connection in self._open:
            self._idle[connection] = self._idle_of[connection.client][connection] = None

    def busy(self, connection: Counted) -> None:
        """A connection has a request."""
        self._idle.pop(connection, None)
        if of_client := self._idle_of.get(connection.client):
            of_client.pop(connection, None)
            if not of_client:
                del self._idle_of[connection.client]

    def leave(self, connection: Counted) -> None:
        """A connection is closed, or about to be."""
        if connection in self._open:
            self.busy(connection)
            self._open.remove(connection)
            self._places.give_back(connection.client)

    def relieve(self) -> None:
        """Close some idle connections, because the process has too many open files."""
        for _ in range(AT_ONCE):
            self._close_longest(self._idle)

    def _make_room(self, client: str, idle: Idle | None) -> bool:
        counts = len(self._open), self._places.used(client), client
        log.warning("too many connections (%d, %d from %s): closing idle ones first", *counts)
        return self._close_longest(idle)

    def _close_longest(self, idle: Idle | None) -> bool:
        if not idle:
            return False
        longest = next(iter(idle))
        self.leave(longest)
        longest.abort()
        return True
