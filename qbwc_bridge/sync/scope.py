"""What a complete pull of one link asks QuickBooks for, and which customer:jobs it then knows completely."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qbwc_bridge.records import CustomerJob
from qbwc_bridge.summary import Children, covered_by, parents_of


@dataclass(frozen=True, slots=True)
class Scope:
    """``ids`` and ``with_jobs`` are the EntityFilter (a parent's ListID does not match its jobs; ListIDWithChildren takes
    exactly one); ``swept`` are all ListIDs it covers."""

    ids: tuple[str, ...]
    with_jobs: bool
    swept: frozenset[str]


def scope_of(
    list_id: str,
    include_jobs: bool,
    customers: Mapping[str, CustomerJob],
    payers: Iterable[str] = (),
    children: Children | None = None,
) -> Scope:
    """Payments of the link's customer:job, of its jobs when included, and of its parents, since a payment taken on the
    parent may pay the job's invoices. ``payers`` are the ListIDs of payments known to have paid those invoices: a job may
    have got another parent since."""
    covered = covered_by(list_id, include_jobs, customers, children)
    around = [*parents_of(list_id, customers), *sorted(payers)]
    others = [one for one in dict.fromkeys(around) if one not in covered and _present(one, customers)]
    if include_jobs and not others:
        return Scope((list_id,), True, frozenset(covered))
    own = [list_id, *sorted(one for one in covered if one != list_id and _present(one, customers))]
    return Scope((*own, *others), False, frozenset(covered).union(others))


def _present(list_id: str, customers: Mapping[str, CustomerJob]) -> bool:
    return list_id in customers and not customers[list_id].deleted
