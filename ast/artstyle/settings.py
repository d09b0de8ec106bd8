"""Settings: every knob of the algorithm, validated, with its default.

This module imports neither torch nor numpy, so that front ends can show and check
settings without waiting for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from artstyle.errors import SettingsError

NETWORKS = ("auto", "vgg19", "vgg16")
OPTIMIZERS = ("lbfgs", "adam")
SCHEDULES = ("coarse-to-fine", "joint")
STYLE_LOSSES = ("moments", "gram")
STARTS = ("blend", "content", "style", "noise")
NOISES = ("structured", "gradient", "permuted", "spots16", "spots128", "normal", "none")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16")

MAX_LEVELS = 6  # 256·2^5 = 8192 px on the shorter side
MAX_SEED = 2**63 - 1
LEAST_MEMORY = 1_000_000_000  # below it torch alone hardly fits
LEAST_WEIGHT = 1e-6  # below it float32 has no gradient to go by

# A preset is a set of settings under a name; whatever else is given goes before it.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "preview": {"levels": 1},
    "standard": {"levels": 2},
    "high": {"levels": 3},
    "max": {"levels": 4},
    "gatys": {
        "levels": 1,
        "style_loss": "gram",
        "noise": "none",
        "schedule": "joint",
    },
}

# Iterations of the coarse-to-fine stages on a CPU, from a quarter of level 0 upwards:
# the large features are settled where an iteration costs next to nothing.
STAGE_ITERATIONS = (100, 60, 40, 30, 20, 15, 12, 10)
JOINT_ITERATIONS = 100
GPU_ITERATIONS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is computed; the same settings, pictures and device give the same result.

    On CUDA only nearly: torch sums the gradients of resizing there in any order.

    ``levels`` and ``iterations`` may be ``None``: `resolved` fills in what suits the
    device. Raises `SettingsError` for a value out of range.
    """

    levels: int | None = None
    """Pyramid levels; level k has 256·2^k px on the shorter side."""
    iterations: int | None = None
    """Iterations in total, over all stages of the schedule."""
    seed: int = 0
    network: str = "auto"
    optimizer: str = "lbfgs"
    schedule: str = "coarse-to-fine"
    style_loss: str = "moments"
    start: str = "blend"
    """``blend`` mixes content and noise; ``content``, ``style`` and ``noise`` are pure."""
    noise: str = "structured"
    """The preset of the noise in the start (`artstyle.style.noise.PRESETS`)."""
    content_weight: float = 0.08
    style_weight: float = 1.0
    tv_weight: float = 0.5
    style_scale: float = 1.0
    """Size of the painting relative to the photo: smaller is finer strokes."""
    keep_colors: bool = False
    """Keep the photo's colours and take only the strokes."""
    device: str = "auto"
    precision: str = "auto"
    memory: int | None = None
    """Bytes that the whole program may take, of those that are free; all of them if ``None``."""
    base_size: int = 256
    """Shorter side of level 0 in px; other than 256 for tests and experiments."""

    def __post_init__(self) -> None:
        """Refuse what can't be computed, naming the setting and what is allowed."""
        self._check_choices()
        self._check_numbers()
        if self.start == "noise" and self.noise == "none":
            raise SettingsError(
                'start "noise" needs a noise to start from, but noise is "none": '
                'choose another noise or start "content"'
            )

    def _check_choices(self) -> None:
        check_choice("network", self.network, NETWORKS)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("style loss", self.style_loss, STYLE_LOSSES)
        check_choice("start", self.start, STARTS)
        check_choice("noise", self.noise, NOISES)
        check_choice("device", self.device, DEVICES)
        check_choice("precision", self.precision, PRECISIONS)

    def _check_numbers(self) -> None:
        if self.levels is not None:
            check_whole("levels", self.levels, 1, MAX_LEVELS)
        if self.iterations is not None:
            check_whole("iterations", self.iterations, 1, 100_000)
        if self.memory is not None:
            check_whole("memory", self.memory, LEAST_MEMORY, 10**15)
        check_whole("seed", self.seed, 0, MAX_SEED)
        check_range("content weight", self.content_weight, 0, 1000)
        check_range("style weight", self.style_weight, 0, 1000)
        check_range("tv weight", self.tv_weight, 0, 1000)
        check_range("style scale", self.style_scale, 0.125, 4)
        check_whole("base size", self.base_size, 64, 1024)
        for name in ("content", "style", "tv"):
            if 0 < getattr(self, f"{name}_weight") < LEAST_WEIGHT:
                raise SettingsError(f"{name} weight must be 0 or at least {LEAST_WEIGHT:g}")
        if self.content_weight == self.style_weight == 0:
            raise SettingsError("content weight and style weight are both 0: raise one of them")

    def resolved(self, device: str) -> "Settings":
        """Fill in the levels and iterations that suit the device (``cpu``, ``cuda``, ``mps``)."""
        levels = self.levels or (1 if device == "cpu" else 2)
        return replace(
            self, levels=levels, iterations=self.iterations or self._iterations(device, levels)
        )

    def _iterations(self, device: str, levels: int) -> int:
        if device != "cpu":
            return GPU_ITERATIONS
        if self.schedule == "joint":
            return JOINT_ITERATIONS
        return sum(STAGE_ITERATIONS[: levels + 2])

    def as_dict(self) -> dict[str, Any]:
        """Give the settings as a dictionary of plain values."""
        return asdict(self)


def preset(name: str, **changes: Any) -> Settings:
    """Make the settings of a preset, with changes that go before it.

    Raises `SettingsError` for an unknown preset or setting.
    """
    check_choice("preset", name, tuple(PRESETS))
    known = [field.name for field in fields(Settings)]
    for unknown in changes.keys() - set(known):
        raise SettingsError(f'unknown setting "{unknown}": the settings are {", ".join(known)}')
    return Settings(**{**PRESETS[name], **changes})


def check_choice(what: str, value: object, choices: Sequence[str]) -> None:
    """Raise `SettingsError`, listing the valid ones, unless the value is one of them."""
    if value not in choices:
        raise SettingsError(f'unknown {what} "{value}": choose one of {", ".join(choices)}')


def check_range(what: str, value: float, low: float, high: float) -> None:
    """Raise `SettingsError` unless the value is a finite number from low to high."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not low <= value <= high  # nor is "not a number" in a range
    ):
        raise SettingsError(f"{what} must be from {low} to {high}, but is {value}")


def check_whole(what: str, value: float, low: int, high: int) -> None:
    """Raise `SettingsError` unless the value is an integer from low to high."""
    check_range(what, value, low, high)
    if not isinstance(value, int):
        raise SettingsError(f"{what} must be a whole number, but is {value}")
