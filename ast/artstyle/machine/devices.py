"""The device, the precision it computes in, and its free memory."""

import platform

import torch

from artstyle.errors import DeviceError, NoBf16
from artstyle.machine import ram

READ_EVERY = 10  # iterations at most between two readings of the loss on a GPU
READ_PIXELS = 2_000_000  # evaluated pixels between two readings


def choose(device: str) -> str:
    """Resolve ``auto`` to ``cuda``, ``mps`` or ``cpu``; raises `DeviceError` if unavailable."""
    there = ["cuda"] if torch.cuda.is_available() else []
    there += ["mps", "cpu"] if torch.backends.mps.is_available() else ["cpu"]
    if device == "auto":
        return there[0]
    if device not in there:
        raise DeviceError(device, there)
    return device


def precision(device: str, wanted: str) -> torch.dtype:
    """Resolve ``auto`` to bf16 where the hardware computes in it. Raises `DeviceError`."""
    if wanted == "fp32":
        return torch.float32
    if has_bf16(device):
        return torch.bfloat16
    if wanted == "bf16":
        raise NoBf16(device)
    return torch.float32


def has_bf16(device: str) -> bool:
    """Whether the hardware multiplies bf16 matrices itself."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    supported = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # heeds ONEDNN_MAX_CPU_ISA
    if supported and platform.machine() in ("x86_64", "AMD64"):
        # oneDNN runs bf16 on AVX-512 without it too, by converting: that is slower
        known = torch.cpu.get_capabilities()
        return bool(known.get("avx512_bf16") or known.get("amx_bf16"))
    return supported


def free_memory(device: str) -> int:
    """The free bytes of the GPU, or of the machine or its container."""
    if device == "cuda":
        kept = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(torch.cuda.mem_get_info()[0]) + kept  # torch reuses what it keeps
    return ram.free()


def prepare(device: str) -> None:
    """Let cuDNN convolve in TF32. Gram matrices stay in float32: they aren't cuDNN's."""
    if device == "cuda":
        torch.backends.cudnn.allow_tf32 = True


def read_every(device: str, pixels: float) -> int:
    """The iterations between two readings of the loss; waiting costs most on small ones."""
    return 1 if device == "cpu" else max(1, min(READ_EVERY, int(READ_PIXELS / pixels)))


def release(device: str) -> None:
    """Free the GPU's memory that torch keeps for later, to make room for other sizes."""
    if device == "cuda":
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()
