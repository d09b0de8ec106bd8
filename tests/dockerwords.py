"""Reading Docker's command lines as Docker would, to hold them against what the project has."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from unittest.mock import patch

import yaml
from container import entrypoint, ray_worker, selfcheck
from tests.configured import configured

from artstyle.bot import program as bot
from artstyle.bot import token
from artstyle.cli import arguments
from artstyle.configuration import names
from artstyle.lab import program as lab

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
IMAGE = "ast"
NAMES = ("bot", "lab", "worker")  # of the containers in the pages
TOKEN = "/run/ray_token"  # the cluster's, in a worker
LIMITS = (
    *("--tmpfs", "--cap-drop", "--security-opt", "--memory", "--pids-limit", "--ulimit"),
    *("--log-driver", "--log-opt", "--restart", "--network", "--shm-size"),
)
VARIABLES = (
    token.VARIABLE,
    "AST_URL",
    "TORCH_HOME",
    "RAY_AUTH_TOKEN",
    "RAY_AUTH_TOKEN_PATH",
    *(f"AST_{name}" for name in names()),
)


def check(words: list[str]) -> None:
    """Fail unless the words after ``docker`` do something with this project."""
    with patch.dict(os.environ):  # the entry point sets variables for its programs
        CHECKS[words[0]](words[1:])


def _parser(*flags: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    for flag in flags:
        parser.add_argument(flag, action="append", default=[], dest=flag.strip("-"))
    return parser


def _build(words: list[str]) -> None:
    parser = _parser("--build-arg", "-t")
    parser.add_argument("context")
    given = parser.parse_args(words)
    assert given.t == [IMAGE] and given.context == "."
    for argument in getattr(given, "build-arg"):
        assert re.search(rf"^ARG {argument.partition('=')[0]}=", DOCKERFILE, re.MULTILINE)


def _run(words: list[str]) -> None:
    given = run_words(words)
    assert given.image == IMAGE
    for volume in given.v:
        place = volume.split(":")[1]
        assert place in (
            str(entrypoint.VOLUME),
            str(token.SECRET),
            f"/app/{token.FILE}",
            *given.w,
            TOKEN,
        )
    assert (f"RAY_AUTH_TOKEN_PATH={TOKEN}" in given.e) == any(TOKEN in each for each in given.v)
    for variable in given.e:
        assert variable.partition("=")[0] in VARIABLES
    for ports in given.p:
        assert f"EXPOSE {ports.rpartition(':')[2]}\n" in DOCKERFILE
    assert set(given.name) <= set(NAMES)
    _program(given.command)


def run_words(words: list[str]) -> argparse.Namespace:
    """The options, image and command of the words after ``docker run``."""
    parser = _parser("--name", "-v", "-e", "-p", "-w", "--user", "--gpus", "--env-file", *LIMITS)
    for flag in ("-d", "--rm", "--read-only", "--init"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("image")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args(words)


def _program(words: list[str]) -> None:
    """Have the program that the container starts read its own words."""
    name, rest = entrypoint.command(words)
    if name == "--help":
        return
    assert name in entrypoint.COMMANDS
    if name == "lab":
        lab.parser(configured(), "lab.py").parse_args(entrypoint.reachable(rest))
    elif name == "bot":
        bot.parser(configured(), "tlbot.py").parse_args(rest)
    elif name == "worker":
        ray_worker.read(rest)
    elif name == "test-drive":
        arguments.parse(selfcheck.command(rest, Path()))
    else:
        arguments.parse(rest)


def _compose(words: list[str]) -> None:
    parser = _parser("-f", "--profile")
    parser.add_argument("command", choices=["up", "down", "build"])
    parser.add_argument("services", nargs="*")
    given = parser.parse_args(words)
    assert all((ROOT / name).is_file() for name in given.f)
    assert set(given.services) <= COMPOSE["services"].keys()
    profiles = {each for one in COMPOSE["services"].values() for each in one.get("profiles", ())}
    assert set(given.profile) <= profiles


def _container(words: list[str]) -> None:
    assert len(words) == 1 and words[0] in NAMES


def _nothing(words: list[str]) -> None:
    assert not words


CHECKS = {"build": _build, "run": _run, "compose": _compose, "ps": _nothing}
CHECKS |= {"logs": _container, "stop": _container}
