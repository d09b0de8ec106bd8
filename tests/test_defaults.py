"""config.py's defaults of the algorithm: all of them arrive in a job, whichever way it comes."""

import subprocess
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import config
import pytest
from tests.bot import running
from tests.commandline import Pair, Refuse
from tests.configured import configured
from tests.jobs import PAINTING
from tests.lab_app import form, lab
from tests.telegram_server import Telegram

from artstyle import NoiseLevel, configuration, defaults
from artstyle.bot.program import bot_config
from artstyle.cli.arguments import Arguments, parse
from artstyle.errors import ArgumentError, SettingsError
from artstyle.jobs import ThreadEngine
from artstyle.lab import program
from artstyle.settings import PRESETS, Settings, preset

ROOT = Path(__file__).parents[1]
# For each setting another value than its own default.
OTHER: dict[str, Any] = {
    "levels": 3,
    "realism": 0.7,
    "style_scale": 0.5,
    "colors": "photo",
    "keep_faces": True,
    "seed": 5,
    "style_weights": [2.0, 1.0],
    "style_crop": [(0.2, 0.2, 0.5, 0.5)],
    "background": "#204060",
    "method": "sketch",
    "iterations": 40,
    "content_loss": "features",
    "content_weight": 0.5,
    "style_weight": 2.0,
    "tv_weight": 0.0,
    "start": "style",
    "noise": "spots16",
    "noise_levels": [NoiseLevel(9, 0.3, 0.2, 0.2), NoiseLevel("pixel", 0.7, 0.8)],
    "noise_factor": 0.4,
    "style_loss": "gram",
    "schedule": "joint",
    "optimizer": "adam",
    "network": "vgg16",
    "device": "cpu",
    "precision": "fp32",
    "memory": "6G",
}


def wanted(name: str) -> Settings:
    value: Any = 6_000_000_000 if name == "memory" else OTHER[name]
    return Settings(**{name: value})


def options(levels: int | None = None, iterations: int | None = None) -> Namespace:
    return Namespace(levels=levels, iterations=iterations)


def test_config_names_every_setting_and_gives_none_a_value() -> None:
    assert list(OTHER) == configuration.algorithm()
    assert {name: getattr(config, name.upper()) for name in OTHER} == dict.fromkeys(OTHER)
    assert configured().algorithm == {}
    for name in OTHER:
        assert wanted(name) != Settings(), name


@pytest.mark.parametrize("name", OTHER)
async def test_a_default_in_config_arrives_in_the_labs_job(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, name.upper(), OTHER[name])
    given = program.parser(configured(), "lab.py").parse_args(["--data", str(tmp_path)])
    started = program.lab_config(configured(), given, ThreadEngine({}, 3))
    async with lab(tmp_path, defaults=started.defaults) as it:
        seed = None if name == "seed" else 0  # or another one is drawn
        more = {"style_2": PAINTING} if name == "style_weights" else {}
        await it.json("POST", "/api/jobs", 201, data=form(preset=None, seed=seed, **more))
        (job,) = it.queue.all()
        made = job.request.settings  # with a seed of the lab's unless one is usual
        assert made == (wanted(name) if name == "seed" else replace(wanted(name), seed=made.seed))
        assert (await it.text("/")).count("data-studio")
    used = Settings() if name == "style_weights" else wanted(name)  # each has one painting
    changed = {**PRESETS["standard"].changes, **used.as_dict()} | {"levels": 2}
    assert started.showcase[0].settings == Settings(**changed)


@pytest.mark.parametrize("name", OTHER)
async def test_a_default_in_config_arrives_in_the_bots_job(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, name.upper(), OTHER[name])
    usual = bot_config(configured(), options()).defaults
    async with Telegram() as telegram, running(telegram, tmp_path, defaults=usual) as bot:
        job = await bot.paint_for(telegram.user(7))
        unset = name == "style_weights"  # which are those of two paintings
        assert job.request.settings == (Settings() if unset else wanted(name))


