"""What the API answers, as records: they are encoded as JSON, and their schemas documented."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType

from artstyle import jobs
from artstyle.jobs import EventKind, Failure, JobEvent, JobState, JobStatus
from artstyle.lab.views import PHASES, title
from artstyle.pictures.messages import Length
from artstyle.progress import LossParts
from artstyle.wording import word

MOST = 100  # jobs that are named at once
Time = Annotated[datetime, Meta(tz=True)]


class Picture(Struct):
    name: str
    width: int
    height: int
    missing: float | None  # the share of its rows that the file, cut off, didn't have
    length: Length | None  # of a clip


class Loss(Struct):
    content: float
    style: float
    tv: float
    total: float


class Level(Struct):
    width: int
    height: int
    loss: Loss


class Progress(Struct):
    percent: float
    iteration: int
    iterations: int
    stage: int
    stages: int
    width: int
    height: int
    loss: Loss
    levels: list[Level]
    seconds: float
    seconds_left: float
    note: str | None
    frame: int | None  # of a clip, the one that is being painted
    frames: int | None  # how many it has, about


class Links(Struct, rename={"job": "self"}):
    job: str
    events: str
    page: str
    preview: str | None
    result: str | None


class Job(Struct):
    """A job; what isn't known yet is null."""

    id: str
    title: str
    mine: bool  # whether this browser or address submitted it
    starred: bool
    state: str
    position: int | None
    starts_in: float | None  # seconds until it is expected to start, while it waits
    held: str | None  # why nothing moves, while the queue is paused
    preset: str | None
    settings: dict[str, Any]
    network: str | None
    content: Picture
    style: Picture
    paintings: list[Picture]  # all of them, ``style`` first
    mask: Picture | None  # where the photo is painted
    style_masks: list[Picture]  # where each painting is used, if there are any
    created: Time
    started: Time | None
    ended: Time | None
    expires: Time | None  # when it is removed, at the latest if the lab runs until then
    progress: Progress | None
    milestones: list[int]
    moves: int
    reason: str | None
    failure: Failure | None
    links: Links


class Star(Struct, forbid_unknown_fields=True):
    on: bool


class Title(Struct, forbid_unknown_fields=True):
    title: Annotated[str, Meta(max_length=1000)]


class Ids(Struct, forbid_unknown_fields=True):
    ids: list[str]


class Removed(Struct):
    """Jobs that are removed; they can be restored for so many seconds."""

    removed: list[str]
    seconds: float


class Restored(Struct):
    restored: list[str]


class Checked(Struct):
    """Whether a picture will be taken: its size if the beginning shows it, or what is wrong."""

    ok: bool
    width: int | None = None
    height: int | None = None
    error: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    data: dict[str, Any] | UnsetType = UNSET


class Jobs(Struct):
    total: int
    jobs: list[Job]


class Health(Struct):
    """``ok``, or ``paused`` with the reason, which may also be that there is no worker."""

    status: str
    jobs: dict[str, int]
    reason: str | None = None
    code: str | None = None


class Problem(Struct, omit_defaults=True):
    """What is wrong, as RFC 9457 has it; ``errors`` are the sentences by field of a form."""

    type: str  # leads to the code's row on the page about the API
    title: str
    status: int
    detail: str
    error: str  # the same as ``detail``
    code: str
    data: dict[str, Any]
    errors: dict[str, str] = {}


class Sample(Struct):
    name: str
    title: str
    picture: str


class Samples(Struct):
    """What ``content_sample``, and ``style_sample`` and its like, may be."""

    content: list[Sample]
    style: list[Sample]


class Preset(Struct):
    name: str
    title: str
    help: str
    settings: dict[str, Any]  # those that it sets


class Presets(Struct):
    default: str
    presets: list[Preset]


class QueuedEvent(Struct):
    position: int | None


class RunningEvent(Struct):
    progress: Progress | None
    preview: int
    doing: str | None
    moves: int


class MilestoneEvent(Struct):
    percent: int | None


class FailedEvent(Struct):
    reason: str | None
    failure: Failure | None


class EndEvent(Struct):
    """Says nothing more."""


