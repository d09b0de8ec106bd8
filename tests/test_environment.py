"""Settings of config.py from the environment: every name, every type, and what is refused."""

import json
import re
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import config
import pytest
import yaml
from tests import docs

from artstyle import settings
from artstyle.cli import environment
from artstyle.cli.environment import overlay
from artstyle.errors import ArgumentError, SettingsError
from artstyle.settings import SETTINGS


def module(**values: Any) -> ModuleType:
    """A config.py with these settings."""
    made = ModuleType("config")
    vars(made).update(values)
    return made


def copied() -> ModuleType:
    """A config.py like the project's, to be changed."""
    made = module(**{name: getattr(config, name) for name in environment.names(config)})
    made.__annotations__ = config.__annotations__
    return made


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
    }
    value = given.get(name, another(default))
    return value if isinstance(value, str) else json.dumps(value), value


def algorithms(name: str, default: Any) -> tuple[str, Any]:
    described = SETTINGS[name]
    texts = [described.low, described.high, *described.choices, "on", "off", "3G", "9:0.3:0.2:0.2"]
    for text in map(str, texts):
        with suppress(SettingsError):
            if (value := settings.parse(name, text)) != default:
                return text, value
    raise AssertionError(f"no text for {name}")


@pytest.mark.parametrize("name", environment.names(config))
def test_every_setting_of_config_comes_from_the_environment(name: str) -> None:
    made = copied()
    text, wanted = typed(name, getattr(made, name))
    assert wanted != getattr(made, name)
    overlay(made, {f"AST_{name}": text})
    assert getattr(made, name) == wanted
    for other in environment.names(config):
        assert other == name or getattr(made, other) is getattr(config, other)


def test_no_setting_has_the_name_of_another_variable() -> None:
    assert not {"URL", "SAVE_SECONDS"} & set(environment.names(config))


def test_the_documentations_examples_are_read() -> None:
    made = copied()
    pages = docs.PAGES["docs/CONFIG.md"], docs.PAGES["docs/DOCKER.md"]
    given = dict(re.findall(r"`(AST_[A-Z_]+)=([^`…]+)`", pages[0].partition("## Environment")[2]))
    assert {"AST_PORT", "AST_KEEP_DAYS", "AST_PAIRS", "AST_WORKERS"} <= given.keys()
    overlay(made, given)
    assert made.PAIRS == [("img/content/rocket.jpg", "img/style/cubist.webp")]
    (block,) = re.findall(r"```yaml\n(services:.*?)```", pages[1], re.DOTALL)
    overlay(made, yaml.safe_load(block)["services"]["lab"]["environment"])
    assert (made.KEEP_DAYS, made.PRESETS) == (7, ["preview"])


def test_values_are_read_by_their_type() -> None:
    made = module(SHARE=1.0, LIMIT=5, OPEN=False, PLACE=Path("a"), PAIRS=[("a", "b")])
    given = {
        "SHARE": "0.5",
        "LIMIT": "25_000",
        "OPEN": "yes",
        "PLACE": "/b",
        "PAIRS": '[["c","d"]]',
    }
    overlay(made, {f"AST_{name}": text for name, text in given.items()})
    found = (made.SHARE, made.LIMIT, made.OPEN, made.PLACE, made.PAIRS)
    assert found == (0.5, 25_000, True, Path("/b"), [("c", "d")])


def test_a_settings_type_without_a_value_is_the_annotated_one() -> None:
    made = module(LIMIT=None, NAMES=None)
    made.__annotations__ = {"LIMIT": int | None, "NAMES": list[str] | None}
    overlay(made, {"AST_LIMIT": "7", "AST_NAMES": '["a"]'})
    assert (made.LIMIT, made.NAMES) == (7, ["a"])


def test_defaults_of_the_algorithm_are_read_like_the_settings() -> None:
    made = module(CONTENT_WEIGHT=None, LEVELS=None)
    overlay(made, {"AST_CONTENT_WEIGHT": "0,5", "AST_LEVELS": "3"})
    assert (made.CONTENT_WEIGHT, made.LEVELS) == (0.5, 3)
    with pytest.raises(
        ArgumentError, match=r"^AST_LEVELS: levels must be from 1 to .*, but is 99$"
    ):
        overlay(made, {"AST_LEVELS": "99"})


def test_an_empty_variable_counts_as_unset_and_entries_of_a_dict_are_replaced_one_by_one() -> None:
    made = module(PORT=8080, WORKERS={"cpu": 1, "cuda": 2})
    overlay(made, {"AST_PORT": "", "AST_WORKERS": '{"cuda": 1}', "AST_ROOT": "/", "PORT": "1"})
    assert (made.PORT, made.WORKERS) == (8080, {"cpu": 1, "cuda": 1})
    assert not hasattr(made, "ROOT")


@pytest.mark.parametrize(
    ("value", "text", "wanted"),
    [
        (8080, "many", "a whole number, 0 or more"),
        (8080, "1.5", "a whole number, 0 or more"),
        (8080, "-1", "a whole number, 0 or more"),
        (1.0, "nan", "a number, 0 or more"),
        (1.0, "-0.5", "a number, 0 or more"),
        (True, "perhaps", "on or off"),
        (["a"], "a, b", 'like ["..."] in JSON'),
        (["a"], "[1]", 'like ["..."] in JSON'),
        ([("a", "b")], '[["a"]]', 'like [["...", "..."]] in JSON'),
        ({"cpu": 1}, '{"gpu": 1}', 'like {"cpu": 1} in JSON'),
        ({"cpu": 1}, '{"cpu": "1"}', 'like {"cpu": 1} in JSON'),
    ],
)
def test_a_wrong_value_is_told_with_the_variables_name(value: Any, text: str, wanted: str) -> None:
    made = module(THING=value)
    with pytest.raises(ArgumentError) as error:
        overlay(made, {"AST_THING": text})
    assert str(error.value) == f'AST_THING must be {wanted}, but is "{text}"'
    assert value == made.THING
