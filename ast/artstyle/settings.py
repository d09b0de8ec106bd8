"""Settings: every knob of the algorithm, described once.

A field of `Settings` carries all there is to know about it. The command line, the form, the
API's schema, the bot's words and the tables in the docs are made from that or tested against
it. This module imports neither torch nor numpy, so that front ends needn't wait for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Protocol, get_type_hints

from artstyle import noise_levels, style_crop, style_weights
from artstyle.errors import (
    Malformed,
    NoiseUnused,
    NoNoise,
    NoRealism,
    NoWeight,
    OutOfRange,
    SettingsError,
    SizeTwice,
    TooNearZero,
    UnknownChoice,
)
from artstyle.noise_levels import NoiseLevel
from artstyle.style_crop import Crop

DEFAULT_LEVELS = 2  # 512 px
MAX_LEVELS = 6  # 256·2^5 = 8192 px on the shorter side
YES, NO = ("on", "true", "1", "yes"), ("off", "false", "0", "no")
SWITCH_SCHEMA = {"type": "string", "enum": ["on", "off"]}
COLOUR_PATTERN = "#[0-9A-Fa-f]{6}"
COLOUR = re.compile(COLOUR_PATTERN)
UNITS = {"M": 1_000_000, "G": 1_000_000_000}

# Iterations of the coarse-to-fine stages on a CPU, from a quarter of level 0 upwards:
# the large features are settled where an iteration costs next to nothing.
STAGE_ITERATIONS = (100, 60, 38, 18, 15, 12, 10, 8)
JOINT_ITERATIONS = 100
GPU_ITERATIONS = 500


class Notation(Protocol):
    """How a list is written: a module of its own for each setting that is one."""

    BOUNDS: str  # its form, in short
    PATTERN: str  # a regular expression of what a form may send

    def checked(self, field: str, value: Any, /) -> tuple[Any, ...]:
        """The value of a field as a tuple, from any sequence; raises `SettingsError`."""

    def parse(self, field: str, text: str, /) -> tuple[Any, ...]:
        """Read what was typed for a field; raises `SettingsError`."""

    def typed(self, value: Any, /) -> str:
        """The text that `parse` reads as a value."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """Describes one field of `Settings`."""

    label: str
    help: str  # one sentence: what it does
    low: float | None = None
    high: float | None = None
    least: float = 0.0  # the smallest value above 0
    choices: Mapping[Any, str] = field(default_factory=dict)
    """What can be chosen, and how a form calls it."""
    unset: str = ""  # what ``None`` stands for
    colour: bool = False  # takes ``#rrggbb`` besides its choices
    unit: str = ""
    notation: Notation | None = None  # of a list
    group: str = "picture"
    """``picture`` for everybody, ``algorithm`` for tinkerers, ``machine`` for the operator,
    ``experiment`` for tests and Python users."""
    slider: tuple[str, str] | None = None  # the words at the ends of its slider in a form
    descending: bool = False  # whether the slider's left end is the largest value
    words: Mapping[str, Any] = field(default_factory=dict)
    """What the bot's users say for it, and the value each word stands for."""

    @property
    def in_form(self) -> bool:
        """Whether a form and the API take it; what concerns the machine is the operator's."""
        return self.group in ("picture", "algorithm")


def setting(default: Any, label: str, help: str, **described: Any) -> Any:
    described |= {"label": label, "help": help}
    return field(default=default, metadata={"setting": Setting(**described)})


