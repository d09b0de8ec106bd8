"""The figures and the sheets of the benches, on pictures whose answer is known."""

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import converge
import flood
import gallery
import judging
import load
import measuring
import memory
import noise
import plain
import pytest
import quality
import speed
import starts
import studio
import torch
from measuring import sample
from tests import docs
from torch import Tensor

from artstyle.errors import SettingsError
from artstyle.pictures import read
from artstyle.progress import LossParts, Result
from artstyle.settings import Settings
from artstyle.style.noise import PRESETS
from artstyle.transfer import Transfer
from artstyle.vgg import checkpoints
from artstyle.vgg.convolutions import Convolution
from artstyle.vgg.networks import Network

ROOT = Path(__file__).parents[1]


def grain(amount: float, height: int = 96, width: int = 128) -> Tensor:
    random = torch.Generator().manual_seed(0)
    return 0.5 + amount * (torch.rand(1, 1, height, width, generator=random) - 0.5).expand(
        1, 3, -1, -1
    )


@pytest.fixture
def photo() -> Tensor:
    """Flat on the left, stripes on the right."""
    picture = torch.full((1, 3, 96, 128), 0.5)
    picture[..., 64:] = torch.tensor([0.2] * 8 + [0.8] * 8).repeat(4)
    return picture


def test_texture_and_edges_are_measured(photo: Tensor) -> None:
    figures = noise.measure(photo, grain(1.0), photo)
    assert figures["texture"] < 0.2
    assert figures["edges"] == pytest.approx(1)
    painted = photo.clone()
    painted[..., :64] = grain(1.0)[..., :64]  # as lively as the painting
    assert noise.measure(photo, grain(1.0), painted)["texture"] == pytest.approx(1, abs=0.2)
    assert noise.measure(photo, grain(1.0), grain(1.0))["edges"] < 0.2  # they are gone


def test_local_contrast_is_in_proportion(photo: Tensor) -> None:
    weak, strong = (noise.local_contrast(noise.grey(grain(a))).mean() for a in (0.2, 0.8))
    assert strong / weak == pytest.approx(4, rel=1e-3)


def test_a_sheet_has_its_pictures_in_rows_at_one_width() -> None:
    wide, tall = torch.zeros(1, 3, 10, 40), torch.zeros(1, 3, 40, 10)
    made = studio.sheet([[(wide, "one"), (wide, "two")], [(tall, "three")]], 80)
    assert made.width == 2 * 80 + studio.GAP
    assert made.height == (20 + studio.CAPTION) + (320 + studio.CAPTION) + 2 * studio.GAP
    assert made.getpixel((40, 10)) == (0, 0, 0)
    assert made.getpixel((made.width - 1, made.height - 1)) == (255, 255, 255)


def test_a_promo_has_two_columns_and_paintings_in_the_corners_of_its_results() -> None:
    black, white = torch.zeros(1, 3, 20, 30), torch.ones(1, 3, 20, 30)
    made = studio.promo(black, [(black, white)] * 3, 120)
    assert made.size == (2 * 120 + studio.GAP, 2 * 80 + studio.GAP)
    corner = studio.GAP + 10, 80 - studio.GAP - 10
    assert made.getpixel(corner) == (0, 0, 0)  # the photo's
    for left, top in ((126, 0), (0, 86), (126, 86)):
        assert made.getpixel((left + corner[0], top + corner[1])) == (255, 255, 255)
        assert made.getpixel((left + 60, top + 10)) == (0, 0, 0)


def test_every_picture_of_the_gallery_has_a_name_of_its_own_and_is_in_the_docs() -> None:
    names = gallery.sheets(studio.Studio(Network("none", {})))
    pages = "".join(docs.PAGES.values())
    for name in names:
        assert f"img/{name}.webp)" in pages, name


def test_a_picture_is_found_again_whatever_the_memory_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def stylize(photo: Tensor, *_: object, **masks: object) -> Result:
        made.append(photo)
        return Result(photo, Settings(), "none", LossParts(0, 0, 0), 0.0, 100.0)

    monkeypatch.setattr(studio, "stylize", stylize)
    monkeypatch.setattr(studio, "OUT", tmp_path)
    maker = studio.Studio(Network("none", {}))
    for limit in (None, 4_000_000_000):
        maker.make("rocket", "impasto", levels=1, memory=limit)
    assert len(made) == 1
    maker.make("rocket", "impasto", levels=2)
    assert len(made) == 2


