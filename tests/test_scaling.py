"""What docs/SCALING.md says is so: settings, files, commands, numbers that stand in the code."""

import re
from dataclasses import replace
from pathlib import Path

import config
import loopback
from tests.configured import configured

from artstyle.jobs import EngineChoice, follower
from artstyle.jobs.cluster import config as cluster_config
from artstyle.jobs.cluster import proxy

ROOT = Path(__file__).parents[1]
SCALING = (ROOT / "docs/SCALING.md").read_text(encoding="utf-8")


def test_the_settings_it_names_are_there() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", SCALING, re.DOTALL)
    names = re.findall(r"^(\w+) =", block, re.MULTILINE)
    assert names == ["ENGINE", "GPUS_PER_JOB", "CPUS_PER_JOB", "CLUSTER_NETWORK"]
    assert all(hasattr(config, name) for name in names)
    assert (config.ENGINE, config.CLUSTER_NETWORK) == ("local", False)


def test_the_address_it_shows_can_be_used() -> None:
    (engine,) = re.findall(r'ENGINE = "(ray://[^"]+)"', SCALING)
    choice = replace(EngineChoice.read(configured()), engine=engine)
    assert choice.address == "HEAD:6379"
    cluster_config.check_address(replace(choice, network=True), choice.address)


def test_the_files_it_names_are_there() -> None:
    for path in ("requirements-cluster.lock", "scripts/cluster-check", "bench/cluster.py"):
        assert path in SCALING and (ROOT / path).is_file()


def test_the_variables_it_gives_are_those_it_was_measured_with() -> None:
    for name, value in loopback.WATCHFUL.items():
        assert f"{name}={value}" in SCALING


def test_the_limits_it_tells_are_those_of_the_code() -> None:
    assert follower.MOVES == 3 and "moved at most three times" in SCALING
    assert proxy.GRACE_SECONDS == 10 and "doesn't end within ten seconds" in SCALING
