"""The check of a whole cluster in its short form, with a real one on loopback."""

from collections.abc import Iterator

import pytest
import torch
from loopback import Loopback
from scripts import cluster_check

from artstyle.jobs import worker


@pytest.fixture
def as_it_was(monkeypatch: pytest.MonkeyPatch, cluster: Loopback) -> Iterator[None]:
    """Put back what the check sets in its own process."""
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(worker, "REPORT_SECONDS", worker.REPORT_SECONDS)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("as_it_was")
async def test_every_job_ends_once_in_the_same_picture_though_machines_are_lost(
    cluster: Loopback,
) -> None:
    assert await cluster_check.check(cluster, 4, short=True) == []