def test_the_steps_of_the_noise_end_with_the_default_and_have_all_there_are() -> None:
    assert set(starts.STEPS) == set(PRESETS)
    assert starts.STEPS[-1] == Settings().noise


def test_the_map_of_a_noise_that_spares_no_edges_is_even() -> None:
    photo = torch.zeros(1, 3, 32, 48)
    photo[..., 24:] = 1
    even = starts.share(photo, (32, 48), "spots16")
    assert (even == even[0, 0]).all()
    shares = starts.share(photo, (32, 48), "gradient")
    assert shares[16, 24] < 0.5 < shares[16, 4]


def test_committed_pictures_stay_under_their_limit(tmp_path: Path) -> None:
    random = torch.rand(1, 3, 100, 140, generator=torch.Generator().manual_seed(0))
    path = tmp_path / "noise.webp"
    studio.commit(studio.fitted(random, 140), path, 4000)
    header = read.check(path)
    assert path.stat().st_size <= 4000
    assert 16 < header.width < 140  # that much noise doesn't fit at its full size
    assert header.width / header.height == pytest.approx(1.4, rel=0.05)


async def test_the_gauge_sees_that_the_loop_is_held_up() -> None:
    gauge = load.Gauge(lambda: True)
    watching = asyncio.create_task(gauge.measure())
    await asyncio.sleep(0)  # the gauge lies down
    time.sleep(0.1)  # what nothing on the loop should do
    for _ in range(5):  # the gauge wakes
        await asyncio.sleep(0)
    watching.cancel()
    told = json.loads((await gauge.report()).text or "")
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


async def test_the_bench_of_a_flood_tells_how_long_others_wait() -> None:
    rows = {what: value for what, value, _ in await flood.measure(2, 0.0, 200.0)}
    assert 0 < rows["Bob's first answer"] <= rows["Bob's place in the queue"]
    assert rows["memory at most"] >= rows["memory before"] > 10


class Bowl:
    """A loss whose bottom is known: the mean squared distance to grey."""

    def __call__(self, picture: Tensor) -> Tensor:
        return 1e-6 * (picture - 0.5).square().mean()


def test_the_plain_procedure_freezes_without_its_correction_and_not_with_it() -> None:
    start = grain(1.0, 24, 24).contiguous()
    ends = {}
    for corrected in (False, True):
        seen: list[plain.Point] = []
        plain.Descent(Bowl(), start, corrected=corrected, look=seen.append).run(20)
        ends[corrected] = seen[-1].loss / seen[0].loss
    assert ends[False] > 0.9
    assert ends[True] < 0.01


def test_the_independent_loss_agrees_with_the_programs() -> None:
    network = checkpoints.embedded()
    content, style = grain(0.8, 64, 80), grain(0.3, 64, 64)
    settings = Settings(levels=2, base_size=64, precision="fp32", content_loss="features")
    settings = settings.resolved("cpu")
    independent = plain.Loss(network, content, style, settings)
    transfer = Transfer(content, style, settings, network)
    start = plain.start(content, style, settings)
    transfer.objective.begin(transfer.stages[-1])
    parts, _ = transfer.objective.evaluate(start)
    assert float(independent(start)) == pytest.approx(float(parts.sum()), rel=1e-4)


def test_the_style_distance_is_nothing_to_itself_and_grows_with_the_difference() -> None:
    network = checkpoints.embedded()
    painting = grain(0.5, 64, 64)
    near = (painting + 0.1 * grain(0.5, 64, 64).flip(-1)).clamp(0, 1)
    distances = [
        judging.style_distance(network, each, painting)
        for each in (painting, near, torch.full_like(painting, 0.5))
    ]
    assert distances[0] == 0
    assert distances[0] < distances[1] < distances[2]


