"""VGG features: the same as a forward pass written out by hand, and what it may be asked for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tests.processor import needs_bf16
from torch import Tensor

from artstyle.vgg import checkpoints, packaged
from artstyle.vgg.networks import CONTENT_LAYER, STYLE_LAYERS, VGG16, VGG19, Network

LAYERS = (*STYLE_LAYERS, CONTENT_LAYER)
VGG16_LAYERS = "1_1 1_2 pool 2_1 2_2 pool 3_1 3_2 3_3 pool 4_1 4_2 4_3 pool 5_1"
VGG19_LAYERS = "1_1 1_2 pool 2_1 2_2 pool 3_1 3_2 3_3 3_4 pool 4_1 4_2 4_3 4_4 pool 5_1"


@pytest.fixture(scope="module")
def vgg16() -> Network:
    return checkpoints.embedded()


@pytest.fixture(scope="module")
def vgg19(vgg19_file: Path) -> Network:
    return checkpoints.read(vgg19_file)


@pytest.fixture(scope="module")
def picture() -> Tensor:
    """A picture whose sides aren't divisible by 16: (1, 3, 70, 52)."""
    return torch.rand(1, 3, 70, 52, generator=torch.Generator().manual_seed(3))


def forward(normalised: Tensor, layers: str, kernels: list[tuple[Tensor, Tensor]]) -> list[Tensor]:
    """Compute relu1_1, relu2_1, relu3_1, relu4_1, relu5_1 and conv4_2, in float64."""
    found: dict[str, Tensor] = {}
    remaining = iter(kernels)
    x = normalised.double()
    for layer in layers.split():
        if layer == "pool":
            x = F.max_pool2d(x, kernel_size=2, stride=2)
            continue
        weight, bias = next(remaining)
        around = "replicate" if layer == "1_1" else "constant"
        x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode=around), weight.double(), bias.double())
        found[f"conv{layer}"] = x
        x = torch.relu(x)
        found[f"relu{layer}"] = x
    assert next(remaining, None) is None
    return [
        found[name] for name in ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1", "conv4_2")
    ]


def assert_features(network: Network, picture: Tensor, expected: list[Tensor]) -> None:
    """Compare to float32's rounding, relative to the largest value of a layer."""
    found = dict(network.features(picture, LAYERS))
    for layer, values in zip(LAYERS, expected, strict=True):
        scale = float(values.abs().max())
        torch.testing.assert_close(
            found[layer].double(), values, rtol=1e-3, atol=1e-5 * scale, msg=layer
        )


def test_vgg16_computes_what_its_file_says(vgg16: Network, picture: Tensor) -> None:
    with np.load(packaged.PATH) as file:
        arrays = {name: torch.from_numpy(file[name]) for name in file.files}
    names = [f"conv{layer}" for layer in VGG16_LAYERS.split() if layer != "pool"]
    kernels = [(arrays[f"{name}.weight"], arrays[f"{name}.bias"]) for name in names]
    mean = torch.tensor((122.67892, 116.66877, 104.00699), dtype=torch.float64).view(1, 3, 1, 1)
    assert_features(vgg16, picture, forward(255 * picture.double() - mean, VGG16_LAYERS, kernels))


def test_vgg19_computes_what_its_checkpoint_says(
    vgg19: Network, vgg19_state: dict[str, Tensor], picture: Tensor
) -> None:
    values = list(vgg19_state.values())  # weight and bias by turns, in order
    kernels = list(zip(values[::2], values[1::2], strict=True))
    mean = torch.tensor((0.485, 0.456, 0.406), dtype=torch.float64).view(1, 3, 1, 1)
    std = torch.tensor((0.229, 0.224, 0.225), dtype=torch.float64).view(1, 3, 1, 1)
    assert_features(vgg19, picture, forward((picture.double() - mean) / std, VGG19_LAYERS, kernels))


def test_vgg19_computes_what_torchvisions_own_does(
    vgg19: Network, vgg19_state: dict[str, Tensor], picture: Tensor
) -> None:
    import torchvision  # 2 seconds that no other test needs

    vgg = torchvision.models.vgg
    features = vgg.make_layers(vgg.cfgs["E"], batch_norm=False)
    features[0].padding_mode = "replicate"
    state = {name.removeprefix("features."): value for name, value in vgg19_state.items()}
    assert features.load_state_dict(state, strict=False).unexpected_keys == []
    normalise = torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    found = dict(vgg19.features(picture, LAYERS))
    with torch.no_grad():
        relu4_1 = features[:21](normalise(picture))
        conv4_2 = features[21](relu4_1)
        relu5_1 = features[21:30](relu4_1)
    for layer, values in (("relu4_1", relu4_1), ("conv4_2", conv4_2), ("relu5_1", relu5_1)):
        atol = 1e-5 * float(values.abs().max())
        torch.testing.assert_close(found[layer], values, rtol=1e-3, atol=atol, msg=layer)


def test_each_block_halves_the_sides_rounding_down(vgg16: Network, picture: Tensor) -> None:
    found = vgg16.features(picture, LAYERS)
    shapes = {layer: tuple(values.shape) for layer, values in found}
    assert shapes == {
        "relu1_1": (1, 64, 70, 52),
        "relu2_1": (1, 128, 35, 26),
        "relu3_1": (1, 256, 17, 13),
        "relu4_1": (1, 512, 8, 6),
        "conv4_2": (1, 512, 8, 6),
        "relu5_1": (1, 512, 4, 3),
    }


