"""Who is next: owners take turns, so that many jobs of one don't delay another's first."""

from collections import OrderedDict, deque

from artstyle.jobs.job import Job


class FairQueue:
    """The jobs that wait, in the order in which they will run."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[Job]] = OrderedDict()  # the next owner first

    def add(self, job: Job) -> None:
        """Add a job behind its owner's others; a new owner comes after the other owners."""
        self._lines.setdefault(job.owner, deque()).append(job)

    def put_back(self, job: Job) -> None:
        """Put a job that had its turn before all others."""
        self._lines.setdefault(job.owner, deque()).appendleft(job)
        self._lines.move_to_end(job.owner, last=False)

    def discard(self, job: Job) -> None:
        line = self._lines.get(job.owner, deque())
        if job in line:
            line.remove(job)
            if not line:
                del self._lines[job.owner]

    def peek(self) -> Job | None:
        return next((line[0] for line in self._lines.values()), None)

    def pop(self) -> Job:
        """Remove the next job; its owner's turn comes again after the others."""
        owner, line = next(iter(self._lines.items()))
        job = line.popleft()
        if line:
            self._lines.move_to_end(owner)
        else:
            del self._lines[owner]
        return job

    def order(self) -> list[Job]:
        """All jobs in the order in which they will run if no other is added."""
        lines = [list(line) for line in self._lines.values()]
        longest = max(map(len, lines), default=0)
        return [line[turn] for turn in range(longest) for line in lines if turn < len(line)]
