"""The customer list as last received: customers and jobs, active or not."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update

from qbwc_bridge.errors import NotFound
from qbwc_bridge.records import CustomerJob
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import customers
from qbwc_bridge.store.rows import batches, upsert

CHOSEN: Select[Any] = select(
    *(customers.c[name] for name in ("list_id", "name", "full_name", "parent_list_id", "active", "currency")),
    customers.c.deleted_at.is_not(None).label("deleted"),
)
"""The fields of a CustomerJob, in their order."""


def listing(c: Connection, company_id: int) -> list[CustomerJob]:
    """What QuickBooks has now, by full name."""
    present = CHOSEN.where(customers.c.company_id == company_id, customers.c.deleted_at.is_(None))
    return [CustomerJob(*row) for row in c.execute(present.order_by(func.lower(customers.c.full_name)))]


def everything(c: Connection, company_id: int) -> dict[str, CustomerJob]:
    """All ever received, the deleted ones too, by ListID."""
    rows = c.execute(CHOSEN.where(customers.c.company_id == company_id)).all()
    return {row.list_id: CustomerJob(*row) for row in rows}


def some(c: Connection, company_id: int, list_ids: Iterable[str]) -> dict[str, CustomerJob]:
    """Those of these that were ever received, the deleted ones too."""
    found: dict[str, CustomerJob] = {}
    for few in batches(list_ids):
        rows = c.execute(CHOSEN.where(customers.c.company_id == company_id, customers.c.list_id.in_(few))).all()
        found.update({row.list_id: CustomerJob(*row) for row in rows})
    return found


def around(c: Connection, company_id: int, list_id: str) -> dict[str, CustomerJob]:
    """A customer:job with all above it and all below it, the deleted ones too. The database walks the tree: a company has
    thousands of customers, and one job has few of them around it."""
    mine = customers.c.company_id == company_id
    itself = select(customers.c.list_id, customers.c.parent_list_id).where(mine, customers.c.list_id == list_id)
    above, below = itself.cte("above", recursive=True), itself.cte("below", recursive=True)
    walk = select(customers.c.list_id, customers.c.parent_list_id)
    above = above.union(walk.join(above, customers.c.list_id == above.c.parent_list_id).where(mine))
    below = below.union(walk.join(below, customers.c.parent_list_id == below.c.list_id).where(mine))
    ids = select(above.c.list_id).union(select(below.c.list_id))
    rows = c.execute(CHOSEN.where(mine, customers.c.list_id.in_(ids))).all()
    return {row.list_id: CustomerJob(*row) for row in rows}


def get(c: Connection, company_id: int, list_id: str) -> CustomerJob:
    """Raises NotFound."""
    mine = CHOSEN.where(customers.c.company_id == company_id, customers.c.list_id == list_id)
    row = c.execute(mine).first()
    if row is None:
        raise NotFound("QuickBooks has sent no such customer or job.")
    return CustomerJob(*row)


def find(c: Connection, company_id: int, text: str) -> CustomerJob:
    """By ListID or by full name with colons (upper or lower case, as in QuickBooks). Raises NotFound."""
    return finding(c, company_id)(text)


def finding(c: Connection, company_id: int) -> Callable[[str], CustomerJob]:
    """``find`` for many texts: the list is read once, now."""
    present = listing(c, company_id)
    known = {job.full_name.casefold(): job for job in reversed(present)} | {job.list_id: job for job in present}

    def find_one(text: str) -> CustomerJob:
        wanted = ":".join(part.strip() for part in text.split(":")).casefold()
        if found := known.get(text.strip()) or known.get(wanted):
            return found
        raise _unknown(text) if present else _none_yet()

    return find_one


def _none_yet() -> NotFound:
    return NotFound(
        "No customers have arrived from QuickBooks yet.", "Let the Web Connector run once, then link the project."
    )


def _unknown(text: str) -> NotFound:
    return NotFound(
        f"QuickBooks has no customer or job {text!r}.",
        "Write the full name with colons, such as Smith:Kitchen. "
        "If it is new in QuickBooks, let the Web Connector run once.",
    )


def receive(c: Connection, company_id: int, received: Iterable[CustomerJob], conversation_id: int) -> None:
    """Store a page of the customer list."""
    rows = [
        {
            "company_id": company_id, "list_id": job.list_id, "name": job.name, "full_name": job.full_name,
            "parent_list_id": job.parent_list_id, "active": job.active, "currency": job.currency,
            "seen_in": conversation_id, "deleted_at": None,
        }
        for job in received
    ]  # fmt: skip
    upsert(c, customers, rows)


def rename(c: Connection, company_id: int, full_names: Mapping[str, str]) -> None:
    """Give customer:jobs the full names that go with those of their parents, by ListID."""
    one = customers.c.company_id == company_id, customers.c.list_id == bindparam("job")
    rows = [{"job": list_id, "full": name} for list_id, name in full_names.items()]
    c.execute(update(customers).where(*one).values(full_name=bindparam("full")), rows)


def delete(c: Connection, company_id: int, list_ids: Iterable[str], now: datetime) -> None:
    """QuickBooks does not have these any more."""
    present = update(customers).where(customers.c.company_id == company_id, customers.c.deleted_at.is_(None))
    for some in batches(list_ids):
        c.execute(present.where(customers.c.list_id.in_(some)).values(deleted_at=now))


def unseen(c: Connection, company_id: int, conversation_id: int) -> set[str]:
    """Those that this conversation did not bring. When it brought the whole list to its end, they were deleted in QuickBooks
    or merged into others."""
    present = select(customers.c.list_id).where(customers.c.company_id == company_id, customers.c.deleted_at.is_(None))
    return {row.list_id for row in c.execute(present.where(customers.c.seen_in != conversation_id))}
