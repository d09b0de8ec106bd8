"""What the viewer of a picture offers: the way it took, its neighbours, and further pictures."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aiohttp import web

from artstyle.jobs import Job, JobStatus
from artstyle.jobs.again import again
from artstyle.jobs.files import JobFiles
from artstyle.lab import form
from artstyle.lab.config import CONFIG, QUEUE
from artstyle.lab.lookup import visible
from artstyle.lab.owners import is_mine
from artstyle.lab.views import dimensions
from artstyle.lab.words import Translate, language_of, translator
from artstyle.style import pyramid
from artstyle.style.pyramid import Size

OTHERS = 24  # recent pictures that can be compared with


@dataclass(frozen=True, slots=True)
class Action:
    """A button that makes another picture of the same two."""

    name: str
    label: str
    help: str
    fields: Mapping[str, str]  # what it sends to the form
    refused: str = ""  # why it can't be used


async def viewing(request: web.Request, job: Job) -> dict[str, Any]:
    """What the template of the viewer needs besides the job."""
    t, files = translator(language_of(request)), request.app[QUEUE].files(job)
    done = [each for each in visible(request) if each.status is JobStatus.DONE]
    before, after = neighbours(job, [each for each in done if shown_beside(request, job, each)])
    names = dict(frames(job, t))
    return {
        "size": result_size(job),
        "before": before,
        "after": after,
        "others": list(islice((each for each in done if comparable(job, each)), OTHERS)),
        "frames": [
            {"name": name, "label": names[name], "version": version}
            for name, version in await asyncio.to_thread(written, files, names)
        ],
        "further": list(actions(job, request.app[CONFIG].defaults, t)),
    }


def shown_beside(request: web.Request, job: Job, other: Job) -> bool:
    """Whether the gallery shows both: visitors see their own pictures apart from all."""
    return is_mine(request, other) or not is_mine(request, job)


def comparable(job: Job, other: Job) -> bool:
    """Whether a picture can be laid over another one's: a clip can't."""
    return other is not job and other.request.length is None


def neighbours(job: Job, jobs: Sequence[Job]) -> tuple[Job | None, Job | None]:
    """The pictures before and after a job in the gallery; jobs that aren't there have none."""
    if job not in jobs:
        return None, None
    at = jobs.index(job)
    return (jobs[at - 1] if at else None), (jobs[at + 1] if at + 1 < len(jobs) else None)


def result_size(job: Job) -> Size:
    """(height, width) of the result, also before there is one."""
    if job.state.step is not None:
        return job.state.step.size
    return _stages(job)[-1].size


def frames(job: Job, t: Translate) -> Iterable[tuple[str, str]]:
    """The pictures on the way and what to call them, the last one at the end."""
    yield "start", t("Start")
    stages, done = _stages(job), job.status is JobStatus.DONE
    for number, stage in enumerate(stages[: job.state.stages], 1):
        if not (done and number == len(stages)):  # that is the result
            yield f"stage-{number}", dimensions(stage.size)
    for percent in job.milestones:
        if percent < 100:
            yield f"snapshot-{percent}", f"{percent} %"
    yield "preview", t("Result") if done else t("Now")


def written(files: JobFiles, names: Iterable[str]) -> list[tuple[str, int]]:
    """Those of the pictures that exist, in the order in which they were made, and when."""
    found = []
    for place, name in enumerate(names):
        path = files.picture(name)
        try:
            made = path.stat().st_mtime_ns // 1_000_000 if path else 0
        except OSError:
            continue
        last = name == "preview"
        found.append(((last, made, place), name, made))
    return [(name, made) for _, name, made in sorted(found)]


def actions(job: Job, usual: Mapping[str, Any], t: Translate) -> Iterable[Action]:
    """The buttons under a finished picture."""
    asked = job.request.settings
    used = job.state.used or asked
    same = {"again": job.id, "title": job.title or ""}
    seed = str(asked.seed + 1) if "seed" in usual else ""  # the lab draws one where it is empty
    fields = {**same, **form.typed(asked, usual), "seed": seed}
    yield Action("variation", t("Variation"), t("The same with another seed"), fields)
    told = {
        "larger": (t("Larger"), t("Twice the size"), t("This is the largest size.")),
        "stronger": (
            t("Stronger"),
            t("Closer to the painting"),
            t("It can't come closer to the painting."),
        ),
        "weaker": (t("Weaker"), t("Closer to the photo"), t("It can't come closer to the photo.")),
    }
    for name, (label, help, reason) in told.items():
        changed = again(name, asked, used)
        refused = reason if changed in (None, asked) else ""
        fields = {**same, **form.typed(changed or asked, usual), "seed": str(asked.seed)}
        yield Action(name, label, help, fields, refused)


def _stages(job: Job) -> list[pyramid.Stage]:
    settings = job.state.used or job.request.settings.resolved("cpu")
    return pyramid.stages(job.request.content.size, settings)
