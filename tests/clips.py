"""Clips that the tests make: a textured square that moves over a textured background."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (H, W, 3)
RATE = 8
STEP = 3  # px per frame to the right
SQUARE = 20
SOUND_RATE = 44_100
TONE = 440  # Hz


def texture(height: int, width: int, seed: int) -> Picture:
    """Soft random spots, which flow can follow and compression keeps."""
    coarse = np.random.default_rng(seed).integers(40, 216, (height // 6, width // 6, 3), np.uint8)
    grown = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown, np.uint8)


def pictures(count: int = 6, height: int = 64, width: int = 64, seed: int = 0) -> list[Picture]:
    """The frames of one scene."""
    background, square = texture(height, width, seed), texture(SQUARE, SQUARE, seed + 1)
    found = []
    for number in range(count):
        frame, left = background.copy(), 4 + STEP * number
        frame[height // 3 : height // 3 + SQUARE, left : left + SQUARE] = square
        found.append(frame)
    return found


def write(
    path: Path,
    frames: Sequence[Picture],
    *,
    rate: int = RATE,
    sound: str | None = None,
    seconds: float | None = None,
    rotation: int = 0,
    times: Sequence[int] | None = None,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    aspect: Fraction | None = None,
    tags: dict[str, int] | None = None,
) -> Path:
    """Write a clip; ``times`` are those of the frames in hundredths of a second."""
    options = {"crf": "8"} if codec == "libx264" else {}
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream(codec, rate=rate, options=options)
        video.height, video.width, video.pix_fmt = *frames[0].shape[:2], pixels
        if aspect:
            video.sample_aspect_ratio = aspect
        if rotation:
            video.set_display_rotation(rotation)
        for name, value in (tags or {}).items():
            setattr(video, name, value)
        if times:
            video.codec_context.time_base = Fraction(1, 100)
        audio = container.add_stream(sound, rate=SOUND_RATE, layout="mono") if sound else None
        for number, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            if times:
                picture.pts, picture.time_base = times[number], Fraction(1, 100)
            else:
                picture.pts, picture.time_base = number, Fraction(1, rate)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        if audio:
            _hum(container, audio, seconds or len(frames) / rate)
    return path


def only_sound(path: Path) -> Path:
    """A file with sound and no video."""
    with av.open(str(path), "w") as container:
        _hum(container, container.add_stream("aac", rate=SOUND_RATE, layout="mono"), 0.5)
    return path


def _hum(container: Any, stream: Any, seconds: float) -> None:
    """A tone that grows louder, so that what was cut can be told by it."""
    times = np.arange(round(SOUND_RATE * seconds)) / SOUND_RATE
    wave = np.sin(2 * np.pi * TONE * times) * 30_000 * times / seconds
    for begin in range(0, len(wave), 1024):
        part = wave[None, begin : begin + 1024].astype(np.int16)
        frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, begin, Fraction(1, SOUND_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def decoded(path: Path) -> list[Picture]:
    """The frames of a clip, as FFmpeg decodes them."""
    with av.open(str(path)) as container:
        frames: list[Any] = [each.to_ndarray(format="rgb24") for each in container.decode(video=0)]
        return frames


def heard(path: Path) -> NDArray[np.float32]:
    """The sound of a clip, in mono, from -1 to 1."""
    with av.open(str(path)) as container:
        parts: list[Any] = [each.to_ndarray() for each in container.decode(audio=0)]
    scale = 32_768 if parts[0].dtype == np.int16 else 1
    return (np.concatenate([each.mean(0) for each in parts]) / scale).astype(np.float32)
