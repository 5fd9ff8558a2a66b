"""What a complete pull of one link asks QuickBooks for, and which customer:jobs it then knows completely."""

from collections.abc import Mapping
from dataclasses import dataclass

from qbwc_bridge.records import CustomerJob
from qbwc_bridge.summary import covered_by, parents_of


@dataclass(frozen=True, slots=True)
class Scope:
    """``ids`` and ``with_jobs`` are the EntityFilter (a parent's ListID does not match its jobs; ListIDWithChildren takes
    exactly one); ``swept`` are all ListIDs it covers."""

    ids: tuple[str, ...]
    with_jobs: bool
    swept: frozenset[str]


def scope_of(list_id: str, include_jobs: bool, customers: Mapping[str, CustomerJob]) -> Scope:
    """Payments of the link's customer:job, of its jobs when included, and of its parents, since a payment taken on the
    parent may pay the job's invoices."""
    covered = covered_by(list_id, include_jobs, customers)
    above = parents_of(list_id, customers)
    if include_jobs and not above:
        return Scope((list_id,), True, frozenset(covered))
    return Scope((*sorted(covered), *above), False, frozenset(covered).union(above))
