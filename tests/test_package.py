"""The package as pip installs it: what it needs, and that it works without this folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.telegram_server import Telegram
from tests.test_tlbot import ENVIRONMENT, reached

from artstyle.pictures import read

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SAMPLES = sorted(
    str(path.relative_to(ROOT)) for path in ROOT.glob("img/*/*") if path.parent.name != "img"
)
QUICK = ("--levels", "1", "--iterations", "2")
BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, sys.argv[1])(sys.argv[2]))
"""


def build(what: str, source: Path, into: Path) -> Path:
    """Build a wheel or a source distribution, as pip and build do."""
    words = [sys.executable, "-c", BUILD, f"build_{what}", str(into)]
    done = subprocess.run(words, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return into / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution of the files that git knows, built outside of this folder."""
    source = tmp_path_factory.mktemp("source")
    names = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(names, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, found.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "bench/", "docs/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    return build("sdist", source, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is made of it."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return build("wheel", source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the package and what it needs, but without this folder.

    The packages are those of the tests. An editable package is there by a .pth file, which is
    only heeded in an environment's own folder; so this folder stays out.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", own, wheel], check=True)
    paths = [path for path in sys.path if path.endswith("-packages")]
    (own / "tests.pth").write_text("\n".join(paths))
    script = folder / "bin" / "artstyle"
    script.write_text(
        f"#!{folder}/bin/python\nimport sys\nfrom artstyle.cli.main import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    return folder


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith("dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def lines(name: str) -> set[Requirement]:
    return {
        Requirement(line) for line in (ROOT / name).read_text().splitlines() if line[:1] not in "#"
    }


def extra(requirement: Requirement, name: str) -> Requirement:
    marker = f'extra == "{name}"'
    return Requirement(f"{requirement}; {marker}")


def test_what_it_needs_is_what_the_requirements_say(wheel: Path) -> None:
    wanted = lines("requirements-base.txt") | lines("requirements-torch.txt")
    for name in ("heif", "cluster"):
        wanted |= {extra(each, name) for each in lines(f"requirements-{name}.txt")}
    found = metadata(wheel)
    assert {Requirement(each) for each in found.get_all("Requires-Dist", [])} == wanted
    assert found.get_all("Provides-Extra") == ["heif", "cluster"]
    assert found["License-Expression"] == "MIT" and found["Requires-Python"] == ">=3.11"


def test_what_builds_it_is_what_make_and_the_image_have() -> None:
    assert {*map(Requirement, PROJECT["build-system"]["requires"])} == lines(
        "requirements-build.txt"
    )


def test_it_holds_all_of_the_package_and_what_it_shares_with_a_checkout(wheel: Path) -> None:
    known = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "ast/artstyle"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    wanted = {name.removeprefix("ast/") for name in known if (ROOT / name).is_file()}
    wanted |= {f"artstyle/share/{name}" for name in ("config.py", "img/SOURCES.md", *SAMPLES)}
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if "dist-info/" not in name}
        assert found == wanted
        assert archive.read("artstyle/share/config.py") == (ROOT / "config.py").read_bytes()
        assert any(name.endswith("dist-info/licenses/LICENSE") for name in archive.namelist())


@contextmanager
def started(environment: Path, folder: Path, *words: str, **more: str) -> Iterator[str]:
    """Run an installed server in a folder; gives the line that it begins with."""
    command = [str(environment / "bin/artstyle"), *words]
    env = {**ENVIRONMENT, **more}
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.terminate()
        assert process.wait(60) == 0


def run(environment: Path, folder: Path, *words: str | Path) -> str:
    done = subprocess.run(
        [str(environment / "bin/artstyle"), *map(str, words)],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_the_installed_package_that_is_tested(environment: Path, tmp_path: Path) -> None:
    code = "import artstyle, sys; print(artstyle.__file__, *sys.path, sep='\\n')"
    words = [str(environment / "bin/python"), "-c", code]
    found = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    place, *paths = found.splitlines()
    assert Path(place).is_relative_to(environment)
    assert not {str(ROOT), str(ROOT / "ast")} & {*paths}


def test_the_command_line_works_in_any_folder(environment: Path, tmp_path: Path) -> None:
    assert run(environment, tmp_path, "--version") == f"artstyle {PROJECT['project']['version']}\n"
    assert "artstyle lab" in run(environment, tmp_path, "--help")
    pair = ROOT / "img/content/rocket.jpg", ROOT / "img/style/cubist.webp"
    run(environment, tmp_path, *pair, "-o", "out.png", "--network", "vgg16", *QUICK)
    assert read.check(tmp_path / "out.png").height >= 256


def test_the_lab_works_in_any_folder_with_its_samples(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("PAIRS, KEEP_JOBS = [], 5")
    words = ["lab", "--port", "0", "--config", "mine.py", *QUICK]
    with started(environment, tmp_path, *words) as line:
        found = re.match(r"artstyle lab: (http://127.0.0.1:\d+) ", line)
        assert found, line
        page = urllib.request.urlopen(found[1]).read().decode()
        assert all(Path(name).stem in page for name in SAMPLES)
        assert urllib.request.urlopen(f"{found[1]}/samples/content/rocket").status == 200
    assert (tmp_path / "data/jobs.sqlite").is_file()


async def test_the_bot_works_in_any_folder(
    telegram: Telegram, environment: Path, tmp_path: Path
) -> None:
    with started(environment, tmp_path, "bot", **reached(telegram)) as line:
        assert line == "artstyle bot: running; Ctrl-C stops it\n"
        await telegram.until(lambda: telegram.called("getUpdates"), 60)
    assert (tmp_path / "data/bot.sqlite").is_file()
