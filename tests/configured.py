"""The configuration of config.py, for tests."""

from dataclasses import replace
from typing import Any

from artstyle.cli.configuring import module, read
from artstyle.configuration import Config


def configured(**changes: Any) -> Config:
    """What config.py says at the moment, with these changes."""
    return replace(read(module("config"), None, {}), **changes)
