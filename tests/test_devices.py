import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from artstyle.errors import DeviceError, UnsupportedGpu
from artstyle.machine import devices

ROOT = Path(__file__).parents[1]
CODES = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"]  # of torch 2.14.1 with CUDA 13.0


def play_gpu(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], name: str = "Tesla X"
) -> None:
    """Pretend that there is such a GPU."""
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for function, value in {
        "is_available": True,
        "get_arch_list": CODES,
        "get_device_capability": capability,
        "get_device_name": name,
    }.items():
        monkeypatch.setattr(torch.cuda, function, lambda value=value: value)


def test_auto_takes_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert devices.choose("auto") == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.choose("auto") == "mps"
    play_gpu(monkeypatch, (8, 0))
    assert devices.choose("auto") == "cuda"


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_isnt_there_is_refused_with_those_that_are(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match=f'no device "{device}" here: .* cpu'):
        devices.choose(device)


def test_a_gpu_that_torch_has_no_code_for_gives_one_line_and_the_cpu(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play_gpu(monkeypatch, (6, 1), "NVIDIA GeForce GTX 1080")
    assert [devices.choose("auto") for _ in range(3)] == ["cpu"] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "this torch can't use the NVIDIA GeForce GTX 1080: it was built for GPUs of compute "
        "capability 7.5, 8.0, 8.6, 9.0, 10.0, 12.0, not 6.1; requirements-torch.txt says which "
        "torch can. Using the CPU"
    ]
    with pytest.raises(UnsupportedGpu, match="can't use the NVIDIA GeForce GTX 1080") as raised:
        devices.choose("cuda")
    assert raised.value.capability == "6.1"
    assert devices.choose("cpu") == "cpu"


@pytest.mark.parametrize(
    ("capability", "served"),
    [
        *[((5, 2), False), ((7, 0), False), ((7, 2), False), ((7, 5), True)],
        *[((8, 6), True), ((8, 9), True), ((9, 0), True), ((10, 3), True), ((12, 1), True)],
        ((13, 0), False),  # no PTX in the wheel
    ],
)
def test_which_gpus_the_tested_wheel_serves(
    capability: tuple[int, int], served: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_gpu(monkeypatch, capability)
    assert (devices.choose("auto") == "cuda") == served


def test_ptx_runs_on_every_later_gpu_and_machine_code_on_those_of_its_major_version() -> None:
    assert devices.runs("compute_80", (13, 0)) and not devices.runs("compute_80", (7, 5))
    assert devices.runs("sm_80", (8, 9)) and not devices.runs("sm_80", (9, 0))
    assert devices.runs("sm_90a", (9, 0)) and not devices.runs("sm_86", (8, 0))


def test_a_torch_for_other_gpus_than_nvidias_isnt_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    play_gpu(monkeypatch, (9, 0))
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["gfx90a", "gfx1100"])
    assert devices.choose("cuda") == "cuda"


def test_the_readme_states_the_oldest_gpu_and_the_least_driver_of_the_locked_torch() -> None:
    least = {"12": 525, "13": 580}  # NVIDIA's table of minor version compatibility
    lock = (ROOT / "requirements-torch.lock").read_text()
    (major,) = re.findall(r"^cuda-toolkit==(\d+)\.", lock, re.MULTILINE)
    oldest = "{}.{}".format(
        *min(devices._version(code) for code in torch.cuda.get_arch_list() or CODES)
    )
    for name in ("README.md", "requirements-torch.txt"):
        text = " ".join((ROOT / name).read_text().replace("#", "").split())
        assert f"compute capability {oldest}" in text and f"driver {least[major]}" in text, name


def test_torchs_own_lines_about_the_gpu_arent_shown() -> None:
    said = "Found GPU0 X which is of compute capability (CC) 6.1.", "\nX with CUDA capability sm_61"
    script = f"""
import warnings
from artstyle.machine import devices
for text in {said}:
    warnings.warn_explicit(text, UserWarning, "__init__.py", 1, "torch.cuda")
"""
    asked = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stderr) == (0, "")


def test_auto_precision_is_bf16_only_where_the_hardware_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)
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


ON_X86 = platform.machine() in ("x86_64", "AMD64")
LIMITED = """
import torch
from artstyle.machine import devices

def spoken(wanted):
    try:
        return str(devices.precision("cpu", wanted)).removeprefix("torch.")
    except devices.NoBf16:
        return "refused"

print(devices.has_bf16("cpu"), spoken("auto"), spoken("bf16"))
"""


def under(**limits: str) -> str:
    """What precision a process has that was started with such limits for oneDNN."""
    kept = {name: value for name, value in os.environ.items() if "MAX_CPU_ISA" not in name}
    command = [sys.executable, "-c", LIMITED]
    env = {**kept, **limits}
    asked = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return asked.stdout.strip()


@pytest.mark.skipif(not ON_X86, reason="names sets of x86")
@pytest.mark.parametrize("limit", ["AVX2", "avx2_vnni", "AVX2_VNNI_2"])
def test_bf16_is_refused_where_onednn_has_none_at_all(limit: str) -> None:
    assert under(ONEDNN_MAX_CPU_ISA=limit) == "False float32 refused"


@pytest.mark.skipif(not ON_X86, reason="names sets of x86")
@pytest.mark.parametrize(
    ("limits", "slow"),
    [
        ({}, False),
        ({"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}, True),
        ({"ONEDNN_MAX_CPU_ISA": "avx512_core_vnni"}, True),
        ({"DNNL_MAX_CPU_ISA": "AVX512_CORE"}, True),
        ({"ONEDNN_MAX_CPU_ISA": "", "DNNL_MAX_CPU_ISA": "AVX512_CORE"}, True),
        ({"ONEDNN_MAX_CPU_ISA": "ALL", "DNNL_MAX_CPU_ISA": "AVX512_CORE"}, False),
        ({"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}, False),
        ({"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_AMX"}, False),
        ({"ONEDNN_MAX_CPU_ISA": "SOMETHING_NEW"}, False),
        ({"ATEN_CPU_CAPABILITY": "avx2"}, False),  # isn't for oneDNN
    ],
)
def test_bf16_is_chosen_only_where_onednn_may_use_the_hardwares(
    limits: dict[str, str], slow: bool
) -> None:
    if not devices.has_bf16("cpu"):
        assert under(**limits) == "False float32 refused"
    else:
        assert under(**limits) == f"True {'float32' if slow else 'bfloat16'} bfloat16"
