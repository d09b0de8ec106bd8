"""Which albums are accepted, before any of their pictures is downloaded."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from artstyle.bot.speakers import owner
from artstyle.bot.statistics import recent
from artstyle.errors import DailyFull, OwnerFull, QueueFull
from artstyle.jobs import JobQueue


class Admission:
    """Refuses what the queue would refuse, with the albums counted that aren't jobs yet."""

    def __init__(
        self, queue: JobQueue, daily: int | None = None, exempt: frozenset[int] = frozenset()
    ) -> None:
        self._queue, self._daily, self._exempt = queue, daily, exempt
        self._coming: Counter[int] = Counter()  # by user

    @contextmanager
    def admitted(self, user: int) -> Iterator[None]:
        """Count an album until it is a job; raises a `QueueError`."""
        self.check(user)
        self._coming[user] += 1
        try:
            yield
        finally:
            self._coming[user] -= 1
            self._coming += Counter()  # forget those of whom nothing comes

    def check(self, user: int) -> None:
        """Raise a `QueueError` if nothing more of a user is accepted now."""
        limits = self._queue.limits
        waiting = Counter(job.owner for job in self._queue.all() if not job.status.ended)
        if waiting.total() + self._coming.total() >= limits.unfinished:
            raise QueueFull(limits.unfinished)
        if waiting[owner(user)] + self._coming[user] >= limits.per_owner:
            raise OwnerFull(limits.per_owner)
        if self._daily is None or user in self._exempt:
            return
        if recent(self._queue.all(), owner(user)) + self._coming[user] >= self._daily:
            raise DailyFull(self._daily)
