"""The run as a whole, with the embedded network at 64 and 96 px."""

import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor

from artstyle.pictures import read
from artstyle.progress import Progress
from artstyle.savepoint import Savepoint
from artstyle.settings import DEFAULT_LEVELS, SETTINGS, STAGE_ITERATIONS, Settings
from artstyle.style import optimize, pyramid
from artstyle.style.descent import Watch
from artstyle.style.losses import LevelLoss
from artstyle.style.pyramid import Stage
from artstyle.transfer import Transfer, run, stylize
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

ROOT = Path(__file__).parents[1]
CONTENTS = sorted((ROOT / "img/content").iterdir())
STYLES = sorted((ROOT / "img/style").iterdir())
SMALL = {"base_size": 64, "network": "vgg16", "device": "cpu", "levels": 1}


@cache
def network() -> Network:
    return checkpoints.embedded()


@cache
def sample(path: Path) -> Tensor:
    """Load a sample picture, small: the tests need no more of it."""
    return torch.nn.functional.interpolate(
        read.load(path), (96, 128), mode="bicubic", antialias=True
    ).clamp(0, 1)


def settings(**said: object) -> Settings:
    return Settings(**{**SMALL, "iterations": 8, **said})  # type: ignore[arg-type]


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    return sample(ROOT / "img/content/rocket.jpg"), sample(ROOT / "img/style/impasto.webp")


def progresses(pair: tuple[Tensor, Tensor], **said: object) -> list[Progress]:
    return list(run(*pair, settings(**said), network()))


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("content", CONTENTS, ids=lambda path: path.stem)
def test_the_loss_falls_on_every_sample_pair(content: Path, style: Path) -> None:
    seen = progresses((sample(content), sample(style)), iterations=12)
    assert seen[-1].loss < 0.6 * seen[0].loss
    assert all(progress.note is None for progress in seen)


@pytest.mark.parametrize(
    "said",
    [{"optimizer": name} for name in SETTINGS["optimizer"].choices]
    + [{"schedule": name, "levels": 2} for name in SETTINGS["schedule"].choices]
    + [{"content_loss": name} for name in SETTINGS["content_loss"].choices]
    + [{"style_loss": name} for name in SETTINGS["style_loss"].choices]
    + [{"start": name} for name in SETTINGS["start"].choices]
    + [{"realism": 0.0}, {"realism": 1.0}]
    + [{"colors": "photo"}, {"colors": "match"}, {"style_scale": 0.5}, {"precision": "fp32"}],
    ids=str,
)
def test_every_way_of_running_brings_the_loss_down(
    said: dict[str, object], pair: tuple[Tensor, Tensor]
) -> None:
    seen = progresses(pair, iterations=12, **said)
    last_stage = [progress for progress in seen if progress.stage == seen[-1].stage]
    assert last_stage[-1].loss < last_stage[0].loss
    picture = seen[-1].picture()
    assert picture.isfinite().all() and picture.min() >= 0 and picture.max() <= 1


def test_progress_counts_iterations_over_all_stages(pair: tuple[Tensor, Tensor]) -> None:
    seen = progresses(pair, levels=2, base_size=128, iterations=10)
    assert [progress.iteration for progress in seen] == list(range(1, 11))
    assert {progress.iterations for progress in seen} == {10}
    percents = [progress.percent for progress in seen]
    assert percents == sorted(percents)
    assert percents[0] > 0 and percents[-2] < 100 and percents[-1] == 100
    assert next(p.sizes for p in seen if p.stage == seen[-1].stage) == ((256, 340), (128, 170))
    assert {progress.size for progress in seen} == {(256, 340)}
    assert seen[-1].seconds_left == 0
    assert all(len(progress.levels) == len(progress.sizes) for progress in seen)


def test_pictures_of_the_warm_up_are_shown_at_the_size_of_level_0(
    pair: tuple[Tensor, Tensor],
) -> None:
    seen: dict[object, object] = {}
    for progress in run(*pair, settings(levels=2, base_size=128, colors="photo"), network()):
        seen[progress.sizes[0]] = tuple(progress.picture().shape[-2:])
    assert seen == {(64, 85): (128, 170), (128, 170): (128, 170), (256, 340): (256, 340)}


