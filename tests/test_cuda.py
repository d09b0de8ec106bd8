"""A GPU computes what the CPU computes in float64, recovers as it does, and never waits.

Every test runs on the CPU too. It needs nothing of conftest.py, so that `scripts/gpu-check` can
run it on a machine that has torch and pytest and little else.
"""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from itertools import product
from typing import Any

import pytest
import torch
from tests.test_descent import Faulty
from tests.test_optimize import TARGET, Evaluate, Function, bowl, loss
from tests.test_tiles import picture
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from artstyle.errors import OutOfMemory
from artstyle.machine import devices
from artstyle.progress import Progress
from artstyle.settings import SETTINGS, Settings
from artstyle.style.descent import PATIENCE, Descent, Iterate, Minimizable, Watch
from artstyle.style.losses import LevelLoss, Weights, evaluate_pyramid
from artstyle.style.optimize import Adam, Lbfgs, Optimizer
from artstyle.style.palettes import NEIGHBOR_LAYERS
from artstyle.style.pyramid import Size
from artstyle.style.tiles import Tiling
from artstyle.transfer import Transfer, stylize
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import CONTENT_LAYER, STYLE_LAYERS, Network

SIZE, HALF = (66, 100), (33, 50)
CUT_UP = (130, 203)
LAYERS = (*STYLE_LAYERS, CONTENT_LAYER, *NEIGHBOR_LAYERS)
WEIGHTS = {
    "moments": Weights(0.08, 1.0, 0.5),
    "gram": Weights(0.08, 1.0, 0.5, "gram"),
    "neighbors": Weights(0.08, 1.0, 0.5, content_loss="neighbors", realism=0.25),
}
# ‖value − float64's‖ / ‖float64's‖ of the losses and of the gradient
TOLERANCE = {"fp32": (1e-4, 1e-3), "tf32": (1e-2, 3e-2), "bf16": (3e-2, 0.15)}
DTYPES = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16}

on_each_device = pytest.mark.parametrize(
    "device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)]
)
ON_A_GPU = [pytest.param("cuda", each, marks=pytest.mark.cuda) for each in TOLERANCE]
in_float32_and_on_a_gpu = pytest.mark.parametrize(
    ("device", "precision"), [("cpu", "fp32"), *ON_A_GPU]
)
in_each_precision = pytest.mark.parametrize(
    ("device", "precision"), [("cpu", "fp32"), ("cpu", "bf16"), *ON_A_GPU]
)


