"""Clips on the command line: ``artstyle CLIP STYLE -o OUT.mp4``."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle import sources
from artstyle.cli import inputs, output, streams
from artstyle.cli.failures import DONE, Stopped
from artstyle.errors import ArgumentError, OutputError, OutputGone, printable
from artstyle.machine import installation
from artstyle.pictures import save
from artstyle.roles import STYLES, Role
from artstyle.settings import DEFAULT_LEVELS
from artstyle.style import pyramid
from artstyle.video import signatures

if TYPE_CHECKING:
    from artstyle.cli.arguments import Arguments
    from artstyle.cli.inputs import Input
    from artstyle.video import Clip, Excerpt, FrameProgress

ENDING = ".mp4"
OPTIONS = {"fps": "--fps", "begin": "--from", "end": "--to", "work": "--work"}


def wanted(arguments: Arguments) -> bool:
    """Whether the content is a clip; an animated GIF is one if the result is to be one."""
    return signatures.is_clip(arguments.content, gif=_names_clip(arguments.out))


def check_unused(arguments: Arguments) -> None:
    """Check that nothing asks for a clip where the content is none; raises `BadInput`."""
    for name, option in OPTIONS.items():
        if getattr(arguments, name) is not None:
            raise ArgumentError(f"{option} is for clips, and {_title(arguments)} is none")
    if _names_clip(arguments.out) and not arguments.out.is_dir():
        endings = ", ".join(save.ENDINGS)
        raise OutputError(
            f"{printable(arguments.out.name)} would be a clip, but {_title(arguments)} is none: "
            f"name a file that ends in {endings}"
        )


def run(arguments: Arguments) -> int:
    """Paint a clip; returns the exit code. Raises what is wrong, also with its input."""
    from artstyle.video import reading  # these need numpy; the check above doesn't
    from artstyle.video.excerpt import Excerpt

    _check_arguments(arguments)
    _check_targets(arguments)
    excerpt = Excerpt(arguments.begin or 0.0, arguments.end, arguments.fps)
    with streams.quiet_libraries():
        clip = reading.check(arguments.content, excerpt)
        styles = _styles(arguments)
    sources.check_clip(clip.size, [each.size for each in styles], arguments.settings)
    _check_size(arguments, clip)
    installation.import_torch()
    _paint(arguments, clip, styles, excerpt)
    return DONE


def _check_arguments(arguments: Arguments) -> None:
    """Check that nothing is asked for that only photos have; raises `BadInput`."""
    name = printable(arguments.content.name)
    if not _names_clip(arguments.out) or arguments.out.is_dir():
        raise OutputError(f"{name} is a clip: name a result that ends in {ENDING}")
    for folder in arguments.styles:
        if folder.is_dir():
            raise ArgumentError(f"{printable(folder)} is a folder: name a painting for a clip")
    if arguments.snapshots is not None:
        raise ArgumentError("--snapshots is for photos: the folder of --work has a clip's frames")
    for option, asked in (
        ("--mask", arguments.mask),
        ("--style-masks", arguments.style_masks),
        ("--variations", arguments.variations > 1),
        ("--report", arguments.report),
    ):
        if asked:
            raise ArgumentError(f"{option} is for photos, and {name} is a clip: leave it out")


def _check_targets(arguments: Arguments) -> None:
    """Check that the result and its frames can be written; raises `BadInput`."""
    out = arguments.out
    save.check_place(out)
    if arguments.work is not None and not arguments.work.parent.is_dir():
        folder = printable(arguments.work.parent)
        raise ArgumentError(f"the folder {folder} doesn't exist; create it first")
    for each in (arguments.content, *arguments.styles):
        if out.exists() and each.exists() and out.samefile(each):
            raise OutputError(f"{printable(out)} is one of the input files: name another one")


def _styles(arguments: Arguments) -> list[Input]:
    """The paintings that are blended; raises `BadInput`."""
    given: dict[Role, Path] = dict(zip(STYLES, arguments.styles, strict=False))
    inputs.check_twice(given)
    return [inputs.find(path, role)[0] for role, path in given.items()]


def _check_size(arguments: Arguments, clip: Clip) -> None:
    """Check that frames can be resized as asked for; raises `OutputError`."""
    if arguments.output_size:
        levels = arguments.settings.levels or DEFAULT_LEVELS
        size = pyramid.level_size(clip.size, arguments.settings.base_size, levels - 1)
        output.check_memory(output.scaled(size, arguments.output_size))


def _paint(arguments: Arguments, clip: Clip, styles: list[Input], excerpt: Excerpt) -> None:
    from artstyle.cli.clip_reporting import ClipReporter  # importing torch takes time

    reporter = ClipReporter(as_json=arguments.json, quiet=arguments.quiet)
    progress: FrameProgress | None = None
    try:
        for progress in _painted(arguments, clip, styles, excerpt):
            reporter.show(progress)
        assert progress is not None
        reporter.done(progress, arguments.out)
    except (KeyboardInterrupt, OutputGone) as error:
        if progress is None:
            raise
        why = "stopped" if isinstance(error, KeyboardInterrupt) else f"{error}: stopped"
        raise Stopped(_where(why, progress, arguments.out)) from error
    finally:
        reporter.close()


def _painted(
    arguments: Arguments, clip: Clip, styles: list[Input], excerpt: Excerpt
) -> Iterator[FrameProgress]:
    from artstyle.vgg import checkpoints
    from artstyle.video import painting

    with streams.quiet_libraries():
        pictures = [each.load(arguments.settings) for each in styles]
    load = functools.partial(checkpoints.load, arguments.settings.network, arguments.weights)
    return painting.paint(
        clip,
        pictures,
        arguments.settings,
        arguments.out,
        load,
        excerpt=excerpt,
        work=arguments.work,
        force=arguments.force,
        output_size=arguments.output_size,
    )


def _where(why: str, progress: FrameProgress, out: Path) -> str:
    if progress.percent >= 100:
        return f"{why}; saved as {output.title(out)}"
    finished = progress.frame - (progress.pixels is None)
    return (
        f"{why} after {finished} of about {progress.frames} frames; "
        "the same command goes on from there"
    )


def _names_clip(out: Path) -> bool:
    return out.suffix.lower() == ENDING


def _title(arguments: Arguments) -> str:
    if arguments.content == streams.STDIN:
        return "what comes through a pipe"
    return printable(arguments.content.name)