def _weight(default: float, label: str, help: str, **described: Any) -> Any:
    # below the least value float32 has no gradient to go by
    return setting(default, label, help, low=0, high=1000, least=1e-6, **described)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is computed; the same settings, pictures and device give the same result.

    On CUDA the results are only nearly the same: torch sums the gradients of resizing there in
    any order. ``levels`` and ``iterations`` may be ``None``: `resolved` fills them in. Raises
    `SettingsError`.
    """

    levels: int | None = setting(
        None,
        "Size",
        "Shorter side of the result; each step doubles it and takes four times the work.",
        low=1,
        high=MAX_LEVELS,
        choices={level: f"{128 << level} px" for level in range(1, MAX_LEVELS + 1)},
        unset="2: 512 px",
    )
    realism: float = setting(
        0.2,
        "Photo ↔ Painting",
        "How photographic the subject stays: 0 is painted, 1 photographic.",
        low=0,
        high=1,
        slider=("more photo", "more painting"),
        descending=True,
        words={"strong": 0.0, "weak": 0.75},
    )
    style_scale: float = setting(
        1.0,
        "Stroke size",
        "Size of the painting's strokes relative to the photo; less gives finer strokes.",
        low=0.125,
        high=4,
        slider=("finer strokes", "larger strokes"),
        words={"fine": 1 / 1.6, "bold": 1.6},
    )
    colors: str = setting(
        "painting",
        "Colours",
        "Whose colours the result has; match moves the painting's palette onto the photo's.",
        choices={
            "painting": "the painting's",
            "photo": "the photo's",
            "match": "the painting's, matched to the photo's",
        },
        words={
            **{"keep colors": "photo", "keep colours": "photo"},
            **{"match colors": "match", "match colours": "match"},
        },
    )
    keep_faces: bool = setting(
        False, "Keep faces", "Leave the faces as they are in the photo.", words={"keep faces": True}
    )
    seed: int = setting(
        0, "Seed", "A different seed gives a different picture.", low=0, high=2**63 - 1
    )
    style_weights: tuple[float, ...] | None = setting(
        None,
        "Weights of the paintings",
        "How much of each painting a picture of several takes, like 2,1 for twice the first.",
        unset="all the same",
        notation=style_weights,
    )
    style_crop: tuple[Crop, ...] | None = setting(
        None,
        "Part of the painting",
        "The part whose style is taken: left, top, width and height as shares, like 0,0,0.5,0.5.",
        unset="the whole painting",
        notation=style_crop,
    )
    background: str = setting(
        "keep",
        "Background",
        "What is under transparent parts; keep leaves them transparent, in a JPEG white.",
        choices={"keep": "keep it transparent", "white": "white", "black": "black"},
        colour=True,
        group="algorithm",
    )
    method: str = setting(
        "optimize",
        "Method",
        "By optimisation, or in one pass through a network, which gives a sketch at once.",
        choices={"optimize": "optimisation", "sketch": "a sketch, at once"},
        words={"sketch": "sketch"},
        group="algorithm",
    )
    iterations: int | None = setting(
        None,
        "Iterations",
        "Optimisation steps in total, over all stages; more take longer.",
        low=1,
        high=100_000,
        unset="by device and levels",
        group="algorithm",
    )
    content_loss: str = setting(
        "neighbors",
        "Content loss",
        "How the photo's content is measured.",
        choices={
            "neighbors": "against the painting's most similar parts",
            "features": "against the photo's features, as in the paper",
        },
        group="algorithm",
    )
    content_weight: float = _weight(
        0.08,
        "Closeness to the photo",
        "How strictly the photo's content is kept; more keeps shapes and faces closer to it.",
        group="algorithm",
    )
    style_weight: float = _weight(
        1.0,
        "Closeness to the painting",
        "How strictly the painting's style is followed.",
        group="algorithm",
    )
    tv_weight: float = _weight(
        0.5,
        "Smoothness",
        "Weight of the total variation; more gives calmer areas, less leaves more grain.",
        group="algorithm",
    )
    start: str = setting(
        "blend",
        "Start picture",
        "What the first iteration starts from.",
        choices={
            "blend": "photo and noise",
            "content": "the photo",
            "style": "the painting",
            "noise": "noise alone",
        },
        group="algorithm",
    )
    noise: str = setting(
        "structured",
        "Noise",
        "The noise in the start picture, which brings flat areas to life.",
        choices={
            "structured": "structured: less at edges, fine spots away from the centre",
            "gradient": "gradient: less at edges",
            "permuted": "permuted: the painting's own pixels",
            "spots16": "16 large spots",
            "spots128": "128 small spots",
            "normal": "single pixels",
            "none": "none",
        },
        group="algorithm",
    )
    noise_levels: tuple[NoiseLevel, ...] | None = setting(
        None,
        "Noise levels",
        "Other spots than the noise's own, like 9:0.3:0.2:0.2 for nine on the shorter side.",
        unset="those of the noise",
        notation=noise_levels,
        group="algorithm",
    )
    noise_factor: float | None = setting(
        None,
        "Amount of noise",
        "The noise's share of the start picture where the photo is flat.",
        low=0,
        high=1,
        unset="that of the noise",
        group="algorithm",
    )
    style_loss: str = setting(
        "moments",
        "Style loss",
        "How the painting's style is measured.",
        choices={"moments": "means and covariances", "gram": "Gram matrices, as in the paper"},
        group="algorithm",
    )
    schedule: str = setting(
        "coarse-to-fine",
        "Schedule",
        "The order in which the sizes are optimised.",
        choices={"coarse-to-fine": "coarse to fine", "joint": "all sizes at once"},
        group="algorithm",
    )
    optimizer: str = setting(
        "lbfgs",
        "Optimiser",
        "How the pixels change from one iteration to the next.",
        choices={"lbfgs": "L-BFGS", "adam": "Adam"},
        group="algorithm",
    )
    network: str = setting(
        "auto",
        "Network",
        "The network whose features are compared.",
        choices={
            "auto": "VGG19 if available, else VGG16",
            "vgg19": "VGG19, as in the paper",
            "vgg16": "VGG16, included",
        },
        group="algorithm",
    )
    device: str = setting(
        "auto",
        "Device",
        "Where it is computed.",
        choices={"auto": "the fastest", "cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (MPS)"},
        group="machine",
    )
    precision: str = setting(
        "auto",
        "Precision",
        "Precision of the network; bfloat16 is faster where the hardware has it.",
        choices={"auto": "the fastest", "fp32": "float32", "bf16": "bfloat16"},
        group="machine",
    )
    memory: int | None = setting(
        None,
        "Memory",
        "The most memory it may use, like 6G or 900M; larger pictures are computed in tiles.",
        low=1_000_000_000,  # below it torch alone hardly fits
        high=10**15,
        unit="bytes",
        unset="all that is free",
        group="machine",
    )
    base_size: int = setting(
        256,
        "Base size",
        "Shorter side of level 0, for tests and experiments.",
        low=64,
        high=2048,
        unit="px",
        group="experiment",
    )

    def __post_init__(self) -> None:
        for name, described in SETTINGS.items():
            check(name, value := getattr(self, name))
            if described.notation and value is not None:  # a list in config.py and in JSON
                object.__setattr__(self, name, described.notation.checked(name, value))
        if self.content_weight == self.style_weight == 0:
            raise NoWeight("content_weight")
        if self.start == "noise" and self.noise == "none":
            raise NoNoise("noise")
        for name in ("noise_levels", "noise_factor"):
            if self.noise == "none" and getattr(self, name) is not None:
                raise NoiseUnused(name)
        if self.content_loss == "features" and self.realism != default("realism"):
            raise NoRealism("realism")

    def resolved(self, device: str) -> Settings:
        """Fill in the levels, and the iterations for the device: ``cpu``, ``cuda`` or ``mps``."""
        levels = self.levels or DEFAULT_LEVELS
        return replace(
            self, levels=levels, iterations=self.iterations or self._iterations(device, levels)
        )

    def _iterations(self, device: str, levels: int) -> int:
        if self.method == "sketch":
            return 1
        if device != "cpu":
            return GPU_ITERATIONS
        if self.schedule == "joint":
            return JOINT_ITERATIONS
        return sum(STAGE_ITERATIONS[: levels + 2])

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


SETTINGS: Mapping[str, Setting] = {each.name: each.metadata["setting"] for each in fields(Settings)}
KINDS: Mapping[str, type] = {
    name: next((kind for kind in (bool, int, float, str) if hint in (kind, kind | None)), tuple)
    for name, hint in get_type_hints(Settings).items()
}
"""``tuple`` stands for a list, which has a notation."""


def check(name: str, value: object) -> None:
    """Raise `SettingsError` unless a setting may have the value."""
    described, kind = SETTINGS[name], KINDS[name]
    if value is None and described.unset:
        return
    if kind is str:
        if value not in described.choices and not _is_colour(described, value):
            raise UnknownChoice(name, value=str(value), choices=choices(name))
    elif kind is bool:
        if not isinstance(value, bool):
            raise Malformed(name, kind="switch", value=str(value))
    elif described.notation:
        described.notation.checked(name, value)
    else:
        _check_number(name, value)


def choices(name: str) -> tuple[str, ...]:
    """What a setting with choices takes, in short."""
    described = SETTINGS[name]
    return (*map(str, described.choices), *(("#rrggbb",) if described.colour else ()))


def _is_colour(described: Setting, value: object) -> bool:
    return described.colour and isinstance(value, str) and bool(COLOUR.fullmatch(value))


def _check_number(name: str, value: object) -> None:
    described = SETTINGS[name]
    assert described.low is not None and described.high is not None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not described.low <= value <= described.high  # nor is "not a number" in a range
    ):
        raise OutOfRange(name, low=described.low, high=described.high, value=str(value))
    if KINDS[name] is int and not isinstance(value, int):
        raise Malformed(name, kind="whole", value=str(value))
    if 0 < value < described.least:
        raise TooNearZero(name, least=described.least)


def parse(name: str, text: str) -> Any:
    """Read a setting as it is typed: ``0,5`` and ``on`` and ``6G``; raises `SettingsError`."""
    described, kind, text = SETTINGS[name], KINDS[name], text.strip()
    if described.unit == "bytes":
        value: Any = _size(name, text)
    elif kind is bool:
        value = switch(name, text)
    elif described.notation:
        value = described.notation.parse(name, text)
    else:
        value = text if kind is str else _number(name, text)
    check(name, value)
    return value


def switch(name: str, text: str) -> bool:
    """Read ``on`` or ``off``; raises `SettingsError`."""
    word = text.strip().lower()
    if word not in YES + NO:
        raise Malformed(name, kind="switch", value=text)
    return word in YES


def _number(name: str, text: str) -> float:
    whole = KINDS[name] is int
    try:
        return int(text) if whole else float(text.replace(",", "."))
    except ValueError as error:
        raise Malformed(name, kind="whole" if whole else "number", value=text) from error


def _size(name: str, text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([MG])B?", text, re.IGNORECASE)
    if found is None:
        raise Malformed(name, kind="size", value=text)
    return int(float(found[1]) * UNITS[found[2].upper()])


def schema(name: str) -> dict[str, Any]:
    """The JSON schema of a setting's values, as a form sends them."""
    described, kind = SETTINGS[name], KINDS[name]
    if kind is bool:
        values: dict[str, Any] = {**SWITCH_SCHEMA}
    elif kind is str:
        values = text_schema(name)
    elif described.notation:
        values = {"type": "string", "pattern": described.notation.PATTERN}
    else:
        number = "integer" if kind is int else "number"
        values = {"type": number, "minimum": described.low, "maximum": described.high}
        if described.least:
            values = {"anyOf": [{"const": 0}, {**values, "minimum": described.least}]}
    return {**values, "title": described.label, "description": described.help}


