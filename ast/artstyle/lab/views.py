"""What pages say: of a job, of the settings, of the presets.

What the pages show first and what they show later come from the same words, so that the
scripts have nothing to do but to copy them. Nothing here imports torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from artstyle.jobs.job import Job, State
from artstyle.settings import Settings
from artstyle.wording import duration

if TYPE_CHECKING:
    from artstyle.style.pyramid import Size, Stage

FINISHED = 100
BY_PRESET = ("", "as the preset says")


@dataclass(frozen=True, slots=True)
class SettingWords:
    """A setting for people."""

    label: str
    text: str
    """One sentence: what it does."""
    choices: tuple[tuple[str, str], ...] = ()
    """What can be chosen, and how it is called; nothing for numbers."""


@dataclass(frozen=True, slots=True)
class PresetWords:
    """A preset for people."""

    name: str
    title: str
    size: str
    text: str


# The times are those measured for the README; more levels than three are not measured.
PRESETS: tuple[PresetWords, ...] = (
    PresetWords("preview", "Preview", "256 px", "About half a minute on two CPU cores."),
    PresetWords("standard", "Standard", "512 px", "One and a half minutes on two CPU cores."),
    PresetWords("high", "High", "1024 px", "About five minutes on two CPU cores."),
    PresetWords("max", "Max", "2048 px", "Takes long and much memory: meant for a GPU."),
    PresetWords("gatys", "Classical", "256 px", "As Gatys and others did it in 2015."),
)

SETTINGS: Mapping[str, SettingWords] = {
    "levels": SettingWords(
        "Size",
        "Length of the result's shorter side; each step up takes about four times the work.",
        (
            BY_PRESET,
            ("1", "256 px · 1 level"),
            ("2", "512 px · 2 levels"),
            ("3", "1024 px · 3 levels"),
            ("4", "2048 px · 4 levels"),
            ("5", "4096 px · 5 levels"),
            ("6", "8192 px · 6 levels"),
        ),
    ),
    "content_weight": SettingWords(
        "How much of the photo stays",
        "More keeps shapes and faces closer to the photo, less lets the painting go further.",
    ),
    "style_scale": SettingWords(
        "Stroke size",
        "How large the painting's strokes come out: from 0.125, very fine, to 4, very large.",
    ),
    "keep_colors": SettingWords(
        "Keep the photo's colours", "Only the strokes are taken from the painting."
    ),
    "seed": SettingWords("Seed", "Another number gives another picture; the same one, the same."),
    "iterations": SettingWords(
        "Iterations",
        "How many times the picture is improved, over all stages; more takes longer.",
    ),
    "style_weight": SettingWords(
        "How much of the painting is taken", "More follows the painting's manner more strictly."
    ),
    "tv_weight": SettingWords("Smoothness", "More gives calmer areas, less leaves more grain."),
    "start": SettingWords(
        "Start picture",
        "What the first iteration begins with.",
        (
            ("blend", "photo and noise"),
            ("content", "the photo"),
            ("style", "the painting"),
            ("noise", "noise alone"),
        ),
    ),
    "noise": SettingWords(
        "Noise",
        "What is mixed into the start picture, so that flat areas come alive.",
        (
            BY_PRESET,
            ("structured", "structured: less at edges, fine spots off the centre"),
            ("gradient", "gradient: less at edges"),
            ("permuted", "permuted: the painting's own pixels"),
            ("spots16", "16 large spots"),
            ("spots128", "128 small spots"),
            ("normal", "single pixels"),
            ("none", "none"),
        ),
    ),
    "style_loss": SettingWords(
        "Style measure",
        "By which figures the painting's manner is compared.",
        (
            BY_PRESET,
            ("moments", "means and covariances"),
            ("gram", "Gram matrices, the classical way"),
        ),
    ),
    "schedule": SettingWords(
        "Schedule",
        "In which order the sizes are worked on.",
        (BY_PRESET, ("coarse-to-fine", "coarse to fine"), ("joint", "all sizes at once")),
    ),
    "optimizer": SettingWords(
        "Optimiser",
        "How the pixels are changed from one iteration to the next.",
        (("lbfgs", "L-BFGS"), ("adam", "Adam")),
    ),
    "network": SettingWords(
        "Network",
        "The trained network that looks at the pictures.",
        (
            ("auto", "the best at hand"),
            ("vgg19", "VGG19, the classical one"),
            ("vgg16", "VGG16, comes with the program"),
        ),
    ),
    "device": SettingWords(
        "Device",
        "What it is computed on.",
        (
            ("auto", "the fastest at hand"),
            ("cpu", "CPU"),
            ("cuda", "GPU (CUDA)"),
            ("mps", "GPU (MPS)"),
        ),
    ),
    "precision": SettingWords(
        "Precision",
        "How exactly it is computed; bfloat16 is faster where the device knows it.",
        (("auto", "what suits the device"), ("fp32", "float32"), ("bf16", "bfloat16")),
    ),
    "memory": SettingWords("Memory", "The most it may take, in bytes; empty for all that is free."),
    "base_size": SettingWords("Base size", "Shorter side of the first level, in pixels."),
}

# What an empty field of the form stands for.
DEFAULTS: Mapping[str, str] = {
    field.name: f"{field.default:g}"
    for field in fields(Settings)
    if type(field.default) in (int, float)
}


def words(job: Job) -> dict[str, Any]:
    """Word everything of a job that changes and is shown."""
    return {
        "id": job.id,
        "state": str(job.state),
        "live": not job.state.ended,
        "title": title(job),
        "tab": _tab(job),
        "status": status(job),
        "facts": facts(job),
        "note": (job.step and job.step.note) or "",
        "network": network(job),
        "percent": _percent(job),
        "picture": f"/jobs/{job.id}/pictures/preview?v={job.preview}" if job.preview else None,
        "alt": alt(job),
        "announce": announcement(job),
        "milestones": job.milestones,
        "stages": job.stages,
    }


def title(job: Job) -> str:
    """Name a job by its pictures: ``astronaut in the manner of impasto``."""
    return f"{_name(job.content.name)} in the manner of {_name(job.style.name)}"


def status(job: Job) -> str:
    """Say in one line how a job stands."""
    if job.suspended and not job.state.ended:
        return "paused, goes on when the program is started again"
    match job.state:
        case State.QUEUED:
            return _waiting(job)
        case State.RUNNING:
            return _running(job)
        case State.DONE:
            return _done(job)
        case State.FAILED:
            return f"failed: {job.reason}" if job.reason else "failed"
    return "cancelled"


def facts(job: Job) -> str:
    """Say how a job is made: preset, size as soon as it is known, network."""
    size = job.step and f"{dimensions(job.step.size)} px"
    made = [job.preset or "own settings", size, network(job)]
    return " · ".join(each for each in made if each)


def network(job: Job) -> str:
    """Name the network in use, or the one that was asked for; nothing while that is open."""
    name = job.network or job.settings.network
    return "" if name == "auto" else name.upper()


def alt(job: Job) -> str:
    """Describe the picture that is shown for a job."""
    if not job.preview:
        return "The photo, not repainted yet"
    if job.state is State.DONE:
        return title(job)
    return f"{title(job)}, {'as far as it got' if job.state.ended else 'unfinished'}"


def announcement(job: Job) -> str:
    """Say what a listener should hear: it changes with the state and at milestones only."""
    if job.state is State.QUEUED:
        return f"{title(job)}: waiting"
    if job.state is State.RUNNING:
        return f"{title(job)}: {f'{job.milestone} % done' if job.milestone else 'started'}"
    return f"{title(job)}: {status(job)}"


def settings_rows(job: Job) -> list[dict[str, str]]:
    """List every setting with its value, for a table; the network is the one really used."""
    used = {**(job.used or job.settings).as_dict(), "network": job.network or job.settings.network}
    return [
        {
            "name": name,
            "label": words.label,
            "value": value_words(name, used[name]),
            "text": words.text,
        }
        for name, words in SETTINGS.items()
    ]


def value_words(name: str, value: object) -> str:
    """Word the value of a setting."""
    if value is None:
        return "as suits the device"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return dict(SETTINGS[name].choices).get(str(value), str(value))


def stage_rows(job: Job, stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """List the stages of a run: the planned ones, and how far they are."""
    return [
        {
            "size": dimensions(stage.size),
            "iterations": stage.iterations,
            "picture": f"/jobs/{job.id}/pictures/stage-{n}" if n <= job.stages else None,
            "state": _stage_state(job, n),
        }
        for n, stage in enumerate(stages, 1)
    ]


def dimensions(size: Size) -> str:
    """Word a (height, width) as people do, the width first: ``384×256``."""
    height, width = size
    return f"{width}×{height}"


def _name(name: str) -> str:
    """Make words of a picture's name; an uploaded one is called by its kind alone."""
    return f"a {name}" if name in ("photo", "painting") else name.replace("_", " ")


