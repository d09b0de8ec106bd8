import pytest
import torch

from artstyle.settings import Settings
from artstyle.style.pyramid import FINE_WORK, Stage, level_size, resize, share, stages, target


@pytest.mark.parametrize(
    ("picture", "level", "expected"),
    [
        ((400, 600), 0, (256, 384)),
        ((600, 400), 0, (384, 256)),
        ((400, 600), 3, (2048, 3072)),
        ((300, 451), 0, (256, 384)),  # 384.85, rounded down
        ((300, 451), 2, (1024, 1536)),  # four times level 0, not 1539
        ((512, 512), 1, (512, 512)),
        ((20, 400), 0, (256, 5120)),
    ],
)
def test_levels_double_exactly(
    picture: tuple[int, int], level: int, expected: tuple[int, int]
) -> None:
    assert level_size(picture, 256, level) == expected


def plan(**said: object) -> list[Stage]:
    return stages((400, 600), Settings(**said).resolved("cpu"))  # type: ignore[arg-type]


def test_coarse_to_fine_warms_up_below_level_0_and_adds_a_level_at_a_time() -> None:
    assert [stage.sizes for stage in plan(levels=3)] == [
        ((64, 96),),
        ((128, 192),),
        ((256, 384),),
        ((512, 768), (256, 384)),
        ((1024, 1536), (512, 768), (256, 384)),
    ]


def test_joint_has_all_levels_from_the_first_iteration() -> None:
    (only,) = plan(levels=2, schedule="joint", iterations=7)
    assert only == Stage(((512, 768), (256, 384)), 7)


@pytest.mark.parametrize("iterations", [1, 2, 3, 4, 57, 115, 1000])
def test_iterations_over_all_stages_are_those_asked_for(iterations: int) -> None:
    assert sum(stage.iterations for stage in plan(iterations=iterations)) == iterations


def test_few_iterations_go_to_the_finest_stages() -> None:
    assert [stage.size for stage in plan(levels=2, iterations=2)] == [(256, 384), (512, 768)]


def test_small_base_sizes_have_no_warm_up_that_the_network_cant_see() -> None:
    assert [s.size for s in plan(levels=1, base_size=64)] == [(64, 96)]
    assert [s.size for s in plan(levels=1, base_size=128)] == [(64, 96), (128, 192)]


def test_share_is_in_proportion() -> None:
    assert share(115, (60, 30, 25)) == [60, 30, 25]
    assert share(2, (60, 30, 25)) == [0, 1, 1]
    assert sum(share(1001, (60, 30, 25))) == 1001


def test_work_counts_the_pixels_of_every_size() -> None:
    assert Stage(((20, 10), (10, 5)), 3).work == 50 + FINE_WORK * 200


def test_gram_matrices_are_compared_on_all_layers_at_every_size() -> None:
    for schedule in ("joint", "coarse-to-fine"):
        stage = plan(levels=2, schedule=schedule, style_loss="gram")[-1]
        assert not any(stage.fine(size) for size in stage.sizes)
        assert stage.work == 512 * 768 + 256 * 384
        usual = plan(levels=2, schedule=schedule)[-1]
        assert [usual.fine(size) for size in usual.sizes] == [True, False]


def test_resizing_to_the_same_size_changes_nothing() -> None:
    picture = torch.rand(1, 3, 9, 7)
    assert torch.equal(resize(picture, (9, 7)), picture)


def test_shrinking_averages_what_is_too_fine_for_the_new_size() -> None:
    stripes = torch.tensor([0.0, 1.0]).repeat(32).expand(1, 3, 64, 64)
    small = resize(stripes, (16, 16))
    assert (small[..., 2:-2] - 0.5).abs().max() < 0.02  # without antialiasing: 0 or 1


def test_a_flat_picture_stays_flat_at_any_size() -> None:
    flat = torch.full((1, 3, 20, 30), 0.25)
    for size in [(7, 5), (41, 90)]:
        torch.testing.assert_close(resize(flat, size), torch.full((1, 3, *size), 0.25))


def test_targets_stay_within_the_colours_there_are() -> None:
    edge = torch.zeros(1, 3, 8, 8)
    edge[..., 4:] = 1
    assert resize(edge, (32, 32)).max() > 1  # bicubic overshoots
    assert target(edge, (32, 32)).min() >= 0 and target(edge, (32, 32)).max() <= 1
