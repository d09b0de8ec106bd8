"""What several tests share: two small pictures, a VGG19 that needs no download, a cluster.

Torch is imported by the fixtures that need it: the process that only distributes tests doesn't.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import pytest_asyncio
from loopback import Loopback, loopback
from PIL import Image
from tests.commandline import Pair, Refuse, run, tree
from tests.lab_app import Lab, lab

from artstyle.settings import PRESETS, Preset

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page
    from tests.bot import Bot
    from tests.browser import Served
    from tests.telegram_server import Telegram, User
    from torch import Tensor

ONE_PROCESS = ("browser", "cluster")  # fixtures that are too dear to be made in each process

LEFT_OUT = pytest.StashKey[int]()

# The convolutions among torchvision's vgg19().features, as its source lists them.
TORCHVISION_VGG19 = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run tests with a costly fixture in one process; deselect what needs a missing GPU."""
    for item in items:
        for name in ONE_PROCESS:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(name))
    needing = [item for item in items if item.get_closest_marker("cuda")]
    if needing and not _sees_a_gpu():
        items[:] = [item for item in items if not item.get_closest_marker("cuda")]
        config.hook.pytest_deselected(items=needing)
        config.stash[LEFT_OUT] = len(needing)


def _sees_a_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if count := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"{count} tests marked cuda left out: torch sees no GPU here")


def _write(path: Path, height: int, width: int, seed: int) -> Path:
    """Write a smooth random PNG: the loss of white noise says little."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A landscape of 96 × 72 pixels."""
    return _write(tmp_path / "photo.png", 72, 96, seed=1)


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    """An upright painting of 64 × 80 pixels."""
    return _write(tmp_path / "painting.png", 80, 64, seed=2)


@pytest.fixture(scope="session")
def vgg19_state() -> dict[str, Tensor]:
    """A VGG19 under torchvision's names that computes what the embedded VGG16 does.

    VGG16 lacks conv3_4 and conv4_4, so those pass their input on: a ReLU changes nothing
    about what is not negative. The first kernel expects torchvision's normalisation, which
    loading folds in and so takes back.
    """
    import torch

    from artstyle.vgg import checkpoints
    from artstyle.vgg.networks import VGG19

    known = checkpoints.embedded().convolutions
    state: dict[str, Tensor] = {}
    for name, index in zip(VGG19.names(), TORCHVISION_VGG19, strict=True):
        if name in known:
            weight, bias = known[name].weight, known[name].bias
        else:
            width = 256 if name == "conv3_4" else 512
            weight, bias = torch.zeros(width, width, 3, 3), torch.zeros(width)
            weight[:, :, 1, 1] = torch.eye(width)
        if name == "conv1_1":
            mean = torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1)
            bias = bias + (weight * mean).sum((1, 2, 3))
            weight = weight * torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1)
        state[f"features.{index}.weight"] = weight
        state[f"features.{index}.bias"] = bias
    return state


@pytest.fixture(scope="session")
def vgg19_file(
    vgg19_state: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The checkpoint of `vgg19_state` with more in it, as torchvision's has its classifier."""
    import torch

    path = tmp_path_factory.mktemp("vgg19") / "whole.pth"
    more = {"classifier.0.weight": torch.ones(4, 4), "classifier.0.bias": torch.ones(4)}
    torch.save({**vgg19_state, **more}, path)
    yield path
    path.unlink()  # 50 MB that pytest would keep


@pytest.fixture
def torch_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which torch would keep checkpoints, not there yet."""
    home = tmp_path / "torch"
    monkeypatch.setenv("TORCH_HOME", str(home))
    monkeypatch.setenv("no_proxy", "*")  # the tests' servers are on this machine
    yield home / "hub" / "checkpoints"
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def small_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset with a quarter of the pixels, for what doesn't depend on them."""
    small = Preset("Small", "For tests.", {"levels": 1, "base_size": 128})
    monkeypatch.setitem(PRESETS, "small", small)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What surrounds the runs is tested, not what they compute; gives what each was given."""
    from tests.quick import GIVEN, Quick

    monkeypatch.setattr("artstyle.transfer.Transfer", Quick)
    monkeypatch.setattr("artstyle.vgg.checkpoints.load", lambda *_: None)
    GIVEN.clear()
    return GIVEN


@pytest.fixture
def pair(photo: Path, painting: Path) -> Pair:
    """What most runs are given."""
    return photo, painting


@pytest.fixture
def refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """Run what must be refused: exit code 2, one line, nothing written; gives the line."""

    def refused(*words: str | Path, code: int = 2) -> str:
        before = tree(tmp_path)
        assert run(*words) == code
        out, err = capsys.readouterr()
        assert out == ""
        assert re.fullmatch(r"artstyle: [^\n]+\n", err)
        assert "Traceback" not in err
        assert tree(tmp_path) == before
        return err

    return refused


@pytest.fixture(scope="session")
def cluster() -> Iterator[Loopback]:
    """A real cluster on loopback with two machines that have a GPU by name each."""
    from scripts import cluster_check

    with loopback(cluster_check.OFTEN) as made:
        for _ in range(2):
            made.add()
        yield made


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """A Telegram on loopback."""
    from tests.telegram_server import Telegram

    async with Telegram() as telegram:
        yield telegram


@pytest.fixture
async def bot(telegram: Telegram, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot on that Telegram whose jobs a test plays by hand."""
    from tests.bot import running

    async with running(telegram, tmp_path) as bot:
        yield bot


@pytest.fixture
def ann(telegram: Telegram, bot: Bot) -> User:
    """A user of the bot."""
    return telegram.user(7)


@pytest.fixture
def bob(telegram: Telegram, bot: Bot) -> User:
    return telegram.user(8)


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Lab]:
    """A lab on loopback whose jobs a test plays by hand."""
    async with lab(tmp_path) as it:
        yield it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of a module."""
    from tests.browser import chromium

    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    """A lab for a browser, whose jobs a test plays by hand."""
    from tests.browser import served

    async with served(tmp_path) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def page(site: Served, browser: Browser) -> AsyncIterator[Page]:
    """A page of that lab."""
    from tests.browser import watched

    async with watched(browser, site.base) as page:
        yield page
