import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests import jobs

from artstyle.errors import MemoryShort
from artstyle.jobs import Failure, Job, JobStatus, Phase, Source
from artstyle.jobs.marks import Marks
from artstyle.lab import views
from artstyle.progress import Step
from artstyle.settings import SETTINGS, Settings

AT_43 = "43 % · 2 s left"
IMPASTO = "astronaut × impasto"


def job(**changes: Any) -> Job:
    return jobs.a_job("abc", **{"settings": Settings(), "preset": "preview", **changes})


def step(percent: float, **changes: Any) -> Step:
    return replace(jobs.step(percent), **changes)


def running(**changes: Any) -> Job:
    return job(**{"status": JobStatus.RUNNING, "step": step(43.26), **changes})


def stage(size: tuple[int, int], iterations: int) -> Any:
    return SimpleNamespace(size=size, sizes=(size,), iterations=iterations)


def test_the_view_of_a_running_job() -> None:
    assert views.job_view(running(preview=5, milestone=40, stages=1, network="vgg16")) == {
        "id": "abc",
        "state": "running",
        "live": True,
        "title": IMPASTO,
        "tab": f"43 % · {IMPASTO}",
        "status": AT_43,
        "left": "2 s left",
        "detail": "iteration 43 of 100",
        "facts": "85×64 px · VGG16",
        "note": "",
        "percent": 43.3,
        "picture": "/jobs/abc/pictures/preview",
        "version": 5,
        "alt": f"{IMPASTO}, unfinished",
        "announce": f"{IMPASTO}: 40 % done",
        "milestones": [20, 40],
        "stages": 1,
        "seed": "0",
    }


@pytest.mark.parametrize("status", JobStatus)
def test_all_views_can_be_sent(status: JobStatus) -> None:
    assert json.loads(json.dumps(views.job_view(job(status=status))))["state"] == status


FAILURE = Failure.of(MemoryShort())
UPLOADS = {"content": Source("photo", (1, 1)), "style": Source("painting", (1, 1))}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "waiting"),
        ({"position": 1}, "waiting, next in line"),
        ({"position": 12}, "waiting, number 12 in line"),
        ({"position": 1, "moves": 1}, "waiting for another machine"),
        ({"status": JobStatus.RUNNING}, "starting"),
        ({"status": JobStatus.DONE, "started": 100.0, "ended": 126.2}, "done in 26 s"),
        ({"status": JobStatus.DONE}, "done"),
        (
            {"status": JobStatus.FAILED, "failure": FAILURE},
            "failed: there wasn't enough memory: use smaller pictures or fewer levels",
        ),
        ({"status": JobStatus.FAILED}, "failed"),
        ({"status": JobStatus.CANCELLED}, "cancelled"),
        ({"suspended": True}, "paused, continues when the program starts again"),
        ({"suspended": True, "status": JobStatus.DONE}, "done"),
    ],
)
def test_where_a_job_stands(changes: dict[str, Any], status: str) -> None:
    assert views.status(job(**changes)) == status


@pytest.mark.parametrize(
    ("seconds", "status"), [(31, "starts in about 30 s"), (4, "waiting, next in line")]
)
def test_a_waiting_job_says_when_it_starts(
    seconds: float, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    assert views.status(job(position=1, starts=1000.0 + seconds)) == status


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "about 5 s"),
        (31, "about 30 s"),
        (88, "about 90 s"),
        (125, "about 2 min"),
        (9000, "about 2 h"),
    ],
)
def test_a_time_that_isnt_known_well_is_rounded(seconds: float, text: str) -> None:
    assert views.about(seconds) == text


def test_it_is_told_in_russian_too() -> None:
    assert views.status(running(), "ru") == "43 % · осталось 2 с"
    assert views.status(job(position=12), "ru") == "ждёт, 12-я в очереди"
    failed = views.status(job(status=JobStatus.FAILED, failure=FAILURE), "ru")
    assert failed.startswith("не получилось: не хватило памяти")
    assert views.title(job(**UPLOADS), "ru") == "фотография × картина"


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_before_the_first_iteration_has_words(phase: Phase) -> None:
    assert views.status(job(status=JobStatus.RUNNING, phase=phase)) == views.PHASES[phase]


