from dataclasses import replace
from pathlib import Path

import pytest
from tests.jobs import SMALL, a_job

from artstyle.jobs import Job
from artstyle.lab.notice import notice


def begun(network: str, started: float, asked: str = "auto") -> Job:
    return a_job(network=network, started=started, settings=replace(SMALL, network=asked))


def test_only_a_network_that_stands_in_is_told() -> None:
    assert notice([]) is None
    assert notice([a_job()]) is None
    assert notice([begun("vgg19", 1)]) is None
    assert notice([begun("vgg16", 1, asked="vgg16")]) is None  # it was asked for
    assert notice([begun("vgg16", 1)]) is not None


def test_the_newest_job_decides() -> None:
    assert notice([begun("vgg19", 2), begun("vgg16", 1)]) is None
    assert notice([begun("vgg19", 1), begun("vgg16", 2)]) is not None


def test_the_folder_is_the_one_that_torch_looks_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from artstyle.files import torch_checkpoints
    from artstyle.vgg.checkpoints import URL

    for name, value in (("TORCH_HOME", str(tmp_path / "torch")), ("TORCH_HOME", "")):
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
        told = notice([begun("vgg16", 1)])
        assert told is not None
        wanted = str(torch_checkpoints()).replace(str(Path.home()), "~")
        assert wanted in told["how"].replace(str(Path.home()), "~")
        assert URL.rpartition("/")[2] in told["how"]
