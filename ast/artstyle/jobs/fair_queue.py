"""Who is next: owners take turns, so that many jobs of one don't delay another's first.

Jobs for idle times come after everybody's.
"""

from collections import OrderedDict, deque

from artstyle.jobs.job import Job

Lines = OrderedDict[str, deque[Job]]  # the waiting jobs by owner, the next owner first


class FairQueue:
    """The jobs that wait, in the order in which they will run."""

    def __init__(self) -> None:
        self._lines: Lines = OrderedDict()
        self._idle: Lines = OrderedDict()

    def add(self, job: Job) -> None:
        """Add a job behind its owner's others; a new owner comes after the other owners."""
        self._lines_of(job).setdefault(job.owner, deque()).append(job)

    def put_back(self, job: Job) -> None:
        """Put a job that had its turn before all others, or before all others for idle times."""
        lines = self._lines_of(job)
        lines.setdefault(job.owner, deque()).appendleft(job)
        lines.move_to_end(job.owner, last=False)

    def discard(self, job: Job) -> None:
        lines = self._lines_of(job)
        line = lines.get(job.owner, deque())
        if job in line:
            line.remove(job)
            if not line:
                del lines[job.owner]

    def peek(self) -> Job | None:
        return next((line[0] for line in (self._lines or self._idle).values()), None)

    def pop(self) -> Job:
        """Remove the next job; its owner's turn comes again after the others."""
        lines = self._lines or self._idle
        owner, line = next(iter(lines.items()))
        job = line.popleft()
        if line:
            lines.move_to_end(owner)
        else:
            del lines[owner]
        return job

    def order(self) -> list[Job]:
        """All jobs in the order in which they will run if no other is added."""
        return [job for lines in (self._lines, self._idle) for job in _in_turns(lines)]

    def _lines_of(self, job: Job) -> Lines:
        return self._idle if job.request.idle else self._lines


def _in_turns(lines: Lines) -> list[Job]:
    rows = [list(line) for line in lines.values()]
    longest = max(map(len, rows), default=0)
    return [row[turn] for turn in range(longest) for row in rows if turn < len(row)]
