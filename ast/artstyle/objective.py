"""What a stage minimises: the pyramid loss, computed so that it fits into the memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from artstyle.machine import devices, memory
from artstyle.machine.memory import Demand, Plan
from artstyle.style import pyramid
from artstyle.style.losses import LevelLoss, Weights, evaluate_pyramid
from artstyle.style.optimize import Adam, Lbfgs, Optimizer
from artstyle.style.pyramid import Size, Stage
from artstyle.style.regions import Blend, several
from artstyle.style.tiles import Tiling
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network


class Objective:
    """The loss of a run, one stage after another.

    It decides the precision, the tiles and the length of the optimiser's history. The losses
    of the levels are kept from stage to stage, so their targets are measured once.
    """

    def __init__(
        self,
        content: Tensor,
        style: Tensor | Sequence[Tensor],
        demand: Demand,
        network: Network | Callable[[], Network] | None,
        blend: Blend | None = None,
    ) -> None:
        """``network`` is loaded, or called, only if the run fits; by default by its name.

        Several styles need a blend of them. Raises `OutOfMemory` or `WeightsError`.
        """
        self.content, self.styles, self.demand = content, several(style), demand
        self.blend = blend or Blend((1.0,))
        self._limit = demand.check()  # bytes, before the network takes some of them
        if network is None:
            network = checkpoints.load(demand.settings.network)
        self._weights = network if isinstance(network, Network) else network()
        with demand.advising():
            self.network = self._weights.to(demand.device, demand.dtype)
        self._losses: dict[Size, LevelLoss] = {}
        self._support: Tensor | None = None
        self._stage: Stage  # these from `begin` on
        self.plan: Plan
        self._optimizer: Optimizer

    def begin(self, stage: Stage) -> Optimizer:
        """Turn to a stage and make its optimiser. Raises `OutOfMemory`."""
        self._stage = stage
        self._fit()
        support = self.blend.support(stage.size)
        self._support = None if support is None else support.to(self.demand.device)
        lbfgs = self.demand.settings.optimizer == "lbfgs"
        self._optimizer = Lbfgs(self.plan.history) if lbfgs else Adam()
        return self._optimizer

    @property
    def note(self) -> str | None:
        """What the user should know about how this stage is computed."""
        return self.plan.note(self._stage.size)

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of a picture (1, 3, H, W): its parts (levels, 3) and its gradient.

        Where memory runs out, this evaluation and all later ones use smaller tiles. If none
        fit, the error of torch is raised.
        """
        while True:
            try:
                levels = [(size, self._level(size)) for size in self._stage.sizes]
                parts, gradient = evaluate_pyramid(levels, picture)
                if self._support is not None:  # elsewhere the photo stays as it is
                    gradient *= self._support
                return parts, gradient
            except Exception as error:
                if not memory.ran_out(error):
                    raise
                self._limit = int(self.plan.bytes * memory.RETREAT)
                if self.demand.plan(self._stage.size, self._limit) is None:
                    raise
            devices.release(self.demand.device)  # after the error, which holds what was computed
            self._fit()
            self._optimizer.shorten(self.plan.history)

    def recontent(self, content: Tensor) -> None:
        """Turn to another photo of the same size; the paintings' targets stay as they are."""
        self.content = content
        for size, loss in self._losses.items():
            loss.recontent(*self._targets(size))

    def widen(self) -> None:
        """Compute in float32 from here on, with targets measured in float32."""
        if self.demand.dtype is not torch.float32:
            self.demand = replace(self.demand, dtype=torch.float32)
            self.network = self._weights.to(self.demand.device, torch.float32)
            self._losses.clear()
            self._fit()

    def _fit(self) -> None:
        plan = self.demand.plan(self._stage.size, self._limit)
        if plan is None:
            raise memory.too_large(self.demand, self._limit)
        self.plan = plan
        for size in self._stage.sizes:
            if size in self._losses:
                self._losses[size].tiling = self._tiling(size)

    def _tiling(self, size: Size) -> Tiling | None:
        finest = self._stage.size
        if size == finest:
            return self.plan.tiling
        return self.demand.tiling(size, finest, self.plan.history, self._limit)

    def _level(self, size: Size) -> LevelLoss:
        if size not in self._losses:
            self._losses[size] = LevelLoss(
                self.network,
                *self._targets(size),
                self._loss_weights(),
                self._tiling(size),
                fine=self._stage.fine(size),
                regions=self.blend.at(size, self.demand.device),
            )
        return self._losses[size]

    def _targets(self, size: Size) -> tuple[Tensor, list[Tensor]]:
        """The photo and the paintings as a level is compared with them."""
        shorter = max(pyramid.STYLE_SHORTEST, round(min(size) * self.demand.settings.style_scale))
        content = pyramid.target(self.content, size).to(self.demand.device)
        return content, [
            pyramid.target(each, pyramid.level_size(pyramid.size_of(each), shorter))
            for each in self.styles
        ]

    def _loss_weights(self) -> Weights:
        s = self.demand.settings
        return Weights(
            content=s.content_weight,
            style=s.style_weight,
            tv=s.tv_weight,
            style_loss=s.style_loss,
            content_loss=s.content_loss,
            realism=s.realism,
            mixture=self.blend.shares,
        )