def text_schema(name: str) -> dict[str, Any]:
    """The JSON schema of a setting that is a text: its choices, and colours where it takes them."""
    described = SETTINGS[name]
    values = list(described.choices)
    if described.colour:
        return {"type": "string", "pattern": f"^({'|'.join(values)}|{COLOUR_PATTERN})$"}
    return {"type": "string", "enum": values}


def shown(name: str, value: object) -> str:
    """How a form or a table shows a setting's value."""
    described = SETTINGS[name]
    if value is None:
        return described.unset
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if described.notation:
        return typed(name, value).replace(",", ", ")
    return described.choices.get(value, f"{value} {described.unit}".strip())


def typed(name: str, value: object) -> str:
    """The text that `parse` reads as the value."""
    if isinstance(value, bool):
        return YES[0] if value else NO[0]
    if notation := SETTINGS[name].notation:
        return notation.typed(notation.checked(name, value))
    return str(value)


def default(name: str) -> Any:
    return next(each.default for each in fields(Settings) if each.name == name)


def bounds(name: str) -> str:
    """The values a setting may have, in short: ``0.125 … 4`` or ``lbfgs, adam``."""
    described, kind = SETTINGS[name], KINDS[name]
    if kind is bool:
        return "on, off"
    if kind is str:
        return ", ".join(choices(name))
    if described.notation:
        return described.notation.BOUNDS
    assert described.low is not None and described.high is not None
    if described.unit == "bytes":
        return f"at least {described.low / UNITS['G']:g}G"
    if described.high > 1e9:  # no limit in practice
        return f"at least {described.low:g}"
    ends = (f"{end:g}" for end in (described.low, described.high))
    return " … ".join(
        f"{end}: {described.choices[int(end)]}" if described.choices else end for end in ends
    )


