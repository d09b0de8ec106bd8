"""What runs on the cluster's machines: a job's work as a stream of reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from artstyle.errors import ClusterError
from artstyle.jobs.cluster.versions import difference
from artstyle.jobs.messages import Ended, Outcome, Report, decode_order, encode, failed


def stream(wanted: Mapping[str, str], order: bytes, id: str) -> Iterator[bytes | str]:
    """Name the machine, run a job and yield its reports, encoded; the last one is its end."""
    import ray

    yield str(ray.get_runtime_context().get_node_id())
    yield from map(encode, _reports(wanted, order, id))


def _reports(wanted: Mapping[str, str], order: bytes, id: str) -> Iterator[Report]:
    try:
        if (other := difference(wanted)) is not None:  # the order might not even be readable
            raise ClusterError(other)
        from artstyle.jobs.worker import Work

        yield from filter(None, Work(decode_order(order)).reports())
        yield Ended(Outcome.DONE)
    except Exception as error:
        yield failed(id, error)
