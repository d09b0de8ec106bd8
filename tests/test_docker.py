"""What can be known of the image without Docker: what goes in, and that all parts agree."""

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import config
import pytest
import yaml
from container import entrypoint, selfcheck

from artstyle.bot.token import FILE, VARIABLE

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def goes_in(path: str) -> bool:
    """Apply .dockerignore as Docker does: the last pattern that fits decides."""
    inside = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!").rstrip("/")
        if pattern and not line.startswith("#") and fits(path, pattern):
            inside = line.startswith("!")
    return inside


def fits(path: str, pattern: str) -> bool:
    parts = path.split("/")
    if pattern.startswith("**/"):
        return any(fnmatch(part, pattern[3:]) for part in parts)
    wanted = pattern.split("/")
    return len(parts) >= len(wanted) and all(map(fnmatch, parts, wanted))


def instruction(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)


INSIDE = f"""
ast/artstyle/lab/templates/base.html ast/artstyle/vgg/weights/vgg16.npz config.py
container/entrypoint.py lab.py tlbot.py README.md requirements-torch.txt {FILE}
"""
OUTSIDE = """
.git/config .env .venv/bin/python ast/artstyle/.env ast/artstyle/__pycache__/token.pyc
ast/artstyle.egg-info/PKG-INFO data/jobs/a/result.png img/bot.webp tests/test_docker.py whatever.txt
"""


def test_what_the_programs_need_goes_in_and_all_else_stays_out() -> None:
    assert [path for path in INSIDE.split() if not goes_in(path)] == []
    assert [path for path in OUTSIDE.split() if goes_in(path)] == []


def test_the_pictures_that_config_names_go_in() -> None:
    named = [path for pair in config.PAIRS for path in pair]
    used = [str(path.relative_to(ROOT)) for path in (selfcheck.PHOTO, selfcheck.PAINTING)]
    for path in [*named, *used]:
        assert (ROOT / path).is_file() and goes_in(path)


def test_what_the_dockerfile_copies_and_runs_is_there() -> None:
    for line in instruction("COPY"):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), line
    for name in re.findall(r"container/\w+\.py", DOCKERFILE):
        assert goes_in(name) and (ROOT / name).is_file()


def test_the_dockerfile_and_the_entry_point_agree() -> None:
    (default,) = re.findall(r'"([\w-]+)"', instruction("CMD")[0])
    assert default == "bot" and default in entrypoint.COMMANDS
    assert Path(instruction("VOLUME")[0]) == entrypoint.VOLUME
    assert f"ENV AST_DATA={entrypoint.VOLUME}" in DOCKERFILE
    assert instruction("EXPOSE") == [str(config.PORT)]
    assert instruction("USER") == ["1000:1000"]
    assert instruction("FROM") == ["python:3.11-slim-bookworm"]
    torch, code = DOCKERFILE.index("$TORCH\n"), DOCKERFILE.index("COPY . ")
    assert torch < code  # in a layer of its own


@pytest.mark.parametrize("name", ["lab", "bot"])
def test_compose_runs_each_program_on_one_volume_in_a_folder_of_its_own(name: str) -> None:
    found = SERVICES[name]
    assert found["command"] == [name] and name in entrypoint.COMMANDS
    assert found["volumes"] == [f"ast:{entrypoint.VOLUME}"] and "ast" in COMPOSE["volumes"]
    assert found["environment"]["AST_DATA"] == f"{entrypoint.VOLUME}/{name}"
    assert found["restart"] == "unless-stopped"
    assert found["read_only"] is True and found["cap_drop"] == ["ALL"]


def test_compose_opens_the_lab_to_this_machine_and_gives_the_token_to_the_bot_alone() -> None:
    lab, bot = SERVICES["lab"], SERVICES["bot"]
    assert lab["ports"] == [f"127.0.0.1:{config.PORT}:{config.PORT}"] and "ports" not in bot
    assert bot["environment"][VARIABLE] == f"${{{VARIABLE}:-}}"
    assert VARIABLE not in lab["environment"] and bot["profiles"] == ["bot"]


def test_the_file_for_gpus_adds_them_to_the_same_services() -> None:
    added = yaml.safe_load((ROOT / "compose.gpu.yaml").read_text())["services"]
    assert added.keys() == SERVICES.keys()
    for found in added.values():
        (device,) = found["deploy"]["resources"]["reservations"]["devices"]
        assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    assert "NVIDIA_DRIVER_CAPABILITIES=compute,utility" in DOCKERFILE
