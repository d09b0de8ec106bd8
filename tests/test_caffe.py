"""A VGG19 for BGR from 0 to 255: it is recognised, and gives the features that it was made for."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.vgg import caffe, checkpoints
from artstyle.vgg.networks import VGG19

State = dict[str, Tensor]
MEAN_BGR = torch.tensor((103.939, 116.779, 123.68)).view(1, 3, 1, 1)
POOL = -1
CONVOLUTIONS = (0, 2, POOL, 5, 7, POOL, 10, 12, 14, 16, POOL, 19, 21, 23, 25, POOL, 28)

# Filters 0, 1, 2, 61, 62 and 63 of the authors' first kernel as far as they are published: RGB, and
# of each the places 3 to 9 of 9.
AUTHORS = """
-0.04594866 0.2671299 0.09986369 -0.34100872 -0.07573577 -0.28034249 -0.41602272
-0.04806903 0.30511212 0.10385381 -0.37314063 -0.07646758 -0.31070709 -0.46453714
-0.04484424 0.23215917 0.08978214 -0.30331427 -0.07260918 -0.246675 -0.33683276
-0.11583115 -0.07969447 -0.06240906 -0.13399366 -0.07806503 -0.07094654 -0.11491341
-0.00658076 0.05677647 0.08851637 -0.00698938 0.03879711 0.06031388 -0.00576723
0.06471398 0.13365699 0.18505956 0.08002605 0.10084777 0.1414054 0.06601517
-0.14462094 0.05988706 0.07442063 -0.11510294 -0.03540679 -0.0387974 -0.14672887
-0.02234544 0.21688674 0.2392226 0.02153259 0.09974211 0.10412455 -0.02660675
-0.07631404 0.12134422 0.15264879 -0.03926321 0.01313597 0.02605635 -0.08144748
-0.12290562 -0.09225675 -0.02214639 -0.11911335 -0.1208065 -0.08843154 -0.13079506
-0.0878844 -0.06828708 -0.01210995 -0.09827439 -0.08732687 -0.06832542 -0.10017379
-0.12629718 -0.1063385 -0.04266965 -0.12958746 -0.12594968 -0.10128672 -0.13460518
-0.35782176 0.31764674 0.25912452 -0.23109646 0.20088433 0.18996507 -0.1379628
-0.3915486 0.3440761 0.27064082 -0.2535741 0.2247974 0.20279962 -0.15603794
-0.29905206 0.28406844 0.25779948 -0.19778992 0.14647409 0.16340195 -0.1342358
-0.27979308 0.42209673 0.42349899 -0.19202407 0.09790061 0.07766484 -0.26588449
-0.34632796 0.44033417 0.40848857 -0.25541356 0.10158388 0.05222717 -0.32566148
-0.28253639 0.35949969 0.35873157 -0.21510386 0.05009392 0.02832468 -0.27096185
"""
# And torchvision's filters 0, 62 and 63.
TORCHVISION = """
-0.053474 -0.049257 -0.067942 0.015314 0.045068 0.0021444 0.036226 0.019999 0.019864
0.017015 0.055403 -0.0062293 0.14165 0.22705 0.13758 0.12 0.2003 0.092114
-0.044885 0.01268 -0.014497 0.059742 0.13955 0.054102 -0.00096141 0.058304 -0.029663
0.025902 0.38224 0.29388 -0.4756 -0.36006 0.23282 -0.22283 0.00083313 0.15329
0.17674 0.3877 0.026036 -0.39036 -0.50041 0.001715 0.06166 0.14792 0.051035
0.12967 0.075381 -0.38851 0.050931 -0.19381 -0.17501 0.34483 0.21557 -0.083478
-0.81056 -0.74319 -0.77885 -0.16934 0.34232 -0.070197 0.52494 0.95989 0.76209
0.079164 0.24559 -0.15317 -0.07086 0.44652 -0.38074 -0.15309 0.12427 -0.1107
0.52029 0.75736 0.62371 -0.10733 0.18762 -0.12183 -0.66407 -0.64891 -0.55356
"""


def table(text: str) -> Tensor:
    return torch.tensor(
        [[float(each) for each in line.split()] for line in text.split("\n") if line]
    )


@pytest.fixture(scope="module")
def state(vgg19_state: State) -> State:
    """What `vgg19_state` computes, for BGR from 0 to 255 less the mean."""
    std = torch.tensor(VGG19.std).view(3, 1, 1)
    mean = torch.tensor(VGG19.mean).view(3, 1, 1)
    weight = vgg19_state["features.0.weight"] / (255 * std)  # for 255 x - 255 mean, RGB
    shift = (weight * (MEAN_BGR.flip(1) - 255 * mean)).sum((1, 2, 3))
    changed = {
        "features.0.weight": weight.flip(1),
        "features.0.bias": vgg19_state["features.0.bias"] + shift,
    }
    return {**vgg19_state, **changed}


def its_own_way(state: State, picture: Tensor) -> list[Tensor]:
    """All rectified features as its authors compute them, but with replicated borders."""
    x = F.pad(255 * picture.flip(1) - MEAN_BGR, (1, 1, 1, 1), mode="replicate")
    found = []
    for index in CONVOLUTIONS:
        if index == POOL:
            x = F.max_pool2d(x, 2, ceil_mode=True)
            continue
        weight, bias = state[f"features.{index}.weight"], state[f"features.{index}.bias"]
        x = F.relu(F.conv2d(x, weight, bias, padding=int(index > 0)))
        found.append(x)
    return found


@pytest.mark.parametrize("order", ["BGR", "RGB"])
def test_features_are_those_that_it_gives_when_it_is_fed_its_own_way(
    order: str, state: State, tmp_path: Path
) -> None:
    kernel = state["features.0.weight"]
    file = tmp_path / "vgg19.pth"
    torch.save({**state, "features.0.weight": kernel if order == "BGR" else kernel.flip(1)}, file)
    network = checkpoints.read(file)
    file.unlink()  # 50 MB that pytest would keep
    picture = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    layers = [name.replace("conv", "relu") for name in VGG19.names()]
    for (name, found), wanted in zip(
        network.features(picture, layers), its_own_way(state, picture), strict=True
    ):
        assert wanted.abs().max() > 1 and wanted.std() > 0.1, name
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-3 * float(wanted.max()))


def test_it_is_recognised_in_torchs_cache_and_what_is_kept_is_converted(
    state: State, vgg19_file: Path, torch_cache: Path
) -> None:
    torch_cache.mkdir(parents=True)
    torch.save(state, torch_cache / "vgg19-dcbb9e9d.pth")
    wanted = checkpoints.read(vgg19_file).convolutions["conv1_1"]
    for _ in range(2):  # the second time from what was kept
        found = checkpoints.vgg19().convolutions["conv1_1"]
        torch.testing.assert_close(found.weight, wanted.weight, rtol=1e-5, atol=1e-3)
        torch.testing.assert_close(found.bias, wanted.bias, rtol=1e-4, atol=1e-2)
        (torch_cache / "vgg19-dcbb9e9d.pth").unlink(missing_ok=True)


def test_torchvisions_is_left_as_it_is(vgg19_state: State) -> None:
    weight, bias = vgg19_state["features.0.weight"], vgg19_state["features.0.bias"]
    assert caffe.adapted(weight, bias) == (weight, bias)
    random = torch.Generator().manual_seed(0)
    for scale in (0.02, 0.18, 0.33, 10):
        other = torch.randn(weight.shape, generator=random) * scale
        assert caffe.adapted(other, bias) == (other, bias)


def test_published_kernels_are_far_from_the_limits() -> None:
    embedded = caffe._embedded().flatten(2)
    theirs, own = table(AUTHORS).view(6, 3, 7), embedded[[0, 1, 2, 61, 62, 63]][..., 2:]
    assert caffe.cosine(theirs, own) > 0.9
    right, wrong = (
        caffe.cosine(caffe._hues(each), caffe._hues(own)) for each in (theirs, theirs.flip(1))
    )
    assert right > 0.8 and wrong < 0
    torchvisions = table(TORCHVISION).view(3, 3, 9)
    for order in (torchvisions, torchvisions.flip(1)):
        assert abs(caffe.cosine(order, embedded[[0, 62, 63]])) < 0.1
    mixed = embedded[torch.randperm(64, generator=torch.Generator().manual_seed(0))]
    assert abs(caffe.cosine(mixed, embedded)) < 0.2  # filters of another training


def test_half_precision_is_recognised_too(state: State) -> None:
    weight, bias = state["features.0.weight"].half(), state["features.0.bias"].half()
    made, _ = caffe.adapted(weight, bias)
    assert made.dtype == torch.float32 and float(made.norm() / weight.float().norm()) > 50
