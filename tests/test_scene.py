"""A scene: the painting's targets stay, the photo changes, the frame before is followed."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
import torch
from tests import clips
from torch import Tensor

from artstyle import transfer
from artstyle.pictures.pixels import planes_of
from artstyle.settings import Settings
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network
from artstyle.video import flow
from artstyle.video.flow import Motion
from artstyle.video.scene import Scene

SIZE = 64


@cache
def network() -> Network:
    return checkpoints.embedded()


def settings(**said: object) -> Settings:
    small = {"base_size": SIZE, "levels": 1, "iterations": 6, "network": "vgg16", "device": "cpu"}
    return Settings(**{**small, **said})  # type: ignore[arg-type]


def picture(number: int = 0) -> Tensor:
    return torch.from_numpy(planes_of(clips.pictures(number + 1)[number]))[None]


def painting(seed: int = 9) -> Tensor:
    return torch.from_numpy(planes_of(clips.texture(72, 80, seed)))[None]


def still(seen: bool = True) -> Motion:
    mask = np.full((SIZE, SIZE), seen)
    return Motion(np.zeros((SIZE, SIZE, 2), np.float32), mask, mask)


def places() -> flow.Flow:
    return flow.grid(np.zeros((SIZE, SIZE, 2), np.float32))


def begun(styles: Sequence[Tensor] = (), **said: object) -> Scene:
    """A scene whose first frame is painted."""
    scene = Scene(picture(), styles or painting(), settings(**said), network())
    for _ in scene.run():
        pass
    return scene


def test_the_first_frame_is_that_of_a_run_of_its_own() -> None:
    run = transfer.stylize(picture(), painting(), settings(), network())
    assert torch.equal(begun().shown, run.picture)


def test_a_later_frame_gets_fewer_iterations() -> None:
    scene = begun()
    done = list(scene.follow(picture(1), scene.shown, still(), places()))
    assert len(done) == scene.later_iterations < scene.stages[-1].iterations


def test_what_was_seen_stays_close_and_what_was_not_is_painted_anew() -> None:
    scene = begun()
    before = scene.shown.clone()
    for _ in scene.follow(picture(1), before, still(), places()):
        pass
    close = float((scene.shown - before).abs().mean())
    for _ in scene.follow(picture(1), before, still(seen=False), places()):
        pass
    anew = float((scene.shown - before).abs().mean())
    assert close < 0.5 * anew


@pytest.mark.parametrize("paintings", [1, 2])
@pytest.mark.parametrize("content_loss", ["neighbors", "features"])
def test_another_photo_gives_the_loss_that_a_new_run_has(content_loss: str, paintings: int) -> None:
    said, styles = settings(content_loss=content_loss), [painting(9), painting(4)][:paintings]
    turned = Scene(picture(), styles, said, network())
    anew = Scene(picture(3), styles, said, network())
    point = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    for scene in (turned, anew):
        scene.objective.begin(scene.stages[-1])
        scene.objective.evaluate(point)
    turned.objective.recontent(picture(3))
    for ours, theirs in zip(
        turned.objective.evaluate(point), anew.objective.evaluate(point), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_the_paintings_targets_are_measured_once() -> None:
    scene = begun()
    before = dict(scene.objective._losses)
    targets = {size: loss.style for size, loss in before.items()}
    for number in (1, 2):
        for _ in scene.follow(picture(number), scene.shown, still(), places()):
            pass
    after = scene.objective._losses
    assert all(after[size] is loss for size, loss in before.items())
    assert all(after[size].style is target for size, target in targets.items())


def test_colours_of_the_photo_are_those_of_each_frame() -> None:
    scene = begun(colors="photo")
    content = picture(1)
    for _ in scene.follow(content, scene.shown, still(), places()):
        pass
    shown = scene.shown
    chroma = shown - shown.mean(1, keepdim=True)
    wanted = content - content.mean(1, keepdim=True)
    inside = ((shown > 0.02) & (shown < 0.98)).all(1, keepdim=True).expand_as(shown)
    assert (chroma - wanted)[inside].abs().max() < 1e-4


def test_matched_colours_stay_those_of_the_first_frame() -> None:
    scene = begun(colors="match")
    (matched,) = scene.objective.styles
    for _ in scene.follow(picture(1), scene.shown, still(), places()):
        pass
    assert scene.objective.styles[0] is matched
    assert torch.equal(scene.objective.content, picture(1))


def test_several_paintings_share_each_frame_by_their_weights() -> None:
    first, second = painting(9), painting(4)
    shown = []
    for weights in ((1, 0), (1, 1), (0, 1)):
        scene = begun([first, second], style_weights=weights)
        for _ in scene.follow(picture(1), scene.shown, still(seen=False), places()):
            pass
        shown.append(scene.shown)
    alone = begun([first])
    for _ in alone.follow(picture(1), alone.shown, still(seen=False), places()):
        pass
    assert torch.equal(shown[0], alone.shown)
    apart = float((shown[0] - shown[2]).abs().mean())
    assert all(0 < float((shown[1] - shown[end]).abs().mean()) < apart for end in (0, 2))


@pytest.mark.parametrize("paintings", [1, 2])
def test_noise_moves_with_the_picture(paintings: int) -> None:
    styles = [painting(9), painting(4)][:paintings]
    scene = Scene(picture(), styles, settings(start="noise"), network())
    usual = scene._moved_start(places())
    assert torch.equal(usual, scene.start_picture())
    moved = scene._moved_start(places() + np.array((4, 0), np.float32))
    assert torch.equal(moved[..., :-4], usual[..., 4:])