@pytest.mark.parametrize(
    ("made", "key", "shown"),
    [
        (running(moves=1), "detail", "iteration 43 of 100 · moved to another machine"),
        (running(phase=Phase.MOVING), "detail", ""),
        (running(phase=Phase.MOVING), "left", ""),
        (running(step=step(99.9)), "status", "99 % · 2 s left"),
        (job(status=JobStatus.DONE), "percent", 100.0),
        (job(), "picture", None),
        (job(), "alt", "The photo, not repainted yet"),
        (job(preview=1, status=JobStatus.DONE), "alt", IMPASTO),
        (job(preview=1, status=JobStatus.FAILED), "alt", f"{IMPASTO}, unfinished"),
        (job(content=Source("a_b", (1, 1))), "title", "a b × impasto"),
        (job(**UPLOADS), "title", "photo × painting"),
        (job(marks=Marks(title="Lion")), "title", "Lion"),
        (job(), "facts", ""),
        (job(settings=Settings(network="vgg19")), "facts", "VGG19"),
        (job(settings=Settings(network="vgg19"), network="vgg16"), "facts", "VGG16"),
        (job(settings=Settings(seed=2**60)), "seed", str(2**60)),
        (running(step=step(9, note="continued")), "note", "continued"),
    ],
)
def test_what_is_shown(made: Job, key: str, shown: object) -> None:
    assert views.job_view(made)[key] == shown


def test_only_states_and_milestones_are_announced() -> None:
    early = views.announcement(running())
    assert early == f"{IMPASTO}: started"
    assert views.announcement(running(step=step(44))) == early
    assert views.announcement(job(position=3)) == views.announcement(job(position=2))
    assert views.announcement(job(status=JobStatus.CANCELLED)) == f"{IMPASTO}: cancelled"


def test_stages_are_done_in_progress_or_waiting() -> None:
    plan = [stage((64, 80), 100), stage((128, 160), 60), stage((256, 320), 40)]
    rows = views.stage_rows(running(stages=1, step=step(43, stage=2)), plan)
    assert [row["state"] for row in rows] == ["done", "in progress", "waiting"]
    assert [row["picture"] for row in rows] == ["/jobs/abc/pictures/stage-1", None, None]
    assert [row["size"] for row in rows] == ["80×64", "160×128", "320×256"]
    assert [row["enlarged"] for row in rows] == [True, True, False]
    failed = running(status=JobStatus.FAILED)
    assert views.stage_rows(failed, plan[:1])[0]["state"] == "not reached"


def test_all_settings_are_listed_with_the_network_that_was_used() -> None:
    rows = views.settings_rows(job(network="vgg16", used=Settings(levels=2)))
    assert [row["label"] for row in rows] == [each.label for each in SETTINGS.values()]
    values = {row["label"]: row["value"] for row in rows}
    assert values["Size"] == "512 px"
    assert values["Network"] == "VGG16, included"
    assert values["Iterations"] == "by device and levels"
    assert (
        values["Closeness to the painting"],
        values["Closeness to the photo"],
        values["Seed"],
    ) == ("1", "0.08", "0")


def test_views_and_plots_need_no_torch() -> None:
    code = "import sys, artstyle.lab.views, artstyle.lab.plot; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_pictures_get_the_width_that_is_nearest_to_theirs() -> None:
    assert views.ratio((100, 100)) == 100
    assert views.ratio((200, 300)) == 150
    assert views.ratio((10, 900)) == max(views.RATIOS)
    assert views.ratio((900, 10)) == min(views.RATIOS)


def test_the_style_sheet_knows_all_widths() -> None:
    sheet = (Path(views.__file__).parent / "assets" / "lab.css").read_text()
    rules = dict(re.findall(r"\.r(\d+) \{ --r: ([\d.]+) \}", sheet))
    assert {name: float(value) for name, value in rules.items()} == {
        str(percent): percent / 100 for percent in views.RATIOS
    }
