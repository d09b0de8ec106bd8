"""Flicker and speed of a clip: painted along the optical flow, and frame by frame.

    .venv/bin/python bench/video.py [--frames 75] [--iterations N] [--size 256] [--out DIR]

The clip is made here: a camera that moves over one photo, and a piece of another photo that
crosses the picture. Flicker is the mean difference between a painted frame and the one before it
moved along the flow of the clip, where that is certain, in grey levels. The clip's own is given
too: what no painting could be below.
"""

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from measuring import sample
from PIL import Image
from studio import sheet

from artstyle import transfer
from artstyle.pictures import save
from artstyle.pictures.pixels import Pixels, planes_of
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network
from artstyle.video import flow, writing
from artstyle.video.painter import Painter

RATE = 25
CAMERA = 0.8, 0.3  # px per frame, to the right and down, at 256 px
CROSSING = -2.6, 0.4
PIECE = 3 / 8  # of the shorter side
BAR = 1 / 4  # of the flicker of frame-by-frame painting
LEVELS_OF_GREY = 255
SHOWN, SHOWN_WIDTH = 4, 220  # frames of each clip in the sheet, and their width in px


@dataclass(frozen=True)
class Painted:
    """The frames of one way, and how long each took: seconds, and those of all processors."""

    frames: list[Pixels]
    seconds: list[float]
    busy: list[float]

    @contextmanager
    def timed(self) -> Iterator[None]:
        begun, busy = time.monotonic(), time.process_time()
        yield
        self.seconds.append(time.monotonic() - begun)
        self.busy.append(time.process_time() - busy)


def clip(count: int, size: int) -> list[Pixels]:
    """The frames of the clip, (H, W, 3) in 8 bits."""
    scale = size / 256
    scene = _shrunk("astronaut", round(1.4 * size))
    piece = _shrunk("chelsea", round(PIECE * size))[:, :, : round(PIECE * size)]
    return [_frame(scene, piece, size, number * scale) for number in range(count)]


def _frame(scene: torch.Tensor, piece: torch.Tensor, size: int, time: float) -> Pixels:
    """Both moved by parts of pixels: resampled, as a camera does."""
    frame = _shifted(scene, -CAMERA[0] * time, -CAMERA[1] * time)[:size, :size].copy()
    side, start = piece.shape[1], 0.95 * size
    x, y = start + CROSSING[0] * time, 0.3 * size + CROSSING[1] * time
    left, top = int(np.floor(x)), int(np.floor(y))
    moved = _shifted(piece, x - left, y - top)[1:-1, 1:-1]
    left, top, side = left + 1, top + 1, side - 2
    visible = slice(max(0, -left), max(0, min(side, size - left)))
    frame[top : top + side, max(0, left) : max(0, min(size, left + side))] = moved[:, visible]
    return save.eight_bit(torch.from_numpy(frame).permute(2, 0, 1)[None])


def _shrunk(name: str, shorter: int) -> torch.Tensor:
    """A sample photo, (3, H, W)."""
    photo = sample("content", name)
    return pyramid.target(photo, pyramid.level_size(pyramid.size_of(photo), shorter))[0]


def _shifted(picture: torch.Tensor, right: float, down: float) -> flow.Image:
    pixels = np.ascontiguousarray(picture.permute(1, 2, 0).numpy())
    back = np.broadcast_to(np.array((-right, -down), np.float32), (*pixels.shape[:2], 2))
    return flow.warp(pixels, np.ascontiguousarray(back))


def along_flow(
    frames: Sequence[Pixels], style: torch.Tensor, settings: Settings, network: Network
) -> Painted:
    painter, made = Painter([style], settings, network), Painted([], [], [])
    for frame in frames:
        with made.timed():
            for _ in painter.paint(frame, None):
                pass
        made.frames.append(painter.pixels)
    return made


def one_by_one(
    frames: Sequence[Pixels], style: torch.Tensor, settings: Settings, network: Network
) -> Painted:
    made = Painted([], [], [])
    for frame in frames:
        content = torch.from_numpy(planes_of(frame))[None]
        with made.timed():
            picture = transfer.stylize(content, style, settings, network).picture
        made.frames.append(save.eight_bit(picture))
    return made


def flicker(painted: Sequence[Pixels], frames: Sequence[Pixels]) -> float:
    """Mean difference along the clip's flow, in grey levels, where the flow is certain."""
    return float(np.mean(list(_flickers(painted, frames))))


def _flickers(painted: Sequence[Pixels], frames: Sequence[Pixels]) -> Iterator[float]:
    size = painted[0].shape[:2]
    greys = [_grey(frame, size) for frame in frames]
    for number in range(1, len(painted)):
        motion = flow.between(greys[number - 1], greys[number])
        moved = flow.warp(painted[number - 1].astype(np.float32), motion.back)
        yield float(np.abs(moved - painted[number])[motion.sure].mean())


def _grey(frame: Pixels, size: tuple[int, int]) -> flow.Grey:
    return flow.grey(pyramid.target(torch.from_numpy(planes_of(frame))[None], size))


def report(name: str, painted: Painted, frames: Sequence[Pixels]) -> float:
    measured = flicker(painted.frames, frames)
    later, busy = (float(np.mean(each[1:])) for each in (painted.seconds, painted.busy))
    took = f"{later:.1f} s a frame, {busy:.1f} s of processor time"
    print(f"{name:>16}: flicker {measured:.2f}, {took}", flush=True)
    return measured


def side_by_side(named: Mapping[str, Sequence[Pixels]]) -> Image.Image:
    """Consecutive frames of each clip, a row for each."""
    rows = [
        [
            (torch.from_numpy(planes_of(frame))[None], f"{name}, frame {number}")
            for number, frame in enumerate(frames[:SHOWN], 1)
        ]
        for name, frames in named.items()
    ]
    return sheet(rows, SHOWN_WIDTH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=3 * RATE)
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--painting", default="impasto")
    parser.add_argument(
        "--out", type=Path, help="a folder for the three clips, and a sheet of frames"
    )
    given = parser.parse_args()
    settings = Settings(levels=1, iterations=given.iterations, base_size=given.size)
    network = checkpoints.load(settings.network)
    frames, style = clip(given.frames, given.size), sample("style", given.painting)
    print(f"{'the clip':>16}: flicker {flicker(frames, frames):.2f}", flush=True)
    along = along_flow(frames, style, settings, network)
    ours = report("along the flow", along, frames)
    single = one_by_one(frames, style, settings, network)
    theirs = report("frame by frame", single, frames)
    print(f"ratio {ours / theirs:.3f}, {'within' if ours <= BAR * theirs else 'ABOVE'} {BAR:g}")
    if given.out:
        given.out.mkdir(exist_ok=True)
        clips = {"clip": frames, "along the flow": along.frames, "frame by frame": single.frames}
        for name, each in clips.items():
            writing.write(given.out / f"{name.replace(' ', '-')}.mp4", each, Fraction(RATE))
        side_by_side(clips).save(given.out / "frames.png")


if __name__ == "__main__":
    main()
