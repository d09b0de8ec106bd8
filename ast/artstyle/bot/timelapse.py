"""A time-lapse of a picture being made, as a GIF that Telegram shows as an animation."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

from PIL import Image

from artstyle.jobs.files import JobFiles
from artstyle.progress import MILESTONES

LIMIT = 2_000_000  # bytes
SIDES = (480, 400, 320, 240, 160)  # longer side in px; the first that fits into the limit
FADES = 1  # pictures between two
STEP, LAST = 180, 2500  # milliseconds that a picture is shown


def timelapse(files: JobFiles) -> bytes | None:
    """From the first picture to the result; ``None`` if too little of a job was kept."""
    names = ["start", *(f"snapshot-{percent}" for percent in MILESTONES)]
    paths = [path for name in names if (path := files.picture(name)) and path.is_file()]
    if not paths or not files.result.is_file():
        return None
    made = (_gif([*paths, files.result], side) for side in SIDES)
    try:
        return next((data for data in made if len(data) <= LIMIT), None)
    except OSError:  # the job was removed at this moment
        return None


def _gif(paths: list[Path], side: int) -> bytes:
    """A GIF of pictures that fade into one another, all of the last one's shape."""
    pictures = [_read(path) for path in paths]
    last = pictures[-1]
    last.thumbnail((side, side), Image.Resampling.LANCZOS)
    pictures = [each.resize(last.size, Image.Resampling.LANCZOS) for each in pictures]
    shown = [pictures[0]]
    for before, after in pairwise(pictures):
        shares = [(number + 1) / (FADES + 1) for number in range(FADES)]
        shown += [*(Image.blend(before, after, share) for share in shares), after]
    buffer = io.BytesIO()
    times = [*[STEP] * (len(shown) - 1), LAST]
    shown[0].save(buffer, "gif", save_all=True, append_images=shown[1:], duration=times, loop=0)
    return buffer.getvalue()


def _read(path: Path) -> Image.Image:
    """One of the program's own pictures; what is transparent is laid on white."""
    with Image.open(path) as image:
        rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")
