"""Means, Gram matrices and covariances, against numbers worked out by hand."""

import pytest
import torch
from torch import Tensor

from artstyle.style import moments

# Two channels over two positions, channel by channel: (1, 2) and (3, 5).
FEATURES = torch.tensor([[[[1.0, 2.0]], [[3.0, 5.0]]]])


def picture(height: int, width: int) -> Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.rand(1, 3, height, width, generator=random, dtype=torch.float64)


def test_averages_are_the_mean_and_the_gram_matrix_over_positions() -> None:
    mean, gram = moments.averages(FEATURES)
    assert mean.tolist() == [[1.5, 4.0]]
    # (1·1+2·2)/2, (1·3+2·5)/2, (3·3+5·5)/2
    assert gram.tolist() == [[[2.5, 6.5], [6.5, 17.0]]]


def test_covariance_is_that_of_the_channels() -> None:
    # deviations (−.5, .5) and (−1, 1)
    assert moments.covariance(*moments.averages(FEATURES)).tolist() == [[[0.25, 0.5], [0.5, 1.0]]]


def test_averages_dont_depend_on_the_size_of_a_repeated_picture() -> None:
    features = picture(4, 6)
    mean, gram = moments.averages(features)
    tiled_mean, tiled_gram = moments.averages(features.repeat(1, 1, 2, 3))
    torch.testing.assert_close(tiled_mean, mean)
    torch.testing.assert_close(tiled_gram, gram)


def test_averages_of_bf16_features_are_summed_in_float32() -> None:
    features = torch.full((1, 1, 100, 100), 1.0078125).bfloat16()  # 1 + 2^-7 is exact in bf16
    mean, gram = moments.averages(features)
    assert mean.dtype is gram.dtype is torch.float32
    assert gram.item() == pytest.approx(
        1.0078125**2, rel=5e-5
    )  # bf16 would say 1.015625, or stall far below


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_gradient_of_the_averages_is_right_in_any_layout(layout: torch.memory_format) -> None:
    features = picture(3, 4).contiguous(memory_format=layout).requires_grad_()
    assert torch.autograd.gradcheck(moments.averages, (features,))


def test_bf16_averages_keep_a_covariance_that_is_small_compared_with_the_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = torch.Generator().manual_seed(1)
    features = (20 + torch.randn(1, 8, 31, 33, generator=random)).bfloat16()
    exact = moments.covariance(*moments.averages(features.double()))
    monkeypatch.setattr(moments, "STRIP", 100)  # and a shorter one at the end
    found = moments.covariance(*moments.averages(features))
    assert float((found - exact).norm() / exact.norm()) < 0.005


def test_relative_is_the_squared_distance_over_the_squared_target() -> None:
    value = moments.relative(torch.tensor([1.0, 5.0]), torch.tensor([3.0, 4.0]))
    assert value.item() == pytest.approx((4 + 1) / 25)
