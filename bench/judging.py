"""How good a picture is: the distance of its style, and how well its subject stands."""

import cv2
import numpy as np
import torch
from torch import Tensor

from artstyle.style import pyramid
from artstyle.vgg.networks import Network

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
PROJECTIONS = 64  # directions along which the features of a layer are compared
QUANTILES = 256
BLURS = (0.006, 0.012)  # sigma, relative to the shorter side
STRONGEST = 0.9  # the quantile from which on a photo's edges are strong
TINY = 1e-9


@torch.no_grad()
def style_distance(network: Network, result: Tensor, painting: Tensor) -> float:
    """Sliced Wasserstein distance of the features, relative to the painting's own spread.

    The painting is brought to the result's size. After Heitz et al., A Sliced Wasserstein Loss
    for Neural Texture Synthesis, CVPR 2021, with fixed random directions that no loss uses.
    """
    shorter = min(pyramid.size_of(result))
    size = pyramid.level_size(pyramid.size_of(painting), shorter)
    random = torch.Generator().manual_seed(7)
    found = dict(network.features(result, LAYERS))
    wanted = dict(network.features(pyramid.target(painting, size), LAYERS))
    distances = []
    for layer in LAYERS:
        axes = torch.randn(PROJECTIONS, wanted[layer].shape[1], generator=random)
        axes /= axes.norm(dim=1, keepdim=True)
        a, b = (_quantiles(axes @ each[layer][0].flatten(1)) for each in (found, wanted))
        distances.append((a - b).square().mean() / (b - b.mean(1, keepdim=True)).square().mean())
    return float(torch.stack(distances).mean())


def _quantiles(values: Tensor) -> Tensor:
    """Evenly spaced quantiles of each row, so that rows of any length can be compared."""
    ordered = values.sort(1).values
    places = torch.linspace(0, ordered.shape[1] - 1, QUANTILES).round().long()
    return ordered[:, places]


def subject(result: Tensor, photo: Tensor) -> float:
    """How well the photo's strong edges stand where they stood: 0 unrelated, near 1 the photo.

    At the tenth of the places where the photo's luminance changes most, weighted by that: the
    mean of cos² of the angle between both gradients, and the mean rank of the result's gradient
    among all of the result's. Both are brought from ½ … 1 to 0 … 1, and averaged over two
    blurs.
    """
    photo = pyramid.target(photo, pyramid.size_of(result))
    scores = []
    for blur in BLURS:
        (x, y), (u, v) = (_gradient(each, blur) for each in (result, photo))
        length, wanted = np.hypot(x, y), np.hypot(u, v)
        strong = wanted >= np.quantile(wanted, STRONGEST)
        weights = wanted[strong]
        cosine = (x * u + y * v)[strong] / np.maximum((length * wanted)[strong], TINY)
        ranks = length.ravel().argsort().argsort().reshape(length.shape) / (length.size - 1)
        for score in (cosine**2, ranks[strong]):
            scores.append(2 * float(np.average(score, weights=weights)) - 1)
    return float(np.mean(scores))


def _gradient(picture: Tensor, blur: float) -> tuple[np.ndarray, np.ndarray]:
    pixels = np.ascontiguousarray(picture[0].permute(1, 2, 0).clamp(0, 1).numpy())
    luminance = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[..., 0]
    soft = cv2.GaussianBlur(luminance, (0, 0), blur * min(luminance.shape))
    return cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
