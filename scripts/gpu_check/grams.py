"""Which way to a Gram matrix in float32 from bf16 features is the fastest on this device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from scripts.gpu_check.scale import Row, Scale, row, usual
from torch import Tensor

from artstyle.style.moments import averages

CHUNK = 4096  # positions of a product, of which many run at once


def grams(scale: Scale) -> Iterator[Row]:
    """Time each way for the first and the fourth style layer of the largest evaluation."""
    side = scale.sides[-1]
    for channels, stride in ((64, 1), (512, 8)):
        height, width = side // stride, side * 3 // 2 // stride
        features = torch.randn(1, channels, height, width, device=scale.device).bfloat16()
        features = features.contiguous(memory_format=torch.channels_last)
        flat = features.permute(0, 2, 3, 1).flatten(1, 2)
        ways: dict[str, Callable[[], object]] = {
            "as it is": partial(averages, features),
            "widened whole": partial(_widened, flat),
            "one product": partial(_product, flat),
            "in chunks": partial(_chunks, flat),
            "the mean alone": partial(torch.sum, flat, 1, dtype=torch.float32),
        }
        exact = _widened(flat.double())
        for name, way in ways.items():
            yield _row(scale, f"{channels}×{height * width}, {name}", way, exact)


def _row(scale: Scale, what: str, way: Callable[[], object], exact: Tensor) -> Row:
    try:
        found = way()
        took = usual(scale, way)
    except (RuntimeError, TypeError) as error:  # an operator that this device hasn't
        return row(what, str(error).splitlines()[0][:80])
    if isinstance(found, tuple):  # averages, and the mean before the Gram matrix
        found = found[1]
    apart = "–"
    if isinstance(found, Tensor) and found.dim() == 3:
        scaled = exact / exact.diagonal(dim1=1, dim2=2).mean()
        other = found.double() / found.double().diagonal(dim1=1, dim2=2).mean()
        apart = f"{float((other - scaled).norm() / scaled.norm()):.1e}"
    return row(what, f"{1e3 * took:.3f} ms, off by {apart}", seconds=took)


def _widened(flat: Tensor) -> Tensor:
    wide = flat if flat.dtype is torch.float64 else flat.float()
    return wide.mT @ wide


def _product(flat: Tensor) -> Tensor:
    return torch.bmm(flat.mT, flat, out_dtype=torch.float32)


def _chunks(flat: Tensor) -> Tensor:
    count = flat.shape[1] // CHUNK
    whole = flat[0, : count * CHUNK].view(count, CHUNK, flat.shape[2])
    total = torch.bmm(whole.mT, whole, out_dtype=torch.float32).sum(0, keepdim=True)
    rest = flat[:, count * CHUNK :]
    return total + torch.bmm(rest.mT, rest, out_dtype=torch.float32) if rest.numel() else total