def test_a_flat_picture_gets_no_frame_in_the_first_layer(vgg16: Network) -> None:
    ((_, relu1_1),) = vgg16.features(torch.full((1, 3, 16, 16), 0.9), ["relu1_1"])
    assert float(relu1_1.max()) > 1
    torch.testing.assert_close(relu1_1, relu1_1[..., 8:9, 8:9].expand_as(relu1_1))


def test_nothing_after_the_last_layer_is_computed(vgg16: Network, picture: Tensor) -> None:
    broken = torch.empty(0)  # convolving with it fails
    kept = {
        name: convolution if name < "conv2_2" else replace(convolution, weight=broken)
        for name, convolution in vgg16.convolutions.items()
    }
    network = replace(vgg16, convolutions=kept)
    assert set(dict(network.features(picture, ["relu2_1", "relu1_1"]))) == {"relu1_1", "relu2_1"}
    with pytest.raises(RuntimeError):
        dict(network.features(picture, ["relu3_1"]))


@pytest.mark.parametrize("layer", ["relu5_2", "conv4_4", "pool5", ""])
def test_a_layer_that_is_not_there_is_named(vgg16: Network, picture: Tensor, layer: str) -> None:
    with pytest.raises(KeyError, match=f"vgg16 has no layer \\['{layer}'\\]"):
        dict(vgg16.features(picture, ["relu1_1", layer]))


def test_the_gradient_reaches_the_picture_and_not_the_weights(vgg16: Network) -> None:
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(4))
    before = picture.clone()
    picture.requires_grad_()
    features = dict(vgg16.features(picture, LAYERS))
    torch.stack([values.mean() for values in features.values()]).sum().backward()  # type: ignore[no-untyped-call]
    assert picture.grad is not None and bool(picture.grad.any())
    assert torch.equal(picture.detach(), before)
    assert not any(
        c.weight.requires_grad or c.bias.requires_grad for c in vgg16.convolutions.values()
    )


def plain_features(network: Network, picture: Tensor, layers: set[str]) -> dict[str, Tensor]:
    """The features by torch's own operators alone."""
    found: dict[str, Tensor] = {}
    x = F.pad(picture, (1, 1, 1, 1), mode="replicate")
    for name, convolution in network.convolutions.items():
        if name.endswith("_1") and name != "conv1_1":
            x = F.max_pool2d(x, 2)
            found[f"pool{int(name[4]) - 1}"] = x
        padding = 0 if name == "conv1_1" else 1
        found[name] = F.conv2d(x, convolution.weight, convolution.bias, padding=padding)
        x = found[name.replace("conv", "relu")] = F.relu(found[name])
    return {layer: found[layer] for layer in layers}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(
    "layers",
    [
        {*STYLE_LAYERS, CONTENT_LAYER},
        {*STYLE_LAYERS, "relu1_2", "relu2_2", "relu3_3", "relu4_3"},  # which are pooled too
        {"relu1_1", "pool1", "conv2_2", "relu2_2", "pool2"},
    ],
)
def test_values_and_gradient_are_those_of_torchs_own_operators(
    vgg16: Network, picture: Tensor, layers: set[str], dtype: torch.dtype
) -> None:
    network = vgg16.to("cpu", dtype)
    leaf = picture.clone().to(dtype).requires_grad_()
    found = dict(network.features(leaf, sorted(layers)))
    expected = plain_features(network, leaf, layers)
    random = torch.Generator().manual_seed(5)
    slopes = {
        name: torch.randn(each.shape, generator=random).to(dtype) / each.detach().norm()
        for name, each in expected.items()
    }
    gradients = [
        torch.autograd.grad([each[name] for name in slopes], leaf, list(slopes.values()))[0]
        for each in (found, expected)
    ]
    for name, each in expected.items():
        torch.testing.assert_close(
            found[name], each, rtol=1e-4, atol=1e-4 * float(each.detach().max())
        )
    torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-4 * float(gradients[1].abs().max()))


def test_features_that_are_only_pooled_are_not_kept_for_the_gradient(vgg16: Network) -> None:
    kept: list[tuple[int, ...]] = []

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tuple(tensor.shape))
        return tensor

    picture = torch.rand(1, 3, 32, 32, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        dict(vgg16.features(picture, ["relu2_1"]))
    pooled = (1, 64, 16, 16)  # the maxima of relu1_2, and their places
    assert kept[1:] == [(1, 64, 32, 32), pooled, pooled, (1, 128, 16, 16)]  # after the padding


@needs_bf16
def test_a_network_computes_in_the_precision_it_was_copied_to(
    vgg16: Network, picture: Tensor
) -> None:
    half = vgg16.to("cpu", torch.bfloat16)
    ((_, exact),) = vgg16.features(picture, ["relu2_1"])
    ((_, rough),) = half.features(picture, ["relu2_1"])
    assert rough.dtype is torch.bfloat16
    assert float((rough.float() - exact).norm() / exact.norm()) < 0.02
    assert vgg16.convolutions["conv1_1"].weight.dtype is torch.float32  # it was a copy


def test_architectures_end_after_conv5_1() -> None:
    assert VGG16.names() == [f"conv{n}" for n in VGG16_LAYERS.split() if n != "pool"]
    assert VGG19.names() == [f"conv{n}" for n in VGG19_LAYERS.split() if n != "pool"]