@pytest.mark.parametrize("name", OTHER)
def test_a_default_in_the_file_of_config_arrives_in_the_command_lines_run(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"from artstyle import NoiseLevel\n{name.upper()} = {OTHER[name]!r}\n")
    paintings = ["b.jpg", "c.jpg"][: len(OTHER["style_weights"]) if name == "style_weights" else 1]
    arguments = parse(["a.jpg", *paintings, "-o", "d.png", "--config", str(file)])
    assert isinstance(arguments, Arguments) and arguments.settings == wanted(name)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("KEEP_COLORS = True", {"colors": "photo"}),
        ("KEEP_COLORS = 'off'", {"colors": "painting"}),
        ("KEEP_COLORS, COLORS = None, 'match'", {"colors": "match"}),
        ("KEEP_COLORS = None", {}),
    ],
)
def test_the_earlier_name_of_the_colours_is_read(
    line: str, wanted: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(line)
    assert defaults.read_file(file) == wanted


def test_the_other_programs_file_gives_the_command_line_its_defaults() -> None:
    arguments = parse(["a.jpg", "b.jpg", "-o", "c.png", "--config", str(ROOT / "config.py")])
    assert isinstance(arguments, Arguments) and arguments.settings == Settings()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("CONTENT_WEIGHT = -1", "CONTENT_WEIGHT in {}: content weight must be from 0 to 1000"),
        ("SEED = 1.5", 'SEED in {}: seed must be a whole number, but is "1.5"'),
        ("NOISE = 'loud'", 'NOISE in {}: unknown noise "loud": choose one of structured'),
        ("NOISE_LEVELS = [9]", 'NOISE_LEVELS in {}: "9" is no noise level'),
        ("MEMORY = 'much'", "MEMORY in {}: memory must be a size like 6G"),
        ("KEEP_COLORS = 3", 'KEEP_COLORS in {}: keep colors must be "on" or "off"'),
        ("KEEP_COLORS, COLORS = True, 'match'", 'KEEP_COLORS in {}: keep colors "on" means'),
        ("CONTENT_WEIGHT = STYLE_WEIGHT = 0", "CONTENT_WEIGHT in {}: content weight and style"),
        ("CONTENT_LOSS, REALISM = 'features', 0.5", "REALISM in {}: realism has no effect"),
    ],
)
def test_a_wrong_value_is_told_with_the_name_of_its_line(
    line: str, told: str, tmp_path: Path, pair: Pair, refuse: Refuse
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(line)
    values: dict[str, Any] = {}
    exec(line, values)
    with pytest.raises(ArgumentError) as caught:
        defaults.read(configuration.known(values, "config.py"))
    assert str(caught.value).startswith(told.format("config.py"))
    assert told.format("mine.py") in refuse(*pair, "-o", tmp_path / "out.png", "--config", file)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("LEVELS = ", "can't be run (SyntaxError: invalid syntax"),
        ("1 / 0", "can't be run (ZeroDivisionError: division by zero)"),
        ("raise SystemExit('a\\nb')", "can't be run (SystemExit: a?b)"),
        ("import nothing_like_it", "can't be run (ModuleNotFoundError: No module"),
        (None, "can't be read (No such file or directory)"),
    ],
)
def test_a_file_that_cant_be_run_gives_one_line(
    text: str | None, told: str, tmp_path: Path, pair: Pair, refuse: Refuse
) -> None:
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    assert told in refuse(*pair, "-o", tmp_path / "out.png", "--config", file)


@pytest.mark.parametrize("program", ["lab.py", "tlbot.py"])
def test_the_programs_refuse_a_wrong_value_at_their_start(program: str, tmp_path: Path) -> None:
    module = program.removesuffix(".py")
    code = f"import sys, config, {module}; config.LEVELS = 9; sys.exit({module}.main())"
    words = [sys.executable, "-c", code, "--data", str(tmp_path / "data")]
    env = {"TELEGRAM_BOT_TOKEN": "987654321:" + "s" * 35, "PATH": ""}
    done = subprocess.run(
        words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60
    )
    name = program.removesuffix(".py")
    told = f"{name}: LEVELS in config.py: levels must be from 1 to 6, but is 9\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_weights_and_parts_of_another_number_of_paintings_are_no_defaults() -> None:
    usual = {"style_weights": (2.0, 1.0), "style_crop": [(0, 0, 1, 1)] * 2, "seed": 5}
    assert defaults.fitting(usual, 2) == usual
    assert defaults.fitting(usual, 1) == {"seed": 5}
    assert defaults.fitting(usual, 3) == {name: usual[name] for name in ("style_crop", "seed")}
    assert defaults.fitting({"seed": 5}, 1) == {"seed": 5}


def test_options_override_the_preset_and_the_preset_overrides_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("LEVELS, SEED, STYLE_WEIGHT, SCHEDULE = 3, 5, 2.0, 'coarse-to-fine'\n")
    words = ["a.jpg", "b.jpg", "-o", "c.png", "--config", str(file), "--seed", "6"]
    arguments = parse([*words, "--preset", "gatys"])
    assert isinstance(arguments, Arguments)
    assert arguments.settings == preset("gatys", seed=6, style_weight=2.0)
    assert arguments.settings.levels == 1 and arguments.settings.schedule == "joint"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_chosen_whatever_the_defaults_are(name: str) -> None:
    usual: dict[str, Any] = {"realism": 0.7, "start": "noise", "noise_factor": 0.5}
    usual["noise_levels"] = (NoiseLevel(9, 1, 1),)
    made = defaults.combine(usual, name)
    assert {key: getattr(made, key) for key in PRESETS[name].changes} == PRESETS[name].changes


def test_a_default_for_another_choice_is_left_out() -> None:
    usual = {"realism": 0.7, "noise_factor": 0.5}
    assert defaults.combine(usual, None, {"content_loss": "features"}).realism == 0.2
    assert defaults.combine(usual, None, {"content_loss": "neighbors"}).realism == 0.7
    assert defaults.combine(usual, None, {"noise": "spots16"}).noise_factor is None
    assert defaults.combine(usual, None, {"noise": "structured"}).noise_factor == 0.5
    with pytest.raises(SettingsError, match="realism has no effect"):
        defaults.combine({}, "gatys", {"realism": 0.7})