def _percent(job: Job) -> float:
    if job.state is State.DONE:
        return float(FINISHED)
    return round(job.step.percent, 1) if job.step else 0.0


def _tab(job: Job) -> str:
    """Word a page's title, so that its tab tells how far it is."""
    running = job.state is State.RUNNING and job.step
    return f"{int(_percent(job))} % · {title(job)}" if running else title(job)


def _waiting(job: Job) -> str:
    if job.moves:
        return "moves to another machine as soon as there is one"
    position = job.position
    if position is None:
        return "waiting"
    return f"waiting, {'next' if position == 1 else _ordinal(position)} in line"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _running(job: Job) -> str:
    if job.step is None:
        return job.doing or "starting"
    step, moved = job.step, " · moved to another machine" if job.moves else ""
    return (  # rounded down: it isn't 100 % before it is
        f"{int(step.percent)} % · iteration {step.iteration} of {step.iterations}"
        f" · {duration(step.seconds_left)} left{moved}"
    )


def _done(job: Job) -> str:
    if job.started is None or job.ended is None:
        return "done"
    return f"done in {duration(job.ended - job.started)}"


def _stage_state(job: Job, number: int) -> str:
    if number <= job.stages:
        return "done"
    if job.state.ended:
        return "not reached"
    now = job.step.stage if job.step else 0
    return "in the making" if number == now else "to come"
