"""Full names with colons: QuickBooks sends a job again when it was saved, not when the customer above it got another name."""

from collections.abc import Mapping

from qbwc_bridge.records import CustomerJob
from qbwc_bridge.summary import parents_of


def outdated(known: Mapping[str, CustomerJob]) -> dict[str, str]:
    """The full names that are others than those stored, by ListID: the parent's, a colon, and the job's own name. A customer:job
    whose parents are not all known keeps what it has."""
    names = {list_id: _full_name(job, known) for list_id, job in known.items()}
    return {list_id: name for list_id, name in names.items() if name != known[list_id].full_name}


def _full_name(job: CustomerJob, known: Mapping[str, CustomerJob]) -> str:
    line = [job, *(known.get(above) for above in parents_of(job.list_id, known))]
    names = [one.name if one else "" for one in reversed(line)]
    return ":".join(names) if all(names) else job.full_name
