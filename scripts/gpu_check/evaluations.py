"""How fast an evaluation is, against the plain procedure and against what the device can do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

import plain
import torch
from measuring import operations, sample
from scripts.gpu_check.scale import Row, Scale, row, usual
from torch import Tensor

from artstyle.machine import devices
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.style.losses import LevelLoss, Weights
from artstyle.vgg import checkpoints

PHOTO, PAINTING = "coffee", "impasto"  # the photo is 3:2
WEIGHTS = Weights(0.08, 1.0, 0.5)


def machine(scale: Scale) -> Iterator[Row]:
    """Describe the device, and measure the rates that nothing on it exceeds."""
    device = scale.device
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    versions = f"torch {torch.__version__}, CUDA {torch.version.cuda}"
    if device == "cuda":
        versions += f", cuDNN {torch.backends.cudnn.version()}"  # type: ignore[no-untyped-call]
    yield row("device", f"{name}, {versions}, Python {sys.version.split()[0]}")
    free = devices.free_memory(device)
    yield row("free memory", f"{free / 1e9:.1f} GB", bytes=free)
    values = torch.randn(scale.copied, device=device)
    took = usual(scale, values.clone)
    yield row("copy, read and written", f"{8e-9 * scale.copied / took:.0f} GB/s", seconds=took)
    for dtype in (torch.float32, torch.bfloat16):
        rate = matrix_rate(scale, dtype)
        yield row(f"matrix product, {dtype}", f"{1e-12 * rate:.1f} TFLOP/s", rate=rate)


def matrix_rate(scale: Scale, dtype: torch.dtype) -> float:
    """Operations per second of a large matrix product."""
    side = scale.matrix
    a, b = (torch.randn(side, side, device=scale.device).to(dtype) for _ in range(2))
    return 2 * side**3 / usual(scale, lambda: a @ b)


def evaluations(scale: Scale) -> Iterator[Row]:
    """Time an evaluation at each size: the plain procedure's, ours in float32, and ours."""
    devices.prepare(scale.device)
    dtype = devices.precision(scale.device, "auto")
    rate = matrix_rate(scale, dtype)
    for side in scale.sides:
        yield _compared(scale, side, dtype, rate)
        devices.release(scale.device)


def _compared(scale: Scale, side: int, dtype: torch.dtype, rate: float) -> Row:
    content, style, x = pictures(scale, side)
    network, times = checkpoints.embedded(), {}
    for name, precision in (("ours", dtype), ("fp32", torch.float32)):
        level = LevelLoss(network.to(scale.device, precision), content, style, WEIGHTS)
        times[name] = usual(scale, partial(level.evaluate, x))
    settings = Settings(levels=1, base_size=side).resolved(scale.device)
    loss = plain.Loss(network, content.cpu(), style.cpu(), settings, scale.device)
    times["plain"] = usual(scale, partial(plain.gradient, loss, x))
    height, width = x.shape[-2:]
    share = operations(network) * height * width / times["ours"] / rate
    parts = [f"{name} {1e3 * took:.2f} ms" for name, took in times.items()]
    parts.append(f"plain / ours {times['plain'] / times['ours']:.1f}")
    parts.append(f"{1e9 * times['ours'] / (height * width):.2f} ns/pixel")
    parts.append(f"{share:.0%} of the matrix rate")
    return row(f"{width}×{height}", ", ".join(parts), seconds=times, share=share)


def pictures(scale: Scale, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Content, style and a picture to evaluate, of one size, on the device."""
    samples = (sample("content", PHOTO), sample("style", PAINTING))
    sizes = (pyramid.level_size(pyramid.size_of(each), side) for each in samples)
    content, style = map(pyramid.target, samples, sizes)
    x = (content + 0.1 * torch.randn_like(content)).clamp(0, 1)
    return content.to(scale.device), style.to(scale.device), x.to(scale.device)
