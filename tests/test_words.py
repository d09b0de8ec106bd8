import json
import subprocess
import sys
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest

from artstyle import settings
from artstyle.jobs.job import Job, Source, State
from artstyle.lab import words
from artstyle.progress import LossParts, Step
from artstyle.settings import Settings

IMPASTO = "astronaut in the manner of impasto"


def job(**changes: Any) -> Job:
    return Job(
        **{
            "id": "abc",
            "number": 1,
            "owner": "me",
            "content": Source("astronaut", (512, 640)),
            "style": Source("impasto", (2048, 2560)),
            "settings": Settings(),
            "preset": "preview",
            "key": "k",
            **changes,
        }
    )


def step(**changes: Any) -> Step:
    return Step(
        **{
            "percent": 43.26,
            "iteration": 86,
            "iterations": 200,
            "stage": 2,
            "stages": 3,
            "sizes": ((128, 160),),
            "size": (256, 320),
            "levels": (LossParts(1.0, 1.0, 1.0),),
            "seconds": 9.0,
            "seconds_left": 12.4,
            **changes,
        }
    )


def running(**changes: Any) -> Job:
    return job(**{"state": State.RUNNING, "step": step(), **changes})


def stage(size: tuple[int, int], iterations: int) -> Any:
    return SimpleNamespace(size=size, iterations=iterations)


def test_the_words_of_a_running_job() -> None:
    assert words.words(running(preview=5, milestone=40, stages=1, network="vgg16")) == {
        "id": "abc",
        "state": "running",
        "live": True,
        "title": IMPASTO,
        "tab": f"43 % · {IMPASTO}",
        "status": "43 % · iteration 86 of 200 · 12 s left",
        "facts": "preview · 320×256 px · VGG16",
        "note": "",
        "network": "VGG16",
        "percent": 43.3,
        "picture": "/jobs/abc/pictures/preview?v=5",
        "alt": f"{IMPASTO}, unfinished",
        "announce": f"{IMPASTO}: 40 % done",
        "milestones": [20, 40],
        "stages": 1,
    }


@pytest.mark.parametrize("state", State)
def test_all_words_of_all_states_can_be_sent(state: State) -> None:
    assert json.loads(json.dumps(words.words(job(state=state))))["state"] == state.value


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "waiting"),
        ({"position": 1}, "waiting, next in line"),
        ({"position": 2}, "waiting, 2nd in line"),
        ({"position": 3}, "waiting, 3rd in line"),
        ({"position": 4}, "waiting, 4th in line"),
        ({"position": 11}, "waiting, 11th in line"),
        ({"position": 13}, "waiting, 13th in line"),
        ({"position": 21}, "waiting, 21st in line"),
        ({"position": 112}, "waiting, 112th in line"),
        ({"state": State.RUNNING}, "starting"),
        ({"state": State.RUNNING, "doing": "loading the network"}, "loading the network"),
        ({"state": State.DONE, "started": 100.0, "ended": 126.2}, "done in 26 s"),
        ({"state": State.DONE}, "done"),
        ({"state": State.FAILED, "reason": "out of memory"}, "failed: out of memory"),
        ({"state": State.FAILED}, "failed"),
        ({"state": State.CANCELLED}, "cancelled"),
        ({"suspended": True}, "paused, goes on when the program is started again"),
        ({"suspended": True, "state": State.DONE}, "done"),
    ],
)
def test_how_a_job_stands(changes: dict[str, Any], status: str) -> None:
    assert words.status(job(**changes)) == status


def test_a_job_that_was_moved_says_so() -> None:
    assert words.status(running(moves=1)).endswith(" left · moved to another machine")
    waiting = words.status(job(state=State.QUEUED, position=1, moves=1))
    assert waiting == "moves to another machine as soon as there is one"


def test_it_is_not_100_percent_before_it_is() -> None:
    assert words.status(running(step=step(percent=99.9))).startswith("99 %")


def test_a_done_job_is_at_100_percent_even_without_a_step() -> None:
    assert words.words(job(state=State.DONE))["percent"] == 100.0


def test_a_job_without_a_preview_has_no_picture() -> None:
    told = words.words(job())
    assert told["picture"] is None
    assert told["alt"] == "The photo, not repainted yet"


def test_the_picture_is_described_by_how_far_it_is() -> None:
    assert words.alt(job(preview=1, state=State.DONE)) == IMPASTO
    assert words.alt(job(preview=1, state=State.FAILED)) == f"{IMPASTO}, as far as it got"


