"""What runs on the cluster's machines: a job's work as a stream of reports."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Iterator, Mapping

from artstyle.errors import ArtstyleError
from artstyle.jobs.cluster.plan import ClusterError
from artstyle.jobs.cluster.versions import difference
from artstyle.jobs.engine import Ended
from artstyle.jobs.task import Parcel, Report

logger = logging.getLogger(__name__)


class Broken(Exception):
    """Something that nobody expected, with where it happened on the other machine."""


def stream(wanted: Mapping[str, str], packed: bytes) -> Iterator[bytes | str]:
    """Name the machine, do the work in a parcel and give each report, the end as well.

    Reports are pickled here, so that the courier passes them on unread.
    """
    import ray

    yield str(ray.get_runtime_context().get_node_id())
    for report in _reports(wanted, packed):
        yield pickle.dumps(report, pickle.HIGHEST_PROTOCOL)


def _reports(wanted: Mapping[str, str], packed: bytes) -> Iterator[Report | Ended]:
    other = difference(wanted)
    if other is not None:  # the parcel might not even be readable
        yield Ended(False, ClusterError(other))
        return
    try:
        from artstyle.jobs.worker import Work

        parcel: Parcel = pickle.loads(packed)
        yield from filter(None, Work(parcel).reports())
        yield Ended(True, None)
    except (ArtstyleError, MemoryError) as error:
        yield Ended(False, error)
    except Exception as error:
        yield Ended(False, Broken(f"{error!r}\n{traceback.format_exc()}"))
