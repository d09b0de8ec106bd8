import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from artstyle.errors import DeviceError
from artstyle.machine import devices


def test_auto_takes_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert devices.choose("auto") == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.choose("auto") == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert devices.choose("auto") == "cuda"


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_isnt_there_is_refused_with_those_that_are(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match=f'no device "{device}" here: .* cpu'):
        devices.choose(device)


def test_auto_precision_is_bf16_only_where_the_hardware_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "has_bf16", lambda device: True)
    assert devices.precision("cpu", "auto") is torch.bfloat16
    assert devices.precision("cpu", "fp32") is torch.float32
    monkeypatch.setattr(devices, "has_bf16", lambda device: False)
    assert devices.precision("cpu", "auto") is torch.float32
    with pytest.raises(DeviceError, match="no bf16: use --precision auto or fp32"):
        devices.precision("cpu", "bf16")


def test_bf16_is_read_off_the_processor() -> None:
    flags = Path("/proc/cpuinfo")
    if not flags.exists() or not re.search("^flags", flags.read_text(), re.MULTILINE):
        assert isinstance(devices.has_bf16("cpu"), bool)
        return
    native = bool(re.search(r"\b(avx512_bf16|amx_bf16)\b", flags.read_text()))
    assert devices.has_bf16("cpu") == native


def test_losses_of_short_iterations_are_read_seldom_on_a_gpu() -> None:
    assert devices.read_every("cpu", 256 * 384) == 1
    assert devices.read_every("cuda", 64 * 96) == 10
    assert devices.read_every("cuda", 640_000) == 3
    assert devices.read_every("cuda", 2048 * 3072) == 1


def test_convolutions_may_use_tf32_and_matrix_products_may_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    devices.prepare("cpu")
    assert not torch.backends.cudnn.allow_tf32
    devices.prepare("cuda")
    assert torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names an x86 set")
def test_bf16_is_not_used_where_onednn_may_not_use_it() -> None:
    script = "from artstyle.machine import devices; print(devices.has_bf16('cpu'))"
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    command = [sys.executable, "-c", script]
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "False"