def test_names_of_files_are_said_as_words() -> None:
    assert words.title(job(style=Source("stained_glass", (1, 1)))) == (
        "astronaut in the manner of stained glass"
    )


def test_uploads_are_called_by_their_kind() -> None:
    uploads = job(content=Source("photo", (1, 1)), style=Source("painting", (1, 1)))
    assert words.title(uploads) == "a photo in the manner of a painting"


def test_only_states_and_milestones_are_announced() -> None:
    early = words.announcement(running())
    assert early == f"{IMPASTO}: started"
    assert words.announcement(running(step=step(percent=44, iteration=90))) == early
    assert words.announcement(job(position=3)) == words.announcement(job(position=2))
    assert words.announcement(job(state=State.CANCELLED)) == f"{IMPASTO}: cancelled"


def test_the_network_is_the_used_one_or_the_wanted_one() -> None:
    assert words.network(job()) == ""
    assert words.network(job(settings=Settings(network="vgg19"))) == "VGG19"
    assert words.network(job(settings=Settings(network="vgg19"), network="vgg16")) == "VGG16"


def test_a_job_without_a_preset_has_own_settings() -> None:
    assert words.facts(job(preset=None)) == "own settings"


def test_a_note_is_passed_on() -> None:
    assert words.words(running(step=step(note="went on")))["note"] == "went on"


def test_stages_are_done_in_the_making_or_to_come() -> None:
    plan = [stage((64, 80), 100), stage((128, 160), 60), stage((256, 320), 40)]
    rows = words.stage_rows(running(stages=1), plan)
    assert rows == [
        {
            "size": "80×64",
            "iterations": 100,
            "picture": "/jobs/abc/pictures/stage-1",
            "state": "done",
        },
        {"size": "160×128", "iterations": 60, "picture": None, "state": "in the making"},
        {"size": "320×256", "iterations": 40, "picture": None, "state": "to come"},
    ]


def test_stages_of_a_job_that_broke_off_are_not_reached() -> None:
    broken = running(state=State.FAILED, stages=0)
    assert words.stage_rows(broken, [stage((64, 80), 100)])[0]["state"] == "not reached"


def test_every_setting_has_words() -> None:
    assert set(words.SETTINGS) == {field.name for field in fields(Settings)}
    assert all(said.label and said.text.endswith(".") for said in words.SETTINGS.values())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("levels", [str(n) for n in range(1, settings.MAX_LEVELS + 1)]),
        ("network", settings.NETWORKS),
        ("optimizer", settings.OPTIMIZERS),
        ("schedule", settings.SCHEDULES),
        ("style_loss", settings.STYLE_LOSSES),
        ("start", settings.STARTS),
        ("noise", settings.NOISES),
        ("device", settings.DEVICES),
        ("precision", settings.PRECISIONS),
    ],
)
def test_every_choice_has_words(name: str, values: tuple[str, ...]) -> None:
    assert {value for value, _ in words.SETTINGS[name].choices} - {""} == set(values)


@pytest.mark.parametrize("name", ["network", "optimizer", "start", "device", "precision"])
def test_the_first_choice_is_the_default(name: str) -> None:
    assert words.SETTINGS[name].choices[0][0] == getattr(Settings(), name)


def test_what_presets_set_is_left_to_them_unless_it_is_chosen() -> None:
    for name in {name for preset in settings.PRESETS.values() for name in preset}:
        assert words.SETTINGS[name].choices[0][0] == ""


def test_every_preset_has_words_with_its_size() -> None:
    assert [preset.name for preset in words.PRESETS] == list(settings.PRESETS)
    for preset in words.PRESETS:
        levels = settings.PRESETS[preset.name]["levels"]
        assert preset.size == f"{256 * 2 ** (levels - 1)} px"


def test_settings_are_listed_with_the_network_that_was_used() -> None:
    rows = {
        row["name"]: row["value"]
        for row in words.settings_rows(job(network="vgg16", used=Settings(levels=2)))
    }
    assert rows["levels"] == "512 px · 2 levels"
    assert rows["network"] == "VGG16, comes with the program"
    assert rows["iterations"] == "as suits the device"
    assert (rows["style_weight"], rows["content_weight"]) == ("1", "0.08")
    assert (rows["keep_colors"], rows["seed"]) == ("no", "0")


def test_defaults_are_those_of_the_settings() -> None:
    assert words.DEFAULTS["content_weight"] == "0.08"
    assert words.DEFAULTS["seed"] == "0"
    assert "levels" not in words.DEFAULTS


def test_words_do_not_wait_for_torch() -> None:
    code = "import sys, artstyle.lab.words, artstyle.lab.plot; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
