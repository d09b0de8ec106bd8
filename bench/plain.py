"""The plain procedure that the benches compare with, as the paper describes it.

All levels count from the first iteration on, in float32 and the usual layout, with autograd's own
Gram matrices, ReLUs that copy, and torch's L-BFGS with its strong-Wolfe line search. It shares
weights, pictures and the definition of the loss with the program, but no code for networks,
losses and optimisers. Its loss is therefore also the independent one that both are judged by.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.settings import Settings
from artstyle.style import noise, pyramid
from artstyle.style.pyramid import Size
from artstyle.vgg.networks import Network

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
FINE_LAYERS = STYLE_LAYERS[:3]  # all that levels but the coarsest are compared on
CONTENT_LAYER = "conv4_2"
FIRST_STEP = 2 / 255  # RMS of the corrected first step


def features(network: Network, picture: Tensor) -> dict[str, Tensor]:
    """Features of a picture (1, 3, H, W) on the layers of the loss."""
    x, found = picture, {}
    for name, convolution in network.convolutions.items():
        if name == "conv1_1":
            x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), convolution.weight)
            x = x + convolution.bias[:, None, None]
        else:
            x = F.max_pool2d(x, 2) if name.endswith("_1") else x
            x = F.conv2d(x, convolution.weight, convolution.bias, padding=1)
        if name == CONTENT_LAYER:
            found[name] = x
        x = F.relu(x)
        if (layer := name.replace("conv", "relu")) in STYLE_LAYERS:
            found[layer] = x
    return found


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (C,) and covariance (C, C) of features (1, C, H, W) over positions."""
    flat = values[0].flatten(1)
    mean = flat.mean(1)
    return mean, flat @ flat.T / flat.shape[1] - torch.outer(mean, mean)


class Loss:
    """The pyramid loss of all levels, with the weights of the settings."""

    def __init__(
        self,
        network: Network,
        content: Tensor,
        style: Tensor,
        settings: Settings,
        device: str = "cpu",
    ) -> None:
        self.settings = settings
        self.network = contiguous(network, device)
        self.sizes = [
            pyramid.level_size(pyramid.size_of(content), settings.base_size, level)
            for level in reversed(range(settings.levels or 1))
        ]
        self.targets = [self._target(content, style, size) for size in self.sizes]

    @torch.no_grad()
    def _target(
        self, content: Tensor, style: Tensor, size: Size
    ) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
        device = self.network.convolutions["conv1_1"].weight.device
        shown = pyramid.target(style, pyramid.level_size(pyramid.size_of(style), min(size)))
        painted = features(self.network, shown.to(device))
        photo = features(self.network, pyramid.target(content, size).to(device))[CONTENT_LAYER]
        layers = STYLE_LAYERS if size == self.sizes[-1] else FINE_LAYERS
        return photo, {layer: moments(painted[layer]) for layer in layers}

    def __call__(self, picture: Tensor) -> Tensor:
        """Sum of the losses of all levels, for a picture of the finest size."""
        total = picture.new_zeros(())
        for size, (photo, style) in zip(self.sizes, self.targets, strict=True):
            picture = pyramid.resize(picture, size)
            total = total + self._level(picture, photo, style)
        return total

    def _level(
        self, picture: Tensor, photo: Tensor, style: dict[str, tuple[Tensor, Tensor]]
    ) -> Tensor:
        found, s = features(self.network, picture), self.settings
        content = (found[CONTENT_LAYER] - photo).square().mean() / photo.square().mean()
        distances = []
        for layer, (mean, covariance) in style.items():
            floor = 1e-5 * mean.square().sum() ** 2
            now, spread = moments(found[layer])
            distances.append(
                (now - mean).square().sum() / mean.square().sum()
                + (spread - covariance).square().sum() / (covariance.square().sum() + floor)
            )
        style_loss = sum(distances) / len(distances)
        roughness = neighbours(picture)
        return s.content_weight * content + s.style_weight * style_loss + s.tv_weight * roughness