# ---- presets ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings under a name."""

    title: str
    help: str
    changes: Mapping[str, Any]

    @property
    def size(self) -> str:
        return SETTINGS["levels"].choices[self.changes["levels"]]


CLASSICAL = {"content_loss": "features", "style_loss": "gram", "schedule": "joint"}

# The times are those measured for BENCHMARKS.md; more levels than three are not measured.
PRESETS: dict[str, Preset] = {
    "preview": Preset("Preview", "About a quarter of a minute on two CPU cores.", {"levels": 1}),
    "standard": Preset("Standard", "About half a minute on two CPU cores.", {"levels": 2}),
    "high": Preset("High", "A minute and a quarter on two CPU cores.", {"levels": 3}),
    "max": Preset("Max", "Takes long and a lot of memory: meant for a GPU.", {"levels": 4}),
    "pyramid": Preset(
        "Pyramid",
        "The classical losses at all sizes at once, from structured noise.",
        {"levels": 2, **CLASSICAL, "start": "blend", "noise": "structured", "optimizer": "lbfgs"},
    ),
    "gatys": Preset(
        "Classical",
        "As Gatys, Ecker and Bethge did it in 2015.",
        {"levels": 1, **CLASSICAL, "tv_weight": 0.0, "noise": "none"},
    ),
    "sketch": Preset(
        "Sketch",
        "In an instant, by a network: rougher than the real picture.",
        {"levels": 2, "method": "sketch"},
    ),
}
DEFAULT_PRESET = "standard"  # the same as no preset


