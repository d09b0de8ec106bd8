"""Which jobs the gallery shows, in which order, on which page."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from artstyle.jobs import Job, JobQueue, JobStatus
from artstyle.lab.showcase import is_showcase
from artstyle.lab.views import title

PAGE = 48  # cards
SHOWN = ("mine", "all", "starred")
STATES = {"done": {JobStatus.DONE}, "unfinished": {JobStatus.QUEUED, JobStatus.RUNNING}}
STATES["ended"] = {JobStatus.FAILED, JobStatus.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a visitor wants to see of the gallery; empty fields take everything."""

    show: str = ""  # of `SHOWN`
    q: str = ""  # what titles contain
    by: str = ""  # a painting's name
    state: str = ""  # of `STATES`

    def takes(self, job: Job, *, mine: bool, language: str) -> bool:
        return (
            (self.show != "mine" or mine)
            and (self.show != "starred" or job.starred)
            and self.q.casefold() in title(job, language).casefold()
            and (not self.by or self.by in (each.name for each in job.request.styles))
            and (not self.state or job.status in STATES[self.state])
        )

    @property
    def narrow(self) -> bool:
        """Whether it leaves out more than other people's pictures."""
        return bool(self.q or self.by or self.state)

    def query(self, **changes: object) -> str:
        """It as the query of an address, with changes; empty where there is nothing to say."""
        names = ("show", "q", "by", "state")
        values = {**{name: getattr(self, name) for name in names}, **changes}
        found = urlencode({name: value for name, value in values.items() if value})
        return f"?{found}" if found else ""


def ordered(queue: JobQueue, *, private: bool) -> list[Job]:
    """Visitors' jobs, the newest first, then the showcase: no job ever changes its place.

    Private jobs are included only if asked for.
    """
    jobs = [job for job in queue.all() if private or not job.request.private]
    visitors = [job for job in reversed(jobs) if not is_showcase(job)]
    return visitors + [job for job in jobs if is_showcase(job)]


def page_count(jobs: Sequence[Job]) -> int:
    return max(1, -(-len(jobs) // PAGE))


def on_page(jobs: Sequence[Job], number: int) -> Sequence[Job]:
    """The jobs of a page, from 1."""
    return jobs[(number - 1) * PAGE : number * PAGE]
