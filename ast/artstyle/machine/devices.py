"""The device, the precision it computes in, and its free memory."""

import logging
import os
import platform
import re
import warnings
from functools import cache

import torch

from artstyle.errors import DeviceError, NoBf16, UnsupportedGpu
from artstyle.machine import ram

logger = logging.getLogger(__name__)

READ_EVERY = 10  # iterations at most between two readings of the loss on a GPU
READ_PIXELS = 2_000_000  # evaluated pixels between two readings
WITHOUT_BF16 = ("avx512_core", "avx512_core_vnni")  # oneDNN's sets that torch takes for capable

# torch says in ten lines what `_unsupported` says in one.
warnings.filterwarnings("ignore", r"Found GPU|\s*.* with CUDA capability", module=r"torch\.cuda")


def choose(device: str) -> str:
    """Resolve ``auto`` to ``cuda``, ``mps`` or ``cpu``; raises `DeviceError` if unavailable.

    ``auto`` passes over a GPU that torch has no code for, with one line in the log.
    """
    cuda = torch.cuda.is_available()
    error = _unsupported() if cuda else None
    there = ["cuda"] if cuda and error is None else []
    there += ["mps", "cpu"] if torch.backends.mps.is_available() else ["cpu"]
    if device == "auto":
        if error is not None:
            _warn(f"{error}. Using the {there[0].upper()}")
        return there[0]
    if device == "cuda" and error is not None:
        raise error
    if device not in there:
        raise DeviceError(device, there)
    return device


def _unsupported() -> UnsupportedGpu | None:
    """The error of computing on this GPU, if torch has no code that runs on it."""
    codes = torch.cuda.get_arch_list()
    if torch.version.cuda is None or not codes:  # ROCm names its GPUs otherwise
        return None
    capability = torch.cuda.get_device_capability()
    if any(runs(code, capability) for code in codes):
        return None
    built_for = [f"{code[0]}.{code[1]}" for code in map(_version, codes)]
    name = torch.cuda.get_device_name()
    return UnsupportedGpu(
        "cuda", gpu=name, capability="{}.{}".format(*capability), built_for=built_for
    )


def runs(code: str, capability: tuple[int, int]) -> bool:
    """Whether code such as ``sm_80`` or ``compute_80`` runs on a GPU of this capability.

    CUDA's rules: machine code (sm) runs on GPUs of the same major version and the same or a
    higher minor one, PTX (compute) on all higher ones.
    """
    version = _version(code)
    same_major = code.startswith("compute") or version[0] == capability[0]
    return same_major and version <= capability


def _version(code: str) -> tuple[int, int]:
    number = int(re.sub(r"\D", "", code))  # "sm_90a" is 9.0 too
    return number // 10, number % 10


@cache
def _warn(line: str) -> None:
    logger.warning("%s", line)  # once in a process, not for each job


def precision(device: str, wanted: str) -> torch.dtype:
    """Resolve ``auto`` to bf16 where that is faster. Raises `DeviceError`."""
    if wanted == "fp32" or (wanted == "auto" and not is_bf16_fast(device)):
        return torch.float32
    if not has_bf16(device):
        raise NoBf16(device)
    return torch.bfloat16


def is_bf16_fast(device: str) -> bool:
    """Whether the hardware multiplies bf16 matrices itself, and oneDNN lets it.

    The environment may limit the instructions that oneDNN uses. Below AVX512_CORE_BF16 it computes
    bf16 by way of float32, which takes three times as long as float32 itself, and torch doesn't say
    so. The limit is read rather than the time measured: the precision shows in the picture, so it
    mustn't depend on how busy the machine is. What oneDNN doesn't know limits nothing.
    """
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA") or ""
    return has_bf16(device) and not (device == "cpu" and limit.lower() in WITHOUT_BF16)


def has_bf16(device: str) -> bool:
    """Whether the hardware multiplies bf16 matrices itself."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    supported = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # not if limited to AVX2
    if supported and platform.machine() in ("x86_64", "AMD64"):
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
