"""Settings of config.py from the environment: every name, every type, and what is refused."""

import json
import re
from contextlib import suppress
from typing import Any

import config
import pytest
import yaml
from tests import docs

from artstyle import configuration, settings
from artstyle.cli import environment
from artstyle.cli.configuring import module, read
from artstyle.errors import ArgumentError, SettingsError
from artstyle.settings import SETTINGS


def another(value: Any) -> Any:
    """A different value of the same type."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value}-other"
        case dict():
            return {name: another(each) for name, each in value.items()}
        case [first, *_]:
            return [first]
    return value


def typed(name: str, default: Any) -> tuple[str, Any]:
    """Text for a setting that changes its value, and the value."""
    if name.lower() in SETTINGS:
        return algorithms(name.lower(), default)
    given = {
        "ALLOWED_HOSTS": ["art.example.org"],
        "CALLBACK_HOSTS": ["hooks.example.org"],
        "TRUSTED_PROXIES": ["10.0.0.0/8"],
        "BOT_USERS": [12, 34],
        "BOT_METRICS_PORT": 9100,
        "BOT_ADMINS": [12],
        "BOT_DAILY": 9,
        "BOT_LONGEST_WAIT": 7.5,
        "BOT_INTERMEDIATE": "edit",
        "PRESETS": ["preview"],
    }
    value = given.get(name, another(default))
    return value if isinstance(value, str) else json.dumps(value), value


def algorithms(name: str, default: Any) -> tuple[str, Any]:
    described = SETTINGS[name]
    lists = ["9:0.3:0.2:0.2", "2,1", "0.2,0.2,0.5,0.5"]
    texts = [described.low, described.high, *described.choices, "on", "off", "3G", *lists]
    for text in map(str, texts):
        with suppress(SettingsError):
            if (value := settings.parse(name, text)) != default:
                return text, value
    raise AssertionError(f"no text for {name}")


BEFORE = {name: getattr(config, name) for name in configuration.names()}


@pytest.mark.parametrize("name", configuration.names())
def test_every_setting_of_config_comes_from_the_environment(name: str) -> None:
    text, wanted = typed(name, BEFORE[name])
    assert wanted != BEFORE[name]
    assert environment.read(BEFORE, {f"AST_{name}": text}) == {name: wanted}
    made = read(module("config"), None, {f"AST_{name}": text})
    if name in configuration.types():
        assert getattr(made, name.lower()) == wanted
    else:
        assert made.algorithm == {name.lower(): wanted}


def test_no_setting_has_the_name_of_another_variable() -> None:
    assert not {"URL", "SAVE_SECONDS"} & {*configuration.names()}


def test_the_documentations_examples_are_read() -> None:
    pages = docs.PAGES["docs/CONFIG.md"], docs.PAGES["docs/DOCKER.md"]
    given = dict(re.findall(r"`(AST_[A-Z_]+)=([^`…]+)`", pages[0].partition("## Environment")[2]))
    assert {"AST_PORT", "AST_KEEP_DAYS", "AST_PAIRS", "AST_WORKERS"} <= given.keys()
    found = environment.read(BEFORE, given)
    assert found["PAIRS"] == [("img/content/rocket.jpg", "img/style/cubist.webp")]
    (block,) = re.findall(r"```yaml\n(services:.*?)```", pages[1], re.DOTALL)
    found = environment.read(BEFORE, yaml.safe_load(block)["services"]["lab"]["environment"])
    assert found == {"KEEP_DAYS": 7, "PRESETS": ["preview"]}


def test_values_are_read_by_their_type() -> None:
    given = {
        "GPUS_PER_JOB": ("0.5", 0.5),
        "UNFINISHED": ("25_000", 25_000),
        "CLUSTER_NETWORK": ("yes", True),
        "DATA": ("/b", "/b"),
        "PAIRS": ('[["c","d"]]', [("c", "d")]),
        "BOT_METRICS_PORT": ("7", 7),  # whose value is None before
    }
    found = environment.read(BEFORE, {f"AST_{name}": text for name, (text, _) in given.items()})
    assert found == {name: value for name, (_, value) in given.items()}


def test_defaults_of_the_algorithm_are_read_like_the_settings() -> None:
    found = environment.read(BEFORE, {"AST_CONTENT_WEIGHT": "0,5", "AST_LEVELS": "3"})
    assert found == {"CONTENT_WEIGHT": 0.5, "LEVELS": 3}
    with pytest.raises(
        ArgumentError, match=r"^AST_LEVELS: levels must be from 1 to .*, but is 99$"
    ):
        environment.read(BEFORE, {"AST_LEVELS": "99"})


@pytest.mark.parametrize(
    ("given", "wanted"),
    [({"AST_KEEP_COLORS": "on"}, "photo"), ({"AST_KEEP_COLORS": "0"}, "painting")],
)
def test_the_earlier_name_of_the_colours_is_read(given: dict[str, str], wanted: str) -> None:
    assert environment.read(BEFORE, given) == {"COLORS": wanted}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"AST_KEEP_COLORS": "so"}, 'AST_KEEP_COLORS: keep colors must be "on" or "off"'),
        ({"AST_KEEP_COLORS": "on", "AST_COLORS": "match"}, "AST_KEEP_COLORS: keep colors .* means"),
    ],
)
def test_an_earlier_name_that_cant_be_used_is_told(given: dict[str, str], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        environment.read(BEFORE, given)


def test_an_empty_variable_counts_as_unset_and_entries_of_a_dict_are_replaced_one_by_one() -> None:
    given = {"AST_PORT": "", "AST_WORKERS": '{"cuda": 1}', "AST_URL": "/", "HOST": "1"}
    found = environment.read({**BEFORE, "WORKERS": {"cpu": 1, "cuda": 2}}, given)
    assert found == {"WORKERS": {"cpu": 1, "cuda": 1}}


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("PORT", "many", "a whole number, 0 or more"),
        ("PORT", "1.5", "a whole number, 0 or more"),
        ("PORT", "-1", "a whole number, 0 or more"),
        ("KEEP_DAYS", "nan", "a number, 0 or more"),
        ("KEEP_DAYS", "inf", "a number, 0 or more"),
        ("KEEP_DAYS", "-0.5", "a number, 0 or more"),
        ("CLUSTER_NETWORK", "perhaps", "on or off"),
        ("PRESETS", "a, b", 'like ["..."] in JSON'),
        ("PRESETS", "[1]", 'like ["..."] in JSON'),
        ("PAIRS", '[["a"]]', 'like [["...", "..."]] in JSON'),
        ("WORKERS", '{"gpu": 1}', 'like {"cpu": 1} in JSON'),
        ("WORKERS", '{"cpu": "1"}', 'like {"cpu": 1} in JSON'),
        ("WORKERS", "1", 'like {"cpu": 1} in JSON'),
    ],
)
def test_a_wrong_value_is_told_with_the_variables_name(name: str, text: str, wanted: str) -> None:
    with pytest.raises(ArgumentError) as error:
        environment.read({**BEFORE, "WORKERS": {"cpu": 1}}, {f"AST_{name}": text})
    assert str(error.value) == f'AST_{name} must be {wanted}, but is "{text}"'
