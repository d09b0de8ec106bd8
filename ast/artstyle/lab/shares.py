"""Places of which there are few, divided between clients so that none takes them all."""

from collections import Counter
from collections.abc import Container, Iterator
from contextlib import contextmanager

from artstyle.errors import ArtstyleError
from artstyle.lab import addresses


class Shares:
    """Counts the places in use, in all and by each client.

    A client gets ``each`` of the ``total``. Those of ``many`` get all, and so does loopback:
    behind a proxy there, everybody comes from it.
    """

    def __init__(self, total: int, each: int, many: Container[str] = ()) -> None:
        self._total, self._many = total, many
        self._each = min(each, total)
        self._used: Counter[str] = Counter()
        self._all = 0  # the sum, which is asked for often

    def full(self) -> bool:
        return self._all >= self._total

    def full_for(self, client: str) -> bool:
        """Whether a client, as `addresses.client` names it, has its share."""
        many = addresses.is_loopback(client) or client in self._many
        most = self._total if many else self._each
        return self._used[client] >= most

    def used(self, client: str) -> int:
        return self._used[client]

    def take(self, client: str) -> None:
        self._used[client] += 1
        self._all += 1

    def give_back(self, client: str) -> None:
        self._all -= 1
        self._used[client] -= 1
        if not self._used[client]:
            del self._used[client]

    @contextmanager
    def taken(self, remote: str | None, refusal: type[ArtstyleError]) -> Iterator[None]:
        """Take a place for a client; raises the refusal where none is left."""
        client = addresses.client(remote)
        if self.full() or self.full_for(client):
            raise refusal
        self.take(client)
        try:
            yield
        finally:
            self.give_back(client)