@cache
def network() -> Network:
    return checkpoints.embedded()


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Whole runs set how cuDNN computes."""
    cudnn = torch.backends.cudnn
    before = cudnn.benchmark, cudnn.allow_tf32
    yield
    cudnn.benchmark, cudnn.allow_tf32 = before


def level(device: str, precision: str, kind: str = "moments", size: Size = SIZE) -> LevelLoss:
    dtype = DTYPES.get(precision, torch.float64)
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    wide = torch.float64 if dtype is torch.float64 else torch.float32
    content, style = (each.to(device, wide) for each in (picture(*size, 0), picture(90, 70, 1)))
    return LevelLoss(network().to(device, dtype), content, style, WEIGHTS[kind])


@cache
def expected(kind: str, size: Size = SIZE) -> tuple[Tensor, Tensor]:
    """The loss and gradient of the whole picture, on the CPU in float64."""
    return level("cpu", "fp64", kind, size).evaluate(picture(*size, 2).double())


def apart(value: Tensor, reference: Tensor) -> float:
    return float((value.cpu().double() - reference).norm() / reference.norm())


Evaluated = tuple[Tensor, Tensor]


def assert_close(found: Evaluated, reference: Evaluated, precision: str) -> None:
    for each, wanted, bound in zip(found, reference, TOLERANCE[precision], strict=True):
        assert each.dtype is torch.float32
        assert apart(each, wanted) < bound


@in_each_precision
def test_every_layer_is_that_of_float64(device: str, precision: str) -> None:
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    x = picture(*SIZE, 2)
    wide = network().to("cpu", torch.float64).features(x.double(), LAYERS)
    narrow = network().to(device, DTYPES[precision]).features(x.to(device), LAYERS)
    for (name, reference), (same, found) in zip(wide, narrow, strict=True):
        assert name == same
        assert apart(found, reference) < TOLERANCE[precision][0], name


@in_each_precision
@pytest.mark.parametrize("kind", WEIGHTS)
def test_every_loss_is_that_of_float64(device: str, precision: str, kind: str) -> None:
    found = level(device, precision, kind).evaluate(picture(*SIZE, 2).to(device))
    assert_close(found, expected(kind), precision)


@in_float32_and_on_a_gpu
@pytest.mark.parametrize("kind", ["moments", "neighbors"])
@pytest.mark.parametrize("block", [1, 3, 5])
def test_tiles_give_what_the_whole_picture_gives(
    device: str, precision: str, block: int, kind: str
) -> None:
    tiled = level(device, precision, kind, CUT_UP)
    tiled.tiling = Tiling(block, 130 * 190)
    found = tiled.evaluate(picture(*CUT_UP, 2).to(device))
    assert_close(found, expected(kind, CUT_UP), precision)


@in_each_precision
def test_the_loss_of_two_levels_and_its_gradient_are_those_of_float64(
    device: str, precision: str
) -> None:
    def both(device: str, precision: str, x: Tensor) -> Evaluated:
        levels = [(size, level(device, precision, size=size)) for size in (SIZE, HALF)]
        return evaluate_pyramid(levels, x)

    x = picture(*SIZE, 2)
    reference = both("cpu", "fp64", x.double())
    assert_close(both(device, precision, x.to(device)), reference, precision)


@on_each_device
@pytest.mark.parametrize("make", [Lbfgs, Adam])
def test_the_optimizers_step_as_on_the_cpu(device: str, make: type[Lbfgs | Adam]) -> None:
    there, here = torch.full_like(TARGET, 0.5, device=device), torch.full_like(TARGET, 0.5)
    optimizers = make(), make()
    for number in range(20):
        for each, optimizer in zip((there, here), optimizers, strict=True):
            optimizer.step(each, bowl()(each)[1])
        if number < 5:  # rounding parts the paths later on
            torch.testing.assert_close(there.cpu(), here, rtol=1e-4, atol=1e-5)
    assert float(bowl()(there)[0].sum()) == pytest.approx(float(bowl()(here)[0].sum()), rel=0.2)


def descend(objective: Minimizable, device: str, every: int, iterations: int = 40) -> list[Iterate]:
    start = torch.full_like(TARGET, 0.5, device=device)
    return list(Descent(objective, start, Lbfgs(), every).iterate(iterations))


@on_each_device
@pytest.mark.parametrize("every", [1, 10])
@pytest.mark.parametrize(
    ("factor", "trouble"), [(float("nan"), "not a number"), (1e5, "exploding")]
)
def test_a_run_that_breaks_goes_on_from_its_best(
    device: str, every: int, factor: float, trouble: str
) -> None:
    faulty = Faulty(lambda call: call >= 8, lambda parts: parts * factor)
    iterates = descend(faulty, device, every)
    assert [i.trouble for i in iterates if i.trouble] == [trouble]
    assert faulty.widened == 1
    assert loss(iterates[-1]) < 0.1 * float(bowl()(torch.full_like(TARGET, 0.5))[0].sum())


@on_each_device
def test_a_run_that_stands_still_is_thawed(device: str) -> None:
    begin = bowl()(torch.full_like(TARGET, 0.5, device=device))
    frozen = Function(lambda picture: bowl()(picture) if frozen.widened else begin)
    iterates = descend(frozen, device, 1, 60)
    assert [i.number for i in iterates if i.trouble == "frozen"] == [PATIENCE + 1]
    assert loss(iterates[-1]) < 0.1 * loss(iterates[0])


class NoReading(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Refuses to read a number back, for which the host would wait for a GPU."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        assert func is not torch.ops.aten._local_scalar_dense.default, "a number is read"
        return func(*args, **(kwargs or {}))


@contextmanager
def without_waiting(device: str) -> Iterator[None]:
    if device == "cpu":
        with NoReading():  # type: ignore[no-untyped-call]
            yield
        return
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize(
    ("device", "make"),
    [
        ("cpu", Lbfgs),  # torch's Adam counts its steps on the CPU, and reads them there
        pytest.param("cuda", Lbfgs, marks=pytest.mark.cuda),
        pytest.param("cuda", Adam, marks=pytest.mark.cuda),
    ],
)
@pytest.mark.parametrize("tiling", [None, Tiling(2, 50 * 100)])
def test_an_iteration_never_waits_for_the_device(
    device: str, make: type[Lbfgs | Adam], tiling: Tiling | None
) -> None:
    dtype = devices.precision(device, "auto")
    fine = level(device, "bf16" if dtype is torch.bfloat16 else "fp32")
    fine.tiling = tiling
    loss = partial(evaluate_pyramid, [(SIZE, fine), (HALF, level(device, "fp32", size=HALF))])
    x, optimizer = picture(*SIZE, 2).to(device), make(*[3] * (make is Lbfgs))
    watch = Watch(x)
    for number in range(6):  # the third has all that is set up on the way
        if number < 2:
            _iterate(loss, watch, optimizer, x)
            continue
        with without_waiting(device):
            _iterate(loss, watch, optimizer, x)
    assert watch.best_loss < 10


def _iterate(loss: Evaluate, watch: Watch, optimizer: Optimizer, x: Tensor) -> None:
    parts, gradient = loss(x)
    watch.see(parts, gradient, x)
    optimizer.step(x, gradient)


def settings(device: str, **said: Any) -> Settings:
    size = {"levels": 2, "iterations": 24} if device == "cuda" else {"levels": 1, "iterations": 6}
    usual = {"base_size": 64, "network": "vgg16", "device": device, "precision": "fp32", **size}
    return Settings(**{**usual, **said})


def pair() -> tuple[Tensor, Tensor]:
    return picture(96, 128, 3), picture(90, 70, 1)


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ("cpu", {"schedule": "joint", "optimizer": "adam"}),
        *(
            pytest.param("cuda", dict(zip(names, each, strict=True)), marks=pytest.mark.cuda)
            for names in [("precision", "optimizer", "schedule")]
            for each in product(
                ("auto", "fp32"), SETTINGS["optimizer"].choices, SETTINGS["schedule"].choices
            )
        ),
    ],
    ids=str,
)
def test_a_run_comes_as_far_as_on_the_cpu(device: str, said: dict[str, str]) -> None:
    there = stylize(*pair(), settings(device, **said), network())
    steps = {"levels": there.settings.levels, "iterations": there.settings.iterations}
    here = stylize(*pair(), settings("cpu", **{**said, "precision": "fp32", **steps}), network())
    assert there.loss.total == pytest.approx(here.loss.total, rel=0.1)
    assert there.picture.device.type == "cpu" and there.picture.dtype is torch.float32


@on_each_device
def test_a_run_goes_on_from_its_savepoint(device: str) -> None:
    said = settings(device)
    first = Transfer(*pair(), said, network())
    for progress in first.run():
        if progress.iteration >= 4:
            break
    second = Transfer(*pair(), said, network(), first.savepoint())
    *_, last = second.run()
    assert last.percent == pytest.approx(100)
    whole = stylize(*pair(), said, network())
    assert last.loss == pytest.approx(whole.loss.total, rel=0.5)  # L-BFGS starts over


@on_each_device
def test_two_jobs_at_once_make_the_pictures_that_they_make_alone(device: str) -> None:
    jobs = [settings(device, seed=seed, iterations=6) for seed in (0, 1)]

    def work(job: Settings) -> Tensor:
        return stylize(*pair(), job, network()).picture

    alone = [work(job) for job in jobs]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(work, jobs))
    assert (alone[0] - alone[1]).abs().mean() > 0.01
    for one, other in zip(alone, together, strict=True):
        # torch sums some gradients on CUDA in any order, and L-BFGS makes more of it
        assert (one - other).abs().mean() < (0.01 if device == "cuda" else 1e-6)


FILLER = """
import sys, torch
left = int(sys.argv[1]) - torch.cuda.mem_get_info()[0]
taken = torch.empty(-left, dtype=torch.uint8, device="cuda")
print("filled", flush=True)
sys.stdin.read()
"""


@contextmanager
def crowded(device: str, left: int, pixels: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave so many bytes of a GPU to this process, by filling it from another one.

    On the CPU, which others need, torch runs out of memory for more than so many pixels.
    """
    if device == "cpu":
        features = Network.features

        def limited(self: Network, x: Tensor, *words: Any, **said: Any) -> Any:
            if said.get("after", 0) == 0 and x.shape[-2] * x.shape[-1] > pixels:
                raise torch.OutOfMemoryError("out of memory")
            return features(self, x, *words, **said)

        with monkeypatch.context() as patch:
            patch.setattr(Network, "features", limited)
            yield
        return
    torch.cuda.empty_cache()
    words = [sys.executable, "-c", FILLER, str(left)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as filler:
        assert filler.stdin is not None and filler.stdout is not None
        assert filler.stdout.readline() == b"filled\n"
        yield
        filler.stdin.close()


def large(device: str) -> Settings:
    side = 1024 if device == "cuda" else 96
    return settings(device, levels=1, base_size=side, schedule="joint", iterations=4)


@on_each_device
def test_a_run_whose_memory_is_taken_goes_on_in_tiles(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.machine.memory.FIXED", 1 << 20)  # taken before, on a GPU
    transfer = Transfer(*pair(), large(device), network())
    seen: list[Progress] = []
    with crowded(device, 1_100_000_000, 96 * 110, monkeypatch):
        seen += transfer.run()
    assert "in tiles" in (seen[-1].note or "")
    assert seen[-1].loss < seen[0].loss


@on_each_device
def test_a_run_that_fits_no_way_says_so_and_the_next_one_runs(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    transfer = Transfer(*pair(), large(device), network())
    with crowded(device, 60_000_000, 0, monkeypatch), pytest.raises(OutOfMemory):
        list(transfer.run())
    del transfer
    assert stylize(*pair(), settings(device, iterations=4), network()).percent == 100


@pytest.mark.cuda
def test_a_gpu_is_what_auto_chooses() -> None:
    assert devices.choose("auto") == "cuda"
    assert Settings().resolved("cuda").levels == 2
    assert 0 < devices.free_memory("cuda") <= torch.cuda.mem_get_info()[1]