def test_the_subject_of_the_photo_stands_and_fades_with_the_noise_over_it() -> None:
    photo = sample("content", "chelsea")[..., 20:148, 100:260]
    noise = torch.rand(photo.shape, generator=torch.Generator().manual_seed(0))
    scores = [
        judging.subject(torch.lerp(photo, noise, share), photo) for share in (0.0, 0.3, 0.6, 1.0)
    ]
    assert scores[0] == pytest.approx(0.95, abs=0.05)
    assert scores == sorted(scores, reverse=True)
    assert abs(scores[-1]) < 0.1
    assert judging.subject(1 - photo, photo) > 0.9  # an edge may change its sides


def test_the_quality_bench_takes_settings_and_pairs_as_they_are_typed() -> None:
    given = quality.settings(["content_loss=features", "levels=2"])
    assert (given.content_loss, given.levels) == ("features", 2)
    with pytest.raises(SettingsError):
        quality.settings(["levels=9"])
    every = list(quality.pairs(["36"], quality.PHOTOS, quality.PAINTINGS))
    assert len(set(every)) == 36
    (pair,) = quality.pairs(["rocket×woodcut"], quality.PHOTOS, quality.PAINTINGS)
    assert [path.stem for path in pair] == ["rocket", "woodcut"]
    with pytest.raises(ValueError, match="no picture moon"):
        list(quality.pairs(["moon×woodcut"], quality.PHOTOS, quality.PAINTINGS))
    people = list(quality.pairs(["people"], quality.PHOTOS, quality.PAINTINGS))
    assert len({photo for photo, _ in people}) >= 6
    assert len(set(people)) == len(people)


def test_a_pair_is_made_and_judged_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "OUT", tmp_path)
    pair = next(quality.pairs(["rocket×woodcut"], quality.PHOTOS, quality.PAINTINGS))
    small = Settings(levels=1, base_size=64, iterations=4, network="vgg16", device="cpu")
    both = {"before": replace(small, content_loss="features"), "after": small}
    row, cells = quality.compare(checkpoints.embedded(), pair, both)
    assert len(cells) == 4
    assert list(quality.shown(row)) == [
        "pair",
        "style before",
        "style after",
        "subject before",
        "subject after",
        "seconds before",
        "seconds after",
    ]
    assert {path.parent.name for path in tmp_path.rglob("*.png")} == {"before", "after"}


def test_pairs_use_every_photo_before_one_comes_again() -> None:
    photos = [photo for photo, _ in converge.pairs(6)]
    assert len(set(photos)) == 6
    assert len(set(converge.pairs(36))) == 36


def test_operations_are_counted_from_the_kernels() -> None:
    kernel = Convolution(torch.zeros(4, 3, 3, 3), torch.zeros(4))
    network = Network("two", {"conv1_1": kernel, "conv2_1": kernel})
    # 2·9·3·4 a pixel, a quarter of that in the second block, and as much again backward
    assert measuring.operations(network) == 2 * (216 + 54)


def test_benches_take_turns() -> None:
    calls: list[str] = []
    works = {name: lambda name=name: calls.append(name) for name in "ab"}
    times = measuring.interleaved(works, 2)
    assert calls == list("ababab")
    assert [len(each) for each in times.values()] == [2, 2]


def test_the_speed_of_an_evaluation_is_tabulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MATRIX", 256)
    row = speed.evaluation(checkpoints.embedded(), 64, 1)
    assert row["size"].endswith("×64")
    assert float(row["ours s"]) > 0


def test_a_run_tells_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_fill_the_ring", lambda: None)  # it would stay for other tests
    small = Settings(levels=1, base_size=64, network="vgg16", iterations=3)
    monkeypatch.setattr(memory, "_settings", lambda *_: small)
    figures = memory.child(1, None)
    assert (figures["size"], figures["tiles"]) == ("95×64", "–")
    assert 1e7 < figures["estimate"] < figures["peak"] <= figures["with PNG"]


SMALL_CHILD = """
import dataclasses, memory, sys
known = memory._settings
memory._settings = lambda *given: dataclasses.replace(known(*given), base_size=64)
sys.exit(memory.main())
"""


def test_a_process_with_little_memory_tells_its_peak() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SMALL_CHILD, "--child", "1", "1000000000"],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'ast'}:{ROOT / 'bench'}"},
        check=True,
        capture_output=True,
        text=True,
        timeout=200,
    )
    figures = json.loads(done.stdout)
    assert 2e8 < figures["peak"] <= figures["with PNG"] < 3e9
    assert figures["size"] == "95×64"
