"""The command line's arguments: what can be said, and what it means."""

import argparse
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from artstyle import __version__, settings
from artstyle.errors import BadInput, OutputError, SettingsError
from artstyle.settings import Settings

UNITS = {"M": 1_000_000, "G": 1_000_000_000}


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the command line asks for."""

    content: Path
    style: Path
    out: Path
    settings: Settings
    weights: Path | None
    snapshots: Path | None
    force: bool
    json: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class ReadArguments:
    """What ``--read`` asks for: the settings in a picture."""

    read: Path


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without repeating the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message} (artstyle --help lists what there is)")


def parse(words: list[str] | None = None) -> Arguments | ReadArguments:
    """Read the words of the command line; raises `BadInput`. Prints and ends for --help."""
    given = _parser().parse_intermixed_args(words)  # CONTENT -o OUT STYLE is fine too
    if given.read is not None:
        return ReadArguments(given.read)
    if given.content is None or given.style is None:
        raise BadInput("name a photo and a painting: artstyle CONTENT STYLE -o OUT")
    if given.out is None:
        raise OutputError("say where the result goes: -o OUT.png, or -o FOLDER")
    return Arguments(
        given.content,
        given.style,
        given.out,
        _settings(given),
        given.weights,
        given.snapshots,
        given.force,
        given.json,
        given.quiet,
    )


def _settings(given: argparse.Namespace) -> Settings:
    """Make the settings: what was said goes before the preset, the preset before defaults."""
    names = {field.name for field in fields(Settings)}
    said: dict[str, Any] = {
        name: value for name, value in vars(given).items() if name in names and value is not None
    }
    if given.weights is not None and said.get("network", "auto") == "vgg16":
        raise SettingsError("--weights names a checkpoint of vgg19: leave out --network vgg16")
    return settings.preset(given.preset, **said) if given.preset else Settings(**said)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="artstyle",
        description="Repaint a photo in the manner of a painting.",
        epilog="Exit codes: 0 done, 1 failed or stopped in the run, 2 bad input or arguments.",
        allow_abbrev=False,
    )
    parser.add_argument("content", nargs="?", type=Path, metavar="CONTENT", help="the photo")
    parser.add_argument(
        "style", nargs="?", type=Path, metavar="STYLE", help="the painting, or a folder of them"
    )
    _add_files(parser)
    _add_result(parser)
    _add_algorithm(parser)
    return parser


def _add_files(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("files").add_argument
    add("-o", "--out", type=Path, metavar="OUT", help="a .png, .jpg or .webp file, or a folder")
    add("--force", action="store_true", help="overwrite results that are in the folder OUT")
    add("--snapshots", type=Path, metavar="DIR", help="save the picture there every 20 %%")
    add("--weights", type=Path, metavar="FILE", help="a checkpoint of torchvision's vgg19")
    add("--read", type=Path, metavar="OUT.png", help="print the settings that made a PNG, and end")
    add("--json", action="store_true", help="one JSON line for each step on standard output")
    add("--quiet", action="store_true", help="no progress bar and no warnings")
    add("--version", action="version", version=f"artstyle {__version__}")


def _add_result(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the picture").add_argument
    add("--preset", metavar="NAME", help=_choices(settings.PRESETS))
    add(
        "--levels",
        type=int,
        metavar="N",
        help="1 is 256 px on the shorter side, each more doubles it; "
        f"1…{settings.MAX_LEVELS} (1 on a CPU, else 2)",
    )
    add("--iterations", type=int, metavar="N", help="in total (by device and levels)")
    add("--content-weight", type=float, metavar="X", help=_default("content_weight"))
    add("--style-weight", type=float, metavar="X", help=_default("style_weight"))
    add("--tv-weight", type=float, metavar="X", help=f"smoothness; {_default('tv_weight')}")
    add(
        "--style-scale",
        type=float,
        metavar="X",
        help=f"size of the painting's features, 0.125…4; {_default('style_scale')}",
    )
    add(
        "--keep-colors",
        action="store_true",
        default=None,
        help="keep the photo's colours and take only the strokes",
    )
    add("--seed", type=int, metavar="N", help="another seed, another picture (0)")


def _add_algorithm(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the algorithm").add_argument
    add("--network", metavar="NAME", help=_choices(settings.NETWORKS, "network"))
    add("--optimizer", metavar="NAME", help=_choices(settings.OPTIMIZERS, "optimizer"))
    add("--schedule", metavar="NAME", help=_choices(settings.SCHEDULES, "schedule"))
    add("--style-loss", metavar="NAME", help=_choices(settings.STYLE_LOSSES, "style_loss"))
    add("--start", metavar="NAME", help=_choices(settings.STARTS, "start"))
    add("--noise", metavar="NAME", help=_choices(settings.NOISES, "noise"))
    add("--device", metavar="NAME", help=_choices(settings.DEVICES, "device"))
    add("--precision", metavar="NAME", help=_choices(settings.PRECISIONS, "precision"))
    add(
        "--memory",
        type=size,
        metavar="SIZE",
        help="the most it may take, as 6G or 900M; larger pictures go in tiles (all that is free)",
    )


def size(text: str) -> int:
    """Read a size: ``6G``, ``1.5GB``, ``900M``; raises argparse's error for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([MG])B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise argparse.ArgumentTypeError(f'"{text}" is no size: say it like 6G or 900M')
    return int(float(found[1]) * UNITS[found[2].upper()])


def _choices(names: Any, setting: str | None = None) -> str:
    """Word the help of an option with fixed values."""
    listed = ", ".join(names)
    return f"{listed}; {_default(setting)}" if setting else listed


def _default(setting: str) -> str:
    return f"default {getattr(Settings(), setting)}"
