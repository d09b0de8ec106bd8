"""What config.py may say of a cluster, and what is refused before anything is sent to one."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import config
import lab
import pytest
import tlbot
from tests.jobs import a_choice

from artstyle.errors import ClusterError
from artstyle.jobs import ThreadEngine, opened
from artstyle.jobs.cluster.config import check, needs, weight
from artstyle.jobs.cluster.remote import difference, versions
from artstyle.settings import Settings

HERE = "ray://127.0.0.1:6379"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    token = tmp_path / "token"
    token.touch(mode=0o600)
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}


@pytest.fixture
def with_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)


def matching(text: str) -> Any:
    """Expects a refusal with these words for the operator."""
    return pytest.raises(ClusterError, match=text)


@pytest.mark.parametrize("engine", [HERE, "127.0.0.1:6379"])
def test_an_address_is_that_of_the_head(engine: str) -> None:
    assert a_choice(engine).address == "127.0.0.1:6379"
    assert a_choice("auto").address == "auto"


@pytest.mark.parametrize("engine", ["", "ray", "ray://", "ray://host", "host:port", "here:99999"])
def test_what_is_no_address_is_refused_with_an_example(engine: str) -> None:
    with matching(r'"local", "auto", .*ray://127.0.0.1:6379'):
        check(a_choice(engine), {})


@pytest.mark.parametrize("said", [{"gpus_per_job": -1}, {"gpus_per_job": 1.5}, {"cpus_per_job": 0}])
def test_what_no_machine_can_give_is_refused(said: dict[str, Any]) -> None:
    with matching(f"{next(iter(said)).upper()} is"):
        check(a_choice(HERE, **said), {})


def test_a_job_takes_a_part_of_a_gpu_and_a_large_one_the_whole() -> None:
    small, large = Settings(levels=2), Settings(levels=3)
    half = a_choice(HERE, gpus_per_job=0.5)
    assert needs(half, small) == {"CPU": 1, "GPU": 0.5}
    assert needs(half, large) == {"CPU": 1, "GPU": 1}
    assert (weight(half, small), weight(half, large)) == (1, 2)
    cpu = a_choice(HERE, gpus_per_job=0, cpus_per_job=2)
    assert needs(cpu, large) == {"CPU": 2}
    assert weight(cpu, large) == 1
    assert needs(a_choice(HERE, gpus_per_job=2), large) == {"CPU": 1, "GPU": 2}


@pytest.mark.usefixtures("with_ray")
def test_a_cluster_with_a_token_on_loopback_is_accepted(environment: dict[str, str]) -> None:
    check(a_choice(HERE), environment)
    check(a_choice("localhost:6379"), environment)
    check(a_choice("auto"), {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "t"})


def test_without_ray_it_says_how_to_get_it(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with matching("pip install -r requirements-cluster"):
        check(a_choice(HERE), environment)


@pytest.mark.usefixtures("with_ray")
@pytest.mark.parametrize("mode", [None, "disabled", ""])
def test_without_token_authentication_nothing_is_attached_to(
    environment: dict[str, str], mode: str | None
) -> None:
    del environment["RAY_AUTH_MODE"]
    if mode is not None:
        environment["RAY_AUTH_MODE"] = mode
    with matching("RAY_AUTH_MODE=token"):
        check(a_choice(HERE), environment)


@pytest.mark.usefixtures("with_ray")
def test_a_token_must_be_there_and_nobody_elses(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(environment["RAY_AUTH_TOKEN_PATH"])
    path.chmod(0o644)
    with matching("chmod 600"):
        check(a_choice(HERE), environment)
    path.unlink()
    with matching(r"token isn't in .*token"):
        check(a_choice(HERE), environment)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    with matching("auth_token"):
        check(a_choice(HERE), {"RAY_AUTH_MODE": "token"})


@pytest.mark.usefixtures("with_ray")
@pytest.mark.parametrize("address", ["10.0.0.7:6379", "0.0.0.0:6379", "gpu.example.org:6379"])
def test_a_network_is_used_only_when_asked_for(environment: dict[str, str], address: str) -> None:
    with matching("CLUSTER_NETWORK = True"):
        check(a_choice(address), environment)
    check(a_choice(address, network=True), environment)


@pytest.mark.usefixtures("with_ray")
def test_windows_is_refused(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with matching("Windows"):
        check(a_choice(HERE), environment)


def test_the_same_versions_are_no_difference() -> None:
    assert difference(versions()) is None


def test_another_version_is_named_with_the_machine() -> None:
    text = difference({**versions(), "torch": "1.0", "python": "2.7.18"})
    assert text is not None
    assert "not 1.0" in text and "not 2.7.18" in text and "install the same everywhere" in text
    assert "artstyle" not in text


async def test_local_is_this_process() -> None:
    async with opened(a_choice("local")) as engine:
        assert isinstance(engine, ThreadEngine)


@pytest.mark.usefixtures("with_ray")
async def test_a_refusal_comes_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    with matching("RAY_AUTH_MODE=token"):
        async with opened(a_choice("auto")):
            pass


@pytest.mark.usefixtures("with_ray")
@pytest.mark.parametrize("program", [lab, tlbot])
def test_the_programs_say_in_one_line_why_they_dont_start(
    program: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(config, "ENGINE", HERE)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:" + "a" * 35)
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    monkeypatch.setattr(sys, "argv", ["it", "--data", str(tmp_path / "data")])
    assert program.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "RAY_AUTH_MODE=token" in line
    assert not (tmp_path / "data").exists()