@pytest.mark.usefixtures("three_stages")
def test_a_stage_that_has_just_begun_is_shown_without_its_own_details(
    pair: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.transfer.ROUGH", 2)
    transfer = Transfer(*pair, settings(), network())
    rough = []
    for progress in transfer.run():
        rough.append(progress.rough)
        if progress.rough:
            before, now = (stage.size for stage in THREE_STAGES[progress.stage - 2 :][:2])
            coarse = pyramid.resize(transfer._picture, before)
            assert torch.equal(progress.picture(), pyramid.target(coarse, now))
    assert rough == [False] * 4 + [True, False, False] + [True, False]


def test_no_picture_of_a_run_is_worse_than_that_at_the_end_of_the_stage_before(
    pair: tuple[Tensor, Tensor],
) -> None:
    seen = [
        (progress, pyramid.target(progress.picture(), progress.size))
        for progress in run(*pair, settings(base_size=128, iterations=40), network())
    ]
    result = seen[-1][1]
    distances = [float((picture - result).square().mean()) for _, picture in seen]
    last = next(number for number, (progress, _) in enumerate(seen) if progress.ended)
    assert all(distance < 1.02 * distances[last] for distance in distances[last:])
    assert [progress.rough for progress, _ in seen[last:]].count(True) == 5


def test_the_same_seed_gives_the_same_picture_and_another_another(
    pair: tuple[Tensor, Tensor],
) -> None:
    first, second, other = (
        stylize(*pair, settings(seed=seed), network()).picture for seed in (5, 5, 6)
    )
    assert torch.equal(first, second)
    assert (first - other).abs().mean() > 0.01


def test_a_picture_in_its_own_style_comes_back_nearly() -> None:
    content = sample(ROOT / "img/content/chelsea.jpg")
    said = {"tv_weight": 0.0, "content_weight": 1.0, "iterations": 80, "base_size": 96}
    result = stylize(content, content, settings(**said), network())
    assert (result.picture - content).abs().mean() < 0.05
    unmoved = stylize(content, content, settings(**said, start="content"), network())
    assert (unmoved.picture - content).abs().mean() < 0.005


def test_a_picture_that_is_right_from_the_start_ends_without_an_error() -> None:
    white = torch.ones(1, 3, 64, 80)
    # to the neighbours' loss, which has no scale, the faintest noise on white is far from it
    for said in ({"content_loss": "features"}, {"start": "content"}):
        assert stylize(white, white, settings(**said), network()).loss.total < 0.05
    seen = progresses((white, white))
    assert seen[-1].loss < 0.5 * seen[0].loss
    photo = sample(ROOT / "img/content/chelsea.jpg")
    small = torch.nn.functional.interpolate(photo, scale_factor=0.5, mode="bicubic")
    near = settings(start="content", optimizer="adam")
    assert stylize(photo, small.clamp(0, 1), near, network()).loss.total < 0.05


def test_a_small_style_scale_still_has_a_covariance_to_follow(pair: tuple[Tensor, Tensor]) -> None:
    assert progresses(pair, style_scale=0.125)[0].parts.style < 10


def test_stopping_early_gives_a_picture_of_the_results_size(pair: tuple[Tensor, Tensor]) -> None:
    transfer = Transfer(*pair, settings(base_size=128, colors="photo"), network())
    first = next(transfer.run())
    assert transfer._picture.shape[-2:] == (64, 85)
    assert transfer.result(first).picture.shape[-2:] == (128, 170)


def test_keeping_the_photos_colours_changes_the_brightness_and_leaves_the_colours(
    pair: tuple[Tensor, Tensor],
) -> None:
    photo = pair[0]
    result = stylize(*pair, settings(colors="photo", base_size=96), network()).picture
    chroma = result - result.mean(1, keepdim=True)
    inside = (result > 0.01).all(1, keepdim=True) & (result < 0.99).all(1, keepdim=True)
    # where nothing is cut off, all three channels have moved alike
    expected = photo - photo.mean(1, keepdim=True)
    assert ((chroma - expected) * inside).abs().max() < 1e-4
    assert (result.mean(1) - photo.mean(1)).abs().mean() > 0.02


def test_the_result_knows_what_it_was_made_with(pair: tuple[Tensor, Tensor]) -> None:
    transfer = Transfer(*pair, settings(iterations=None, levels=None), network())
    result = transfer.result(next(transfer.run()))
    assert result.settings.levels == DEFAULT_LEVELS
    assert result.settings.iterations == sum(STAGE_ITERATIONS[: DEFAULT_LEVELS + 2])
    assert result.network == "vgg16"
    assert result.loss.total == pytest.approx(
        result.loss.content + result.loss.style + result.loss.tv
    )


def test_the_loss_of_the_result_is_the_loss_of_its_picture(pair: tuple[Tensor, Tensor]) -> None:
    transfer = Transfer(*pair, settings(precision="fp32"), network())
    last = list(transfer.run())[-1]
    loss, _ = transfer.objective.evaluate(transfer.result(last).picture)
    # the result is cut off at black and white, the picture that was optimised is not
    assert float(loss.sum()) == pytest.approx(last.loss, rel=0.05)


def breaking(
    monkeypatch: pytest.MonkeyPatch, fault: Callable[[Tensor], Tensor], call: int
) -> list[torch.dtype]:
    """Break one evaluation of the loss, and list the precision of every one."""
    precisions: list[torch.dtype] = []
    evaluate = LevelLoss.evaluate

    def broken(self: LevelLoss, picture: Tensor) -> tuple[Tensor, Tensor]:
        parts, gradient = evaluate(self, picture)
        weight = self.network.convolutions["conv1_1"].weight
        precisions.append(weight.dtype)
        return (fault(parts) if len(precisions) == call else parts), gradient

    monkeypatch.setattr(LevelLoss, "evaluate", broken)
    return precisions


def test_a_forced_nan_is_recovered_in_float32_and_told(
    pair: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    precisions = breaking(monkeypatch, lambda parts: parts * float("nan"), call=4)
    seen = progresses(pair)
    assert [p.iteration for p in seen if p.note] == [4]
    assert "not a number" in str(seen[3].note)
    assert set(precisions[4:]) == {torch.float32}
    assert seen[-1].loss < seen[0].loss


def test_a_forced_freeze_is_told_and_the_run_goes_on_to_its_end(
    pair: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = optimize.Lbfgs.step
    calls: list[int] = []

    def stuck(self: optimize.Lbfgs, picture: Tensor, gradient: Tensor) -> None:
        calls.append(1)
        if not 3 <= len(calls) <= 14:  # twelve steps that don't move anything
            step(self, picture, gradient)

    monkeypatch.setattr(optimize.Lbfgs, "step", stuck)
    seen = progresses(pair, iterations=25)
    assert any("stopped falling" in str(progress.note) for progress in seen)
    assert seen[-1].iteration == 25
    assert seen[-1].loss < 0.9 * seen[10].loss


THREE_STAGES = [Stage(((48, 64),), 4), Stage(((64, 85),), 3), Stage(((96, 128), (64, 85)), 2)]


@pytest.fixture
def three_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of three stages that are smaller than real ones."""
    monkeypatch.setattr(pyramid, "stages", lambda *_: THREE_STAGES)


def saved(
    pair: tuple[Tensor, Tensor], **said: object
) -> tuple[list[Progress], list[Savepoint], Tensor]:
    """Run to the end; give every iteration, the savepoint after each, and the picture."""
    transfer = Transfer(*pair, settings(**said), network())
    seen, savepoints = [], []
    for progress in transfer.run():
        seen.append(progress)
        savepoints.append(transfer.savepoint())
    return seen, savepoints, seen[-1].picture()


def resumed(
    pair: tuple[Tensor, Tensor], savepoint: Savepoint, **said: object
) -> tuple[Transfer, list[Progress]]:
    transfer = Transfer(*pair, settings(**said), network(), savepoint)
    return transfer, list(transfer.run())


@pytest.mark.usefixtures("three_stages")
@pytest.mark.parametrize("content_loss", SETTINGS["content_loss"].choices)
def test_a_run_goes_on_from_a_savepoint_after_any_iteration(
    content_loss: str, pair: tuple[Tensor, Tensor]
) -> None:
    whole, savepoints, _ = saved(pair, content_loss=content_loss)
    assert [(s.stage, s.iteration) for s in savepoints] == [
        (index, done + 1)
        for index, stage in enumerate(THREE_STAGES)
        for done in range(stage.iterations)
    ]
    for savepoint, before in zip(savepoints[:-1], whole, strict=False):
        read = Savepoint.loads(savepoint.dumps())
        _, seen = resumed(pair, read, content_loss=content_loss)
        after = whole[before.iteration :]
        for name in ("iteration", "iterations", "stage", "stages", "sizes", "size", "rough"):
            assert [getattr(p, name) for p in seen] == [getattr(p, name) for p in after], name
        percents = [before.percent, *(p.percent for p in seen)]
        assert percents == sorted(percents)
        assert seen[-1].percent == 100
        seconds = [before.seconds, savepoint.seconds, *(p.seconds for p in seen)]
        assert seconds == sorted(seconds)
        assert seen[-1].seconds_left == 0
        # Without the curvature that L-BFGS had gathered, so few steps come less far.
        assert 0.5 * whole[-1].loss < seen[-1].loss < 1.6 * whole[-1].loss
        assert torch.equal(read.picture, savepoint.picture)  # the run has its own copy


@pytest.mark.usefixtures("three_stages")
def test_between_two_stages_nothing_is_lost(pair: tuple[Tensor, Tensor]) -> None:
    whole, savepoints, picture = saved(pair)
    for ended in (4, 7):
        transfer, seen = resumed(pair, savepoints[ended - 1])
        assert [p.levels for p in seen] == [p.levels for p in whole[ended:]]
        assert torch.equal(transfer.result(seen[-1]).picture, picture)


@pytest.mark.parametrize(
    "said", [{"colors": "photo"}, {"optimizer": "adam"}, {"schedule": "joint"}], ids=str
)
def test_a_run_of_any_kind_goes_on(said: dict[str, object], pair: tuple[Tensor, Tensor]) -> None:
    whole, savepoints, picture = saved(pair, **said)
    transfer, seen = resumed(pair, savepoints[4], **said)
    assert [progress.iteration for progress in seen] == [6, 7, 8]
    assert seen[0].levels == whole[5].levels  # the loss of the very picture that was saved
    # three steps, the first without any curvature to go by
    assert 0.5 * whole[-1].loss < seen[-1].loss < 1.6 * whole[-1].loss
    assert (transfer.result(seen[-1]).picture - picture).abs().mean() < 0.1


def test_a_savepoint_is_the_raw_picture_and_stays_as_it_is(pair: tuple[Tensor, Tensor]) -> None:
    transfer = Transfer(*pair, settings(colors="photo"), network())
    running = transfer.run()
    next(running)
    savepoint = transfer.savepoint()
    copy = savepoint.picture.clone()
    assert torch.equal(copy, transfer._picture)
    assert copy.dtype is torch.float32 and copy.shape == (1, 3, 64, 85)
    next(running)
    assert torch.equal(savepoint.picture, copy)


@pytest.mark.usefixtures("three_stages")
def test_a_complete_run_ends_once_more_and_no_worse(pair: tuple[Tensor, Tensor]) -> None:
    whole, savepoints, _ = saved(pair)
    transfer, (only,) = resumed(pair, savepoints[-1])
    assert (only.iteration, only.percent, only.seconds_left) == (9, 100, 0)
    assert only.seconds >= savepoints[-1].seconds
    assert only.loss <= whole[-1].loss
    assert transfer.result(only).picture.shape == (1, 3, 96, 128)


MISFITS = {
    "stage": Savepoint(1, 1, 90.0, torch.rand(1, 3, 64, 85)),
    "iteration": Savepoint(0, 9, 90.0, torch.rand(1, 3, 64, 85)),
    "size": Savepoint(0, 1, 90.0, torch.rand(1, 3, 64, 64)),
}


@pytest.mark.parametrize("misfit", MISFITS.values(), ids=MISFITS)
def test_a_savepoint_that_does_not_fit_is_ignored_with_one_warning(
    misfit: Savepoint, pair: tuple[Tensor, Tensor], caplog: pytest.LogCaptureFixture
) -> None:
    fresh = next(run(*pair, settings(), network()))
    with caplog.at_level(logging.WARNING):
        first = next(Transfer(*pair, settings(), network(), misfit).run())
    assert [record.getMessage() for record in caplog.records] == [
        "the savepoint doesn't fit the run, which starts from the beginning"
    ]
    assert first.iteration == 1 and first.levels == fresh.levels
    assert first.seconds < misfit.seconds


def test_a_run_without_a_number_of_iterations_ends_when_it_has_settled(
    monkeypatch: pytest.MonkeyPatch, pair: tuple[Tensor, Tensor]
) -> None:
    monkeypatch.setattr(Watch, "settled", property(lambda watch: len(watch._falls) >= 3))
    free = list(run(*pair, settings(iterations=None, levels=2), network()))
    assert [step.iteration for step in free] == [1, 2, 3, 4, 5, 6]
    assert [step.stage for step in free] == [1, 1, 1, 2, 2, 2]
    assert free[-1].percent == pytest.approx(100)
    assert [step.percent for step in free] == sorted(step.percent for step in free)
    exact = list(run(*pair, settings(iterations=12, levels=2), network()))
    assert len(exact) == 12


@pytest.mark.parametrize("said", [{}, {"colors": "photo"}, {"noise": "normal"}], ids=str)
def test_the_start_picture_is_level_0s(
    said: dict[str, object], pair: tuple[Tensor, Tensor]
) -> None:
    transfer = Transfer(*pair, settings(levels=2, iterations=2, **said), network())
    start = transfer.start_picture()
    assert start.shape == (1, 3, 64, 85) and start.dtype is torch.float32
    assert start.min() >= 0 and start.max() <= 1
    photo = pyramid.target(pair[0], (64, 85))
    assert 0.01 < (start - photo).abs().mean() < 0.5


@pytest.mark.usefixtures("three_stages")
def test_the_start_picture_is_what_the_run_begins_with(pair: tuple[Tensor, Tensor]) -> None:
    transfer = Transfer(*pair, settings(), network())
    start = transfer.start_picture()
    first = transfer._start((48, 64))
    assert (pyramid.resize(start, (48, 64)) - first).abs().mean() < 0.01
    assert torch.equal(transfer.start_picture(), start)
