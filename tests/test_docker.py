"""What can be known of the image without Docker: what goes in, and that all parts agree."""

import os
import re
import shlex
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import config
import pytest
import yaml
from container import entrypoint, selfcheck
from tests import dockerwords, docs

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
container/entrypoint.py lab.py tlbot.py README.md requirements.lock requirements-torch.lock
requirements-base.txt requirements-torch.txt requirements-heif.txt requirements-cluster.txt
requirements-heif.lock requirements-cluster.lock setup.py {FILE}
"""
OUTSIDE = """
.git/config .env .venv/bin/python venv/bin/python ast/venv/lib/x.py ast/artstyle/.env
ast/artstyle/__pycache__/token.pyc
ast/artstyle.egg-info/PKG-INFO data/jobs/a/result.png img/bot.webp tests/test_docker.py whatever.txt
"""


def test_what_the_programs_need_goes_in_and_all_else_stays_out() -> None:
    assert [path for path in INSIDE.split() if not goes_in(path)] == []
    assert [path for path in OUTSIDE.split() if goes_in(path)] == []


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_git_ignores_an_environment(name: str) -> None:
    words = ["git", "check-ignore", "--quiet", f"{name}/bin/python"]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == 0


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
    assert not instruction("VOLUME")  # each run would leave one behind
    assert f"ENV AST_DATA={entrypoint.VOLUME}" in DOCKERFILE
    assert instruction("EXPOSE") == [str(config.PORT)]
    assert instruction("USER") == ["1000:1000"]
    assert instruction("FROM") == ["python:3.11-slim-bookworm"]
    torch, rest, cluster, code = instruction("COPY")  # torch in a layer of its own, first
    assert torch.startswith("requirements-torch.lock") and rest.startswith("requirements.lock")
    assert cluster.startswith("requirements-cluster.lock") and code.startswith(". ")


def test_docker_without_buildkit_builds_it() -> None:
    assert not re.search(
        r"^#\s*syntax=|<<|^(RUN|COPY|ADD) .*--(mount|chmod|link)", DOCKERFILE, re.M
    )
    assert "PIP_NO_CACHE_DIR=1" in DOCKERFILE  # what pip keeps would be in the layer


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "--require-hashes --requirement requirements-torch.lock"),
        ({"TORCH_INDEX": "https://x/cpu"}, "--index-url https://x/cpu --requirement {}"),
        ({"TORCH": "torch==2.13.0 torchvision"}, "torch==2.13.0 torchvision"),
        (
            {"TORCH_INDEX": "https://x/cpu", "TORCH": "torch==2.13.0"},
            "--index-url https://x/cpu torch==2.13.0",
        ),
    ],
)
def test_the_tested_torch_is_checked_by_its_hashes_and_another_one_can_be_named(
    arguments: dict[str, str], words: str
) -> None:
    shown = step("$TORCH_INDEX", arguments)
    assert shown.stdout.split() == ["install", *words.format("requirements-torch.txt").split()]


def step(
    part: str, arguments: dict[str, str] | None = None, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run the Dockerfile's RUN that has this part, with a pip that prints its words."""
    lines = DOCKERFILE.replace("\\\n", "").splitlines()
    (run,) = [line for line in lines if line.startswith("RUN") and part in line]
    script = "pip() { echo $*; }; python() { :; }\n" + run.removeprefix("RUN ")
    env = {"PATH": os.environ["PATH"], **(arguments or {})}
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def test_ray_is_installed_by_its_lock_if_it_is_asked_for() -> None:
    assert step("$EXTRAS").stdout == ""
    installed = "install --require-hashes --requirement requirements-cluster.lock\n"
    assert step("$EXTRAS", {"EXTRAS": "cluster"}).stdout == installed
    wrong = step("$EXTRAS", {"EXTRAS": "clusters"})
    assert wrong.returncode == 2 and "EXTRAS must be empty or cluster" in wrong.stderr


def test_every_user_can_read_the_files_and_only_wrong_modes_are_changed(tmp_path: Path) -> None:
    modes = {"right": 0o644, "program": 0o755, "wrong": 0o600, "private/inside": 0o640}
    for name, mode in modes.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        path.chmod(mode)
    (tmp_path / "private").chmod(0o700)
    kept = {name: (tmp_path / name).stat().st_ctime_ns for name in ("right", "program")}
    assert step("chmod", folder=tmp_path).returncode == 0
    found = {name: (tmp_path / name).stat().st_mode & 0o777 for name in [*modes, "private"]}
    assert found == {**modes, "wrong": 0o644, "private/inside": 0o644, "private": 0o755}
    assert kept == {name: (tmp_path / name).stat().st_ctime_ns for name in kept}


@pytest.mark.parametrize("name", ["lab", "bot"])
def test_compose_runs_each_program_on_one_volume_in_a_folder_of_its_own(name: str) -> None:
    found = SERVICES[name]
    assert found["command"] == [name] and name in entrypoint.COMMANDS
    assert found["volumes"] == [f"ast:{entrypoint.VOLUME}"] and "ast" in COMPOSE["volumes"]
    assert found["environment"]["AST_DATA"] == f"{entrypoint.VOLUME}/{name}"
    assert found["restart"] == "unless-stopped" and found["init"] is True
    assert found["read_only"] is True and found["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", ["lab", "bot"])
def test_compose_limits_memory_processes_files_and_logs(name: str) -> None:
    found = SERVICES[name]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert found["mem_limit"] == "${CONTAINER_MEMORY:-6g}"
    assert found["pids_limit"] == 1024 and found["ulimits"] == {"nofile": 8192}
    options = {"max-size": "10m", "max-file": "3"}
    assert found["logging"] == {"driver": "json-file", "options": options}


def server_words(page: str) -> list[str]:
    """The words after ``docker run`` in a page's command for servers."""
    lines = [line for block in docs.blocks(docs.PAGES[page]) for line in block]
    (line,) = [line for line in lines if "--read-only" in line]
    return shlex.split(line)[2:]


@pytest.mark.parametrize("page", ["README.md", "docs/DOCKER.md"])
def test_docker_run_for_a_server_sets_the_same_as_compose(page: str) -> None:
    given, lab = vars(dockerwords.run_words(server_words(page))), SERVICES["lab"]
    assert given["read_only"] is lab["read_only"] and given["init"] is lab["init"] is True
    assert given["tmpfs"] == lab["tmpfs"] and given["cap-drop"] == lab["cap_drop"]
    assert given["security-opt"] == lab["security_opt"] and given["p"] == lab["ports"]
    assert f"${{CONTAINER_MEMORY:-{given['memory'][0]}}}" == lab["mem_limit"]
    assert given["pids-limit"] == [str(lab["pids_limit"])] and given["restart"] == [lab["restart"]]
    assert given["ulimit"] == [f"nofile={lab['ulimits']['nofile']}"]
    assert given["log-driver"] == [lab["logging"]["driver"]]
    assert dict(each.split("=") for each in given["log-opt"]) == lab["logging"]["options"]


def test_docker_check_runs_containers_as_the_documentation_does() -> None:
    check = (ROOT / "scripts/docker-check").read_text()
    options = " ".join(re.findall(r"\brun\+?=\((--(?:read-only|memory).*)\)", check))
    checked = vars(dockerwords.run_words([*shlex.split(options), "ast"]))
    server = vars(dockerwords.run_words([*server_words("README.md"), "ast"]))
    unlike = {"d", "name", "v", "p", "restart", "image", "command"}
    for option in checked.keys() - unlike:
        assert checked[option] == server[option], option


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