def gradient(loss: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    leaf = x.clone().requires_grad_()
    return torch.autograd.grad(loss(leaf), leaf)[0]


def neighbours(x: Tensor) -> Tensor:
    """Total variation: mean squared differences, the diagonals at half weight."""
    pairs = (
        (x[..., 1:], x[..., :-1], 1.0),
        (x[..., 1:, :], x[..., :-1, :], 1.0),
        (x[..., 1:, 1:], x[..., :-1, :-1], 0.5),
        (x[..., 1:, :-1], x[..., :-1, 1:], 0.5),
    )
    return torch.stack([weight * (a - b).square().mean() for a, b, weight in pairs]).sum()


def contiguous(network: Network, device: str = "cpu") -> Network:
    """A copy of the network in float32 and the usual layout, channels first."""
    wide = network.to(device, torch.float32)
    convolutions = {
        name: type(c)(c.weight.contiguous(), c.bias) for name, c in wide.convolutions.items()
    }
    return type(network)(network.name, convolutions)


@dataclass(frozen=True, slots=True)
class Point:
    """The state of a run after an evaluation of the loss."""

    seconds: float  # without the time that `Look` takes
    iteration: int
    evaluations: int
    loss: float
    picture: Tensor  # the one that was evaluated; only valid until `Look` returns


Look = Callable[[Point], None]


class Descent:
    """torch's L-BFGS with strong Wolfe, as public implementations run it.

    ``corrected`` scales the loss so that no curvature pair falls below torch's absolute
    thresholds, and makes the first step two grey levels long. ``look`` is called after each
    evaluation.
    """

    def __init__(
        self, loss: Callable[[Tensor], Tensor], start: Tensor, *, corrected: bool, look: Look
    ) -> None:
        self._loss, self._look = loss, look
        self._picture = start.clone().requires_grad_()
        self._scale, self._rate = self._correction() if corrected else (1.0, 1.0)
        self._seconds, self._evaluations = 0.0, 0

    def run(self, iterations: int) -> None:
        """Run so many iterations, or until torch finds no further improvement."""
        optimizer = torch.optim.LBFGS(
            [self._picture], lr=self._rate, max_iter=1, line_search_fn="strong_wolfe"
        )
        self._state = optimizer.state[self._picture]
        self._resumed = time.perf_counter()
        optimizer.step(self._closure)  # type: ignore[no-untyped-call]
        optimizer.param_groups[0].update(
            lr=1.0, max_iter=iterations - 1, max_eval=iterations * 5 // 4
        )
        optimizer.step(self._closure)  # type: ignore[no-untyped-call]

    @property
    def picture(self) -> Tensor:
        return self._picture.detach()

    def _closure(self) -> Tensor:
        self._picture.grad = None
        value = self._loss(self._picture) * self._scale
        value.backward()  # type: ignore[no-untyped-call]
        loss = float(value.detach()) / self._scale  # waits for a GPU
        self._seconds += time.perf_counter() - self._resumed
        self._evaluations += 1
        iteration = self._state.get("n_iter", 0)
        picture = self._picture.detach()
        self._look(Point(self._seconds, iteration, self._evaluations, loss, picture))
        self._resumed = time.perf_counter()
        return value.detach()

    def _correction(self) -> tuple[float, float]:
        """Factor of the loss and learning rate of the first step.

        The factor makes the gradient's RMS 1. torch divides its first step by ‖g‖₁.
        """
        slope = gradient(self._loss, self._picture.detach())
        size = float(slope.square().mean().sqrt())
        return 1 / size, FIRST_STEP * max(1.0, float(slope.abs().sum()) / size)


def start(content: Tensor, style: Tensor, settings: Settings) -> Tensor:
    """The picture that all runs with these settings start from, at the finest size."""
    assert settings.levels is not None and not math.isnan(settings.style_scale)
    size = pyramid.level_size(pyramid.size_of(content), settings.base_size, settings.levels - 1)
    return noise.start(content, style, size, settings)


def sizes_text(sizes: Sequence[Size]) -> str:
    """Sizes as width×height, the finest first."""
    return ", ".join(f"{width}×{height}" for height, width in sizes)
