"""What the pages show of a job.

A page is first made from these texts, and later updated with them, so its scripts only have to
copy them. This module doesn't need torch.
"""

from collections.abc import Sequence
from typing import Any

from artstyle import settings
from artstyle.errors import ArtstyleError
from artstyle.jobs import Job, JobStatus, Phase, Source
from artstyle.lab.words import translate, translator
from artstyle.style.pyramid import Size, Stage
from artstyle.wording import duration, word

PHASES = {
    Phase.STARTING: "starting",
    Phase.READING: "reading the pictures",
    Phase.LOADING: "loading the network",
    Phase.WAITING: "waiting for a machine",
    Phase.MOVING: "moving to another machine",
}
STATES = {
    JobStatus.QUEUED: "waiting",
    JobStatus.RUNNING: "in progress",
    JobStatus.DONE: "done",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "cancelled",
}
SOON = 5.0  # seconds until a start that needn't be told
# Widths for one height that the gallery's style sheet has a class for, in steps of 6 %, so
# that a picture is cropped by 3 % at most where it isn't much narrower or wider than these.
RATIOS = tuple(round(100 * 1.06**step) for step in range(-17, 18))  # percent


def job_view(job: Job, language: str = "en") -> dict[str, Any]:
    """Everything of a job that changes and is shown."""
    state = job.state
    running = job.status is JobStatus.RUNNING and state.step
    name = title(job, language)
    return {
        "id": job.id,
        "state": str(state.status),
        "live": not state.status.ended,
        "title": name,
        "tab": f"{int(_percent(job))} % · {name}" if running else name,
        "status": status(job, language),
        "left": left(job, language),
        "detail": detail(job, language),
        "facts": facts(job, language),
        "note": note(job, language),
        "percent": _percent(job),
        "picture": f"/jobs/{job.id}/pictures/preview" if state.preview else None,
        "version": state.preview,
        "alt": alt(job, language),
        "announce": announcement(job, language),
        "milestones": job.milestones,
        "stages": state.stages,
        "seed": str(job.request.settings.seed),  # more digits than a script's numbers have
    }


def note(job: Job, language: str = "en") -> str:
    """What is worth knowing about the pictures and the run."""
    notes = [f"{word(warning, language)}." for warning in job.warnings]
    step = job.state.step
    return " ".join([*notes, *([step.note] if step and step.note else [])])


def title(job: Job, language: str = "en") -> str:
    """The title that its owner gave, or for example ``astronaut × impasto + starry night``."""
    paintings = " + ".join(called(each, language) for each in job.request.styles)
    return job.title or f"{called(job.request.content, language)} × {paintings}"


def called(source: Source, language: str = "en") -> str:
    """What a picture is called: a sample by its name, all others by what they are for."""
    return translate(language, source.name) if is_own(source) else source.name.replace("_", " ")


def is_own(source: Source) -> bool:
    """Whether it is a user's own file, of which the name is private."""
    return source.name in ("photo", "clip", "painting", "mask")


def status(job: Job, language: str = "en") -> str:
    """Where a job stands, in one line."""
    t, state = translator(language), job.state
    if job.suspended and not job.status.ended:
        return t("paused, continues when the program starts again")
    if job.status is JobStatus.QUEUED:
        return _waiting(job, language)
    if job.status is JobStatus.RUNNING:
        return _running(job, language)
    if state.failure:
        return t("failed: {reason}", reason=_reason(state.failure.error(), language))
    if job.status is JobStatus.DONE and state.started is not None and state.ended is not None:
        return t("done in {time}", time=duration(state.ended - state.started, language))
    return t(STATES[job.status])


def left(job: Job, language: str = "en") -> str:
    """How long a run will still take, once that is known."""
    step = job.state.step
    if step is None or job.status is not JobStatus.RUNNING or job.state.phase:
        return ""
    return translate(language, "{time} left", time=duration(step.seconds_left, language))


def detail(job: Job, language: str = "en") -> str:
    """More about a run for its own page: its iteration, and whether it moved."""
    t, state, step = translator(language), job.state, job.state.step
    if step is None or job.status is not JobStatus.RUNNING or state.phase:
        return ""
    counts = t("iteration {n} of {total}", n=step.iteration, total=step.iterations)
    if state.frame:
        frame = t("frame {n} of {total}", n=state.frame, total=state.frames)
        counts = f"{frame} · {counts}"
    moved = [t("moved to another machine")] if state.moves else []
    return " · ".join([counts, *moved])


def facts(job: Job, language: str = "en") -> str:
    """Size as soon as it is known, the length of a clip, and network."""
    size = f"{dimensions(job.state.step.size)} px" if job.state.step else ""
    return " · ".join(filter(None, [size, length(job.request.content, language), network(job)]))


