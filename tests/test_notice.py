from dataclasses import replace

from tests.jobs import SMALL, a_job

from artstyle.files import torch_checkpoints
from artstyle.jobs import Job
from artstyle.lab.notice import notice


def begun(network: str, started: float, asked: str = "auto") -> Job:
    return a_job(network=network, started=started, settings=replace(SMALL, network=asked))


def test_only_a_network_that_stands_in_is_noted() -> None:
    assert notice([]) is None
    assert notice([a_job()]) is None
    assert notice([begun("vgg19", 1)]) is None
    assert notice([begun("vgg16", 1, asked="vgg16")]) is None  # it was asked for
    assert notice([begun("vgg16", 1)]) is not None


def test_the_newest_job_decides() -> None:
    assert notice([begun("vgg19", 2), begun("vgg16", 1)]) is None
    assert notice([begun("vgg19", 1), begun("vgg16", 2)]) is not None


def test_it_names_the_file_and_the_folder_that_torch_looks_in() -> None:
    from artstyle.vgg.checkpoints import URL

    note = notice([begun("vgg16", 1)])
    assert note is not None
    assert f"put {URL.rpartition('/')[2]} into {torch_checkpoints()}," in note["help"]