def preset(name: str, **changes: Any) -> Settings:
    """The settings of a preset, with changes that override it; raises `SettingsError`."""
    for unknown in changes.keys() - SETTINGS.keys():
        raise UnknownChoice("setting", value=unknown, choices=tuple(SETTINGS))
    return Settings(**{**preset_changes(name), **changes})


def preset_changes(name: str) -> Mapping[str, Any]:
    """What a preset sets; raises `SettingsError` for an unknown one."""
    if name not in PRESETS:
        raise UnknownChoice("preset", value=name, choices=tuple(PRESETS))
    return PRESETS[name].changes


def preset_of_size(levels: int) -> str | None:
    """The preset that is nothing but this size."""
    return next(
        (name for name, each in PRESETS.items() if each.changes == {"levels": levels}), None
    )


def check_size(preset_name: str, levels: int) -> None:
    """Refuse levels beside a preset that is nothing but another size; raises `SizeTwice`."""
    own = PRESETS[preset_name].changes["levels"]
    if own != levels and preset_name == preset_of_size(own):
        sizes = [default("base_size") << (each - 1) for each in (own, levels)]
        raise SizeTwice("levels", preset_name, sizes[0], levels, sizes[1])


def parse_all(texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, SettingsError]]:
    """Read typed settings; empty ones are left out. Returns the values, and what is wrong."""
    values: dict[str, Any] = {}
    wrong: dict[str, SettingsError] = {}
    for name, text in texts.items():
        try:
            if text.strip():
                values[name] = parse(name, text)
        except SettingsError as error:
            wrong[name] = error
    return values, wrong