def length(source: Source, language: str = "en") -> str:
    """How long a clip is and how many frames a second has; empty for a picture."""
    if source.length is None:
        return ""
    return translate(
        language,
        "{seconds} s, {fps} frames a second",
        seconds=f"{source.length.seconds:.3g}",
        fps=f"{source.length.fps:.3g}",
    )


def network(job: Job) -> str:
    """The network in use, or the one that was asked for; empty while that is open."""
    name = job.state.network or job.request.settings.network
    return "" if name == "auto" else name.upper()


def alt(job: Job, language: str = "en") -> str:
    """Describes the picture that is shown for a job."""
    t, name = translator(language), title(job, language)
    if not job.state.preview:
        is_clip = job.request.length is not None
        return t("The clip, not repainted yet") if is_clip else t("The photo, not repainted yet")
    return name if job.status is JobStatus.DONE else t("{title}, unfinished", title=name)


def announcement(job: Job, language: str = "en") -> str:
    """For screen readers: changes only with the status and at milestones."""
    t = translator(language)
    words = t("waiting") if job.status is JobStatus.QUEUED else status(job, language)
    if job.status is JobStatus.RUNNING:
        percent = job.state.milestone
        words = t("{percent} % done", percent=percent) if percent else t("started")
    return f"{title(job, language)}: {words}"


def settings_rows(job: Job, language: str = "en") -> list[dict[str, str]]:
    """Every setting for a table; the network is the one really used."""
    t = translator(language)
    used = (job.state.used or job.request.settings).as_dict()
    used["network"] = job.state.network or used["network"]
    return [
        {"label": t(each.label), "value": t(settings.shown(name, used[name])), "help": t(each.help)}
        for name, each in settings.SETTINGS.items()
    ]


def stage_rows(job: Job, stages: Sequence[Stage], language: str = "en") -> list[dict[str, Any]]:
    """The planned stages of a run, and how far they are."""
    return [
        {
            "size": dimensions(stage.size),
            "enlarged": stage.size < stages[-1].sizes[-1],  # its picture, to level 0
            "iterations": stage.iterations,
            "picture": f"/jobs/{job.id}/pictures/stage-{n}" if n <= job.state.stages else None,
            "state": translate(language, _stage_state(job, n)),
        }
        for n, stage in enumerate(stages, 1)
    ]


def about(seconds: float, language: str = "en") -> str:
    """A time that isn't known well: in fives of seconds, in minutes, or in hours."""
    t = translator(language)
    if seconds < 90:
        return t("about {n} s", n=max(5, 5 * round(seconds / 5)))
    if seconds < 5400:
        return t("about {n} min", n=round(seconds / 60))
    return t("about {n} h", n=round(seconds / 3600))


def dimensions(size: Size) -> str:
    """A (height, width) with the width first, as people do: ``384×256``."""
    height, width = size
    return f"{width}×{height}"


def ratio(size: Size) -> int:
    """The entry of `RATIOS` that is nearest to a picture's."""
    height, width = size
    return min(RATIOS, key=lambda percent: abs(percent - 100 * width / height))


def _reason(error: ArtstyleError, language: str) -> str:
    """An error within a sentence; names like VGG19 keep their capitals."""
    text = word(error, language)
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _percent(job: Job) -> float:
    if job.status is JobStatus.DONE:
        return 100.0
    return round(job.state.step.percent, 1) if job.state.step else 0.0


def _waiting(job: Job, language: str) -> str:
    t = translator(language)
    if job.held:
        return t("waiting: {reason}", reason=_reason(job.held, language))
    if job.state.moves:
        return t("waiting for another machine")
    if job.position is None:
        return t("waiting")
    if (job.starts_in or 0) >= SOON and not job.request.idle:
        return t("starts in {time}", time=about(job.starts_in or 0, language))
    if job.position == 1:
        return t("waiting, next in line")
    return t("waiting, number {n} in line", n=job.position)


def _running(job: Job, language: str) -> str:
    t, step = translator(language), job.state.step
    if step is None or job.state.phase:
        return t(PHASES[job.state.phase or Phase.STARTING])
    told = {"percent": int(step.percent), "time": duration(step.seconds_left, language)}
    if job.state.frame:
        told |= {"n": job.state.frame, "total": job.state.frames}
        return t("{percent} % · frame {n} of {total} · {time} left", **told)
    return t("{percent} % · {time} left", **told)  # 100 % means done


def _stage_state(job: Job, number: int) -> str:
    if number <= job.state.stages:
        return "done"
    if job.status.ended:
        return "not reached"
    step = job.state.step
    return "in progress" if step and number == step.stage else "waiting"
