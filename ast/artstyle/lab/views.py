"""What the pages show of a job.

A page is first made from these texts, and later updated with them, so its scripts only have to
copy them. This module doesn't need torch.
"""

from collections.abc import Sequence
from typing import Any

from artstyle import settings
from artstyle.jobs import Job, JobStatus, Phase
from artstyle.style.pyramid import Size, Stage
from artstyle.wording import duration, word

PHASES = {
    Phase.STARTING: "starting",
    Phase.READING: "reading the pictures",
    Phase.LOADING: "loading the network",
    Phase.WAITING: "waiting for a machine",
    Phase.MOVING: "moving to another machine",
}


def job_view(job: Job) -> dict[str, Any]:
    """Everything of a job that changes and is shown."""
    state = job.state
    running = job.status is JobStatus.RUNNING and state.step
    return {
        "id": job.id,
        "state": str(state.status),
        "live": not state.status.ended,
        "title": title(job),
        "tab": f"{int(_percent(job))} % · {title(job)}" if running else title(job),
        "status": status(job),
        "facts": facts(job),
        "note": note(job),
        "percent": _percent(job),
        "picture": f"/jobs/{job.id}/pictures/preview?v={state.preview}" if state.preview else None,
        "alt": alt(job),
        "announce": announcement(job),
        "milestones": job.milestones,
        "stages": state.stages,
    }


def note(job: Job) -> str:
    """What is worth knowing about the pictures and the run."""
    notes = [f"{word(warning)}." for warning in job.warnings]
    step = job.state.step
    return " ".join([*notes, *([step.note] if step and step.note else [])])


def title(job: Job) -> str:
    """For example ``astronaut in the manner of impasto``."""
    return f"{_name(job.request.content.name)} in the manner of {_name(job.request.style.name)}"


def status(job: Job) -> str:
    """Where a job stands, in one line."""
    state = job.state
    if job.suspended and not job.status.ended:
        return "paused, continues when the program starts again"
    if job.status is JobStatus.QUEUED:
        return _waiting(job)
    if job.status is JobStatus.RUNNING:
        return _running(job)
    if state.failure:
        return f"failed: {state.failure.error()}"
    if job.status is JobStatus.DONE and state.started is not None and state.ended is not None:
        return f"done in {duration(state.ended - state.started)}"
    return str(job.status)


def facts(job: Job) -> str:
    """Preset, size as soon as it is known, and network."""
    size = f"{dimensions(job.state.step.size)} px" if job.state.step else ""
    return " · ".join(filter(None, [job.request.preset or "own settings", size, network(job)]))


def network(job: Job) -> str:
    """The network in use, or the one that was asked for; empty while that is open."""
    name = job.state.network or job.request.settings.network
    return "" if name == "auto" else name.upper()


def alt(job: Job) -> str:
    """Describes the picture that is shown for a job."""
    if not job.state.preview:
        return "The photo, not repainted yet"
    return title(job) if job.status is JobStatus.DONE else f"{title(job)}, unfinished"


def announcement(job: Job) -> str:
    """For screen readers: changes only with the status and at milestones."""
    words = "waiting" if job.status is JobStatus.QUEUED else status(job)
    if job.status is JobStatus.RUNNING:
        percent = job.state.milestone
        words = f"{percent} % done" if percent else "started"
    return f"{title(job)}: {words}"


def settings_rows(job: Job) -> list[dict[str, str]]:
    """Every setting for a table; the network is the one really used."""
    used = (job.state.used or job.request.settings).as_dict()
    used["network"] = job.state.network or used["network"]
    return [
        {"label": each.label, "value": settings.shown(name, used[name]), "help": each.help}
        for name, each in settings.SETTINGS.items()
    ]


def stage_rows(job: Job, stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """The planned stages of a run, and how far they are."""
    return [
        {
            "size": dimensions(stage.size),
            "enlarged": stage.size < stages[-1].sizes[-1],  # its picture, to level 0
            "iterations": stage.iterations,
            "picture": f"/jobs/{job.id}/pictures/stage-{n}" if n <= job.state.stages else None,
            "state": _stage_state(job, n),
        }
        for n, stage in enumerate(stages, 1)
    ]


def dimensions(size: Size) -> str:
    """A (height, width) with the width first, as people do: ``384×256``."""
    height, width = size
    return f"{width}×{height}"


def _name(name: str) -> str:
    # an upload has no name but its kind
    return f"a {name}" if name in ("photo", "painting") else name.replace("_", " ")


def _percent(job: Job) -> float:
    if job.status is JobStatus.DONE:
        return 100.0
    return round(job.state.step.percent, 1) if job.state.step else 0.0


def _waiting(job: Job) -> str:
    if job.held:
        return f"waiting: {job.held}"
    if job.state.moves:
        return "waiting for another machine"
    if job.position is None:
        return "waiting"
    return f"waiting, {'next' if job.position == 1 else f'number {job.position}'} in line"


def _running(job: Job) -> str:
    step = job.state.step
    if step is None or job.state.phase:
        return PHASES[job.state.phase or Phase.STARTING]
    moved = " · moved to another machine" if job.state.moves else ""
    return (  # rounded down, so that 100 % means done
        f"{int(step.percent)} % · iteration {step.iteration} of {step.iterations}"
        f" · {duration(step.seconds_left)} left{moved}"
    )


def _stage_state(job: Job, number: int) -> str:
    if number <= job.state.stages:
        return "done"
    if job.status.ended:
        return "not reached"
    step = job.state.step
    return "in progress" if step and number == step.stage else "waiting"
