"""What the photo's features are looked up in: the parts of the paintings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.style.moments import weighted_sum, wide
from artstyle.style.regions import Regions, Shares

# The layers that neighbours are compared by, and the shares of their lengths in a feature.
NEIGHBOR_LAYERS = {"relu1_2": 6.5, "relu2_2": 2.4, "relu3_1": 1.5}
GRID = 4  # px between the positions at which the picture is compared with the painting
MOST = 8192  # positions of all paintings that are looked at
SHARED = 0.5  # of a place's largest region; smaller ones have no say in what is found for it
TINY = 1e-12

Features = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Palette:
    """What is kept of a painting's features on the grid."""

    mean: Features  # (1, C, 1, 1) by layer
    variance: Features  # mean ‖f − mean‖² by layer
    parts: Features  # some of the features, (1, C, M) by layer

    @classmethod
    def of(cls, painting: Features, most: int = MOST) -> "Palette":
        """From the features (1, C, h, w), of which at most so many positions are kept.

        With fewer than `MOST`, there are further paintings, and these features aren't kept alive.
        """
        step = -(-painting["relu3_1"][0, 0].numel() // most)
        mean, variance, parts = {}, {}, {}
        for layer in NEIGHBOR_LAYERS:
            features = wide(painting[layer])
            mean[layer] = features.mean((2, 3), keepdim=True)
            variance[layer] = (features - mean[layer]).square().sum(1).mean()
            some = painting[layer].flatten(2)[..., ::step]
            parts[layer] = some if most == MOST else some.clone()
        return cls(mean, variance, parts)


class Measure:
    """How features of all layers become one: minus their mean, each layer in its share."""

    def __init__(self, palettes: Sequence[Palette], shares: Shares) -> None:
        """Mean and scale are those of the paintings' mixture."""
        self.means, self.scales = {}, {}
        for layer, share in NEIGHBOR_LAYERS.items():
            mean = self.means[layer] = mean_of(palettes, shares, layer)
            variance = sum(
                part * (each.variance[layer] + (each.mean[layer] - mean).square().sum())
                for each, part in zip(palettes, shares, strict=True)
            )
            self.scales[layer] = share / torch.as_tensor(variance).sqrt().clamp(min=TINY)

    def rows(self, features: Features) -> Tensor:
        """One feature φ for each of the positions of (1, C, N): (N, all channels)."""
        parts = [
            (wide(features[layer]) - self.means[layer][..., 0]) * self.scales[layer]
            for layer in NEIGHBOR_LAYERS
        ]
        return torch.cat(parts, 1)[0].T


class Lookup:
    """Finds the paintings' parts that are most similar to features of the photo.

    Both are compared relative to their means, so that a dark photo finds all of a bright painting.
    """

    def __init__(self, parts: Tensor, middle: Tensor, center: Tensor | None = None) -> None:
        """``parts`` are rows (M, channels), ``middle`` and ``center`` the means, (1, channels)."""
        self.parts = units(parts)
        self._compared = self.parts if center is None else units(parts - center)
        self._middle = middle

    def nearest(self, own: Tensor) -> Tensor:
        """The indices of the parts nearest to rows of features of the photo, (N,)."""
        return ((own - self._middle) @ self._compared.T).argmax(1)

    def likeness(self, own: Tensor, nearest: Tensor) -> Tensor:
        """The cosines of features and parts, (N,)."""
        return (units(own - self._middle) * self._compared[nearest]).sum(1)


class Lookups:
    """A lookup for each region, with the paintings of its mixture."""

    def __init__(
        self,
        photo: Features,
        palettes: Sequence[Palette],
        measure: Measure,
        shares: Shares,
        regions: Regions | None,
    ) -> None:
        if regions is None:
            means = {layer: wide(photo[layer]).mean((2, 3)) for layer in NEIGHBOR_LAYERS}
            middle = measure.rows({layer: each[..., None] for layer, each in means.items()})
            self._lookups = [Lookup(_parts(palettes, shares, measure), middle)]
            return
        amounts = regions.amounts(GRID).flatten(1)
        self._taken = amounts >= SHARED * amounts.amax(0)  # (R, N)
        self._lookups = [
            Lookup(
                _parts(palettes, mixture, measure),
                measure.rows({k: _mean(wide(photo[k]), weights) for k in NEIGHBOR_LAYERS}),
                measure.rows({k: mean_of(palettes, mixture, k)[..., 0] for k in NEIGHBOR_LAYERS}),
            )
            for mixture, weights in zip(regions.mixtures, regions.weights[GRID], strict=True)
        ]

    def find(self, own: Tensor, some: slice) -> Tensor:
        """The parts nearest to the rows of some positions of the photo: (n, channels)."""
        first, *others = self._lookups
        nearest = first.nearest(own)
        found = first.parts[nearest]
        if others:
            best = first.likeness(own, nearest).masked_fill(~self._taken[0, some], -2)
        for lookup, taken in zip(others, self._taken[1:] if others else (), strict=True):
            nearest = lookup.nearest(own)
            likeness = lookup.likeness(own, nearest).masked_fill(~taken[some], -2)
            better = likeness > best
            found[better] = lookup.parts[nearest[better]]
            best = torch.maximum(best, likeness)
        return found


def mean_of(palettes: Sequence[Palette], shares: Shares, layer: str) -> Tensor:
    """The mean of a layer in a mixture, (1, C, 1, 1)."""
    means = [each.mean[layer] for each in palettes]
    return means[shares.index(1.0)] if 1.0 in shares else weighted_sum(means, shares)


def _parts(palettes: Sequence[Palette], shares: Shares, measure: Measure) -> Tensor:
    """The parts of the paintings that are in a mixture, as rows."""
    rows = [measure.rows(each.parts) for each, share in zip(palettes, shares, strict=True) if share]
    return torch.cat(rows) if len(rows) > 1 else rows[0]  # a copy would be rounded otherwise


def _mean(features: Tensor, weights: Tensor) -> Tensor:
    """The mean of (1, C, h, w) with weights (h, w) that sum to 1: (1, C, 1)."""
    return (features * weights.to(features)).sum((2, 3))[..., None]


def units(rows: Tensor) -> Tensor:
    return F.normalize(rows, eps=TINY)
