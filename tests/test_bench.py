"""The figures and the sheets of the benches, on pictures whose answer is known."""

import asyncio
import json
import sys
import time
from pathlib import Path

import pytest
import torch
from bench import cluster, gallery, load, noise
from bench.simulation import FakeClock
from torch import Tensor

from artstyle import images


def grain(amount: float, height: int = 96, width: int = 128) -> Tensor:
    random = torch.Generator().manual_seed(0)
    return 0.5 + amount * (torch.rand(1, 1, height, width, generator=random) - 0.5).expand(
        1, 3, -1, -1
    )


@pytest.fixture
def photo() -> Tensor:
    """Bald on the left, stripes on the right."""
    picture = torch.full((1, 3, 96, 128), 0.5)
    picture[..., 64:] = torch.tensor([0.2] * 8 + [0.8] * 8).repeat(4)
    return picture


def test_a_bald_half_has_no_texture(photo: Tensor) -> None:
    figures = noise.measure(photo, grain(1.0), photo)
    assert figures["texture"] < 0.2
    assert figures["edges"] == pytest.approx(1)


def test_a_half_as_lively_as_the_painting_counts_one(photo: Tensor) -> None:
    painted = photo.clone()
    painted[..., :64] = grain(1.0)[..., :64]
    figures = noise.measure(photo, grain(1.0), painted)
    assert figures["texture"] == pytest.approx(1, abs=0.2)


def test_local_contrast_is_in_proportion(photo: Tensor) -> None:
    weak, strong = (noise.local_contrast(noise.grey(grain(a))).mean() for a in (0.2, 0.8))
    assert strong / weak == pytest.approx(4, rel=1e-3)


def test_edges_that_are_gone_dont_correlate(photo: Tensor) -> None:
    assert noise.measure(photo, grain(1.0), grain(1.0))["edges"] < 0.2


def test_a_sheet_has_its_pictures_in_rows_at_one_width() -> None:
    wide, tall = torch.zeros(1, 3, 10, 40), torch.zeros(1, 3, 40, 10)
    made = gallery.sheet([[(wide, "one"), (wide, "two")], [(tall, "three")]], 80)
    assert made.width == 2 * 80 + gallery.GAP
    assert made.height == (20 + gallery.CAPTION) + (320 + gallery.CAPTION) + 2 * gallery.GAP
    assert made.getpixel((40, 10)) == (0, 0, 0)
    assert made.getpixel((made.width - 1, made.height - 1)) == (255, 255, 255)


def test_committed_pictures_stay_under_their_limit(tmp_path: Path) -> None:
    random = torch.rand(1, 3, 100, 140, generator=torch.Generator().manual_seed(0))
    path = tmp_path / "noise.webp"
    gallery.commit(gallery.fitted(random, 140), path, 4000)
    header = images.check(path)
    assert path.stat().st_size <= 4000
    assert 16 < header.width < 140  # that much noise doesn't fit at its full size
    assert header.width / header.height == pytest.approx(1.4, rel=0.05)


async def test_the_gauge_sees_that_the_loop_is_held_up() -> None:
    gauge = load.Gauge(lambda: True)
    measuring = asyncio.create_task(gauge.measure())
    await asyncio.sleep(0)  # the gauge lies down
    time.sleep(0.1)  # what nothing on the loop should do
    for _ in range(5):  # the gauge wakes
        await asyncio.sleep(0)
    measuring.cancel()
    told = json.loads((await gauge.tell()).text or "")
    assert max(told["lags"]) > 0.08
    assert any("test_the_gauge" in where for where in told["doing"])


def test_the_bench_of_the_lab_fills_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "SAMPLES", 1)
    small = ["--listeners", "4", "--jobs", "3", "--seconds", "0.2"]
    monkeypatch.setattr(sys, "argv", ["load.py", *small, "--json", str(tmp_path / "load.json")])
    assert load.main() == 0
    rows = {row["what"]: row for row in json.loads((tmp_path / "load.json").read_text())}
    for what in ("page after start", "submissions of small files", "first event: p99"):
        assert rows[what]["value"] > 0
    for when in ("beginning", "submitting", "listeners come", "listening"):
        assert rows[f"lag, {when}: largest"]["bar"] == "100"


def test_a_clock_that_jumps_waits_for_threads_and_for_nothing_else() -> None:
    clock = FakeClock()

    async def an_hour() -> tuple[float, float]:
        await asyncio.sleep(3600)
        waited = clock.time()
        await asyncio.gather(asyncio.to_thread(time.sleep, 0.05), asyncio.sleep(0))
        return waited, clock.time()

    began = time.perf_counter()
    with asyncio.Runner(loop_factory=lambda: clock) as runner:
        slept, after_threads = runner.run(an_hour())
    assert slept == after_threads == pytest.approx(3600)
    assert 0.05 <= time.perf_counter() - began < 60


def test_the_simulated_queue_is_fair_to_who_sends_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "GREEDY", 3)
    rows = {what: number for what, number, _ in cluster.simulated(users=30, gpus=2)}
    assert rows["jobs"] > 80
    assert rows["user: waiting, median"] < rows["greedy: waiting, median"]