Event = QueuedEvent | RunningEvent | MilestoneEvent | FailedEvent | EndEvent
EVENTS: Mapping[EventKind, type[Event]] = {
    EventKind.QUEUED: QueuedEvent,
    EventKind.RUNNING: RunningEvent,
    EventKind.MILESTONE: MilestoneEvent,
    EventKind.DONE: EndEvent,
    EventKind.FAILED: FailedEvent,
    EventKind.CANCELLED: EndEvent,
    EventKind.SUSPENDED: EndEvent,
}


def respond(
    value: Any,
    status: int = 200,
    headers: dict[str, str] | None = None,
    kind: str = "application/json",
) -> web.Response:
    text = msgspec.json.encode(value).decode()
    return web.json_response(text=text, status=status, headers=headers, content_type=kind)


def job_json(
    job: jobs.Job, folder: str = "", *, mine: bool = False, expires: float | None = None
) -> Job:
    """A job's record; ``folder`` is that of the lab in its site."""
    request, state = job.request, job.state
    return Job(
        id=job.id,
        title=job.title or title(job),
        mine=mine,
        starred=job.starred,
        state=str(job.status),
        position=job.position if job.status is JobStatus.QUEUED else None,
        starts_in=None if job.starts_in is None else round(job.starts_in, 1),
        held=word(job.held) if job.held else None,
        preset=request.preset,
        settings=(state.used or request.settings).as_dict(),
        network=state.network,
        content=_picture(request.content),
        style=_picture(request.style),
        paintings=[_picture(each) for each in request.styles],
        mask=_picture(request.further["mask"]) if "mask" in request.further else None,
        style_masks=[_picture(each) for each in request.style_masks],
        created=datetime.fromtimestamp(request.created, UTC),
        started=_time(state.started),
        ended=_time(state.ended),
        expires=_time(expires),
        progress=_progress(state),
        milestones=job.milestones,
        moves=state.moves,
        reason=_reason(state.failure),
        failure=_told(state.failure),
        links=_links(job, folder),
    )


def _links(job: jobs.Job, folder: str) -> Links:
    here, page = f"{folder}/api/jobs/{job.id}", f"{folder}/jobs/{job.id}"
    number = job.state.preview
    return Links(
        job=here,
        events=f"{here}/events",
        page=page,
        preview=f"{page}/pictures/preview?v={number}" if number else None,
        result=f"{here}/result" if job.status is JobStatus.DONE else None,
    )


def event_json(event: JobEvent) -> Event:
    state = event.state
    match event.kind:
        case EventKind.QUEUED:
            return QueuedEvent(event.position)
        case EventKind.RUNNING:
            doing = PHASES[state.phase] if state.phase else None
            return RunningEvent(_progress(state), state.preview, doing, state.moves)
        case EventKind.MILESTONE:
            return MilestoneEvent(event.percent)
        case EventKind.FAILED:
            return FailedEvent(_reason(state.failure), _told(state.failure))
    return EndEvent()


def _picture(source: jobs.Source) -> Picture:
    height, width = source.size
    return Picture(source.name, width, height, source.missing, source.length)


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _reason(failure: Failure | None) -> str | None:
    return word(failure.error()) if failure else None


def _told(failure: Failure | None) -> Failure | None:
    """A failure as this version stores it: older ones kept whole paths."""
    return Failure.of(failure.error()) if failure else None


def _progress(state: JobState) -> Progress | None:
    if (step := state.step) is None:
        return None
    levels = zip(step.sizes, step.levels, strict=True)
    return Progress(
        percent=round(step.percent, 2),
        iteration=step.iteration,
        iterations=step.iterations,
        stage=step.stage,
        stages=step.stages,
        width=step.size[1],
        height=step.size[0],
        loss=_loss(step.parts),
        levels=[Level(width, height, _loss(parts)) for (height, width), parts in levels],
        seconds=round(step.seconds, 3),
        seconds_left=round(step.seconds_left, 3),
        note=step.note,
        frame=state.frame or None,
        frames=state.frames or None,
    )


def _loss(parts: LossParts) -> Loss:
    return Loss(parts.content, parts.style, parts.tv, parts.total)
