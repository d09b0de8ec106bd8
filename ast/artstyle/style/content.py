"""The content losses: what of the photo the picture keeps.

Each reads some layers position by position, so that tiles can be read one at a time.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import os

import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.style import noise
from artstyle.style.pyramid import size_of
from artstyle.vgg.networks import CONTENT_LAYER, Network, block_of

Place = tuple[slice, slice]

GRID = 4  # px between the positions that are compared with the painting
SPREAD = 0.03  # sigma of the blur of the weight map, relative to the shorter side
LOUDEST = 0.95  # the quantile of the structure that gets the whole weight
LEAST_WEIGHT = float(os.environ.get("NB_L", "0.1"))  # of the flattest areas
ROWS = 1024  # positions that are matched at a time
# Makes one content weight mean about the same for both content losses.
import os
STRENGTH = float(os.environ.get("NB_S", "4"))


class Reading(Protocol):
    """What is kept of some layers, position by position."""

    layers: Sequence[str]

    def stride(self, layer: str) -> int:
        """Pixels between two positions of what is kept."""

    def read(self, layer: str, features: Tensor, place: Place) -> Tensor:
        """Read the features of a part of the picture, of which ``place`` is the positions."""


class ContentLoss(Reading, Protocol):
    def distance(self, read: Mapping[str, Tensor]) -> Tensor:
        """The distance to the photo, from what was read of the whole picture."""


class Whole:
    """Keeps a layer as it is."""

    layers = (CONTENT_LAYER,)

    def stride(self, layer: str) -> int:
        return 1 << (block_of(layer) - 1)

    def read(self, layer: str, features: Tensor, place: Place) -> Tensor:
        return features


class FeatureLoss(Whole):
    """mean (F − P)² / mean P² of conv4_2, as in the paper."""

    def __init__(self, photo: Mapping[str, Tensor]) -> None:
        self._photo = photo[CONTENT_LAYER].float() if photo[CONTENT_LAYER].dtype is torch.bfloat16 else photo[CONTENT_LAYER]

    def distance(self, read: Mapping[str, Tensor]) -> Tensor:
        from artstyle.style.losses import relative, _wide
        return relative(_wide(read[CONTENT_LAYER]), self._photo)


def neighbor_layers(network: Network) -> tuple[str, ...]:
    last = {block_of(name): name.replace("conv", "relu") for name in network.convolutions}
    return (last[1], last[2], "relu3_1", last[3], "relu4_1", last[4])


class OnGrid:
    """Brings layers to a grid of a quarter of the picture's size: (1, C, ⌊H/4⌋, ⌊W/4⌋)."""

    def __init__(self, layers: Sequence[str]) -> None:
        self.layers = layers

    def stride(self, layer: str) -> int:
        return GRID

    def read(self, layer: str, features: Tensor, place: Place) -> Tensor:
        stride = 1 << (block_of(layer) - 1)
        if stride < GRID:
            return F.avg_pool2d(features, GRID // stride)
        if stride == GRID:
            return features
        rows, columns = (each.stop - each.start for each in place)
        up = features.repeat_interleave(2, 2).repeat_interleave(2, 3)
        missing = (0, columns - up.shape[3], 0, rows - up.shape[2])
        return F.pad(up, missing, mode="replicate") if any(missing) else up


import os
MODE = os.environ.get("NB_SCALE", "channels")
CENTER = os.environ.get("NB_CENTER", "0") == "1"
WEIGHTS = [float(x) for x in os.environ.get("NB_W", "1,1,1,1,1,1").split(",")]


class NeighborLoss(OnGrid):
    """mean of m · (1 − cos(φ, T)), T the painting's features nearest to the photo's."""

    def __init__(
        self,
        photo: Mapping[str, Tensor],
        painting: Mapping[str, Tensor],
        weight: Tensor,
        realism: float,
    ) -> None:
        super().__init__(tuple(photo))
        self._weight = weight
        ours = {k: v.float() for k, v in photo.items()}
        theirs = {k: v.float() for k, v in painting.items()}
        self.scale = {}
        for layer, w in zip(self.layers, WEIGHTS):
            t = theirs[layer]
            centred = t - t.mean((2, 3), keepdim=True)
            if MODE == "channels":
                self.scale[layer] = w / t.shape[1]
            else:
                self.scale[layer] = w / float(centred.square().sum(1).mean().sqrt())
            if os.environ.get("NB_SAY"):
                print(layer, "norm/C", float(centred.square().sum(1).mean().sqrt()) / t.shape[1], "uncentred", float(t.square().sum(1).mean().sqrt()) / t.shape[1])
        self.mean = {k: (t.mean((2, 3), keepdim=True) if CENTER else 0.0) for k, t in theirs.items()}
        p = torch.cat([(ours[k] - ours[k].mean((2, 3), keepdim=True)) * self.scale[k] for k in self.layers], 1).flatten(2)[0].T
        s = torch.cat([(theirs[k] - theirs[k].mean((2, 3), keepdim=True)) * self.scale[k] for k in self.layers], 1).flatten(2)[0].T
        s = F.normalize(s, dim=1)
        match = torch.cat([(rows @ s.T).argmax(1) for rows in p.split(ROWS)])
        self.match = match

        def unit(whole: dict[str, Tensor], index) -> dict[str, Tensor]:
            picked = {k: ((v - self.mean[k]) * self.scale[k]).flatten(2) for k, v in whole.items()}
            if index is not None:
                picked = {k: v[..., index] for k, v in picked.items()}
            norm = sum(v.square().sum(1, keepdim=True) for v in picked.values()).sqrt().clamp(min=1e-12)
            return {k: v / norm for k, v in picked.items()}

        t = unit(theirs, match)
        if realism:
            o = unit(ours, None)
            t = {k: (1 - realism) * t[k] + realism * o[k] for k in t}
            norm = sum(v.square().sum(1, keepdim=True) for v in t.values()).sqrt().clamp(min=1e-12)
            t = {k: v / norm for k, v in t.items()}
        shape = next(iter(photo.values())).shape[2:]
        self.target = {k: v.view(1, -1, *shape).to(photo[k].dtype).contiguous(memory_format=torch.channels_last) for k, v in t.items()}

    def read(self, layer: str, features: Tensor, place: Place) -> Tensor:
        grid = super().read(layer, features, place)
        wide = (grid.float() if grid.dtype is torch.bfloat16 else grid)
        wide = (wide - self.mean[layer]) * self.scale[layer]
        target = self.target[layer][(..., *place)]
        return torch.stack(((wide * target).sum(1), wide.square().sum(1)), 1)

    def distance(self, read: Mapping[str, Tensor]) -> Tensor:
        along, square = sum(read.values()).unbind(1)
        cosine = along / square.clamp(min=1e-20).sqrt()
        return STRENGTH * (self._weight * (1 - cosine)).mean()


def structure(photo: Tensor) -> Tensor:
    """How much each position of the grid counts, with a mean of 1: (1, 3, H, W) -> (H/4, W/4)."""
    height, width = size_of(photo)
    import cv2
    steep = noise.gradient_map(photo)
    edges = (steep / (noise.EDGE_SOFTNESS + steep)).numpy()
    edges = torch.from_numpy(cv2.GaussianBlur(edges, (0, 0), SPREAD * min(height, width)))
    edges = (edges / edges.quantile(LOUDEST).clamp(min=1e-6)).clamp(0, 1)
    edges = LEAST_WEIGHT + (1 - LEAST_WEIGHT) * edges
    weight = F.avg_pool2d(edges[None, None], GRID)[0]
    return (weight / weight.mean()).to(photo.device)
