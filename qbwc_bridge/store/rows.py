"""The columns several tables share, read and written in one place, and the upsert both databases understand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Row, Table

from qbwc_bridge.records import Failure
from qbwc_bridge.store.database import Connection

BATCH = 1000
Item = TypeVar("Item")


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in lists short enough for one statement on either database."""
    rest = iter(items)
    while some := list(islice(rest, BATCH)):
        yield some


def failure_from(row: Row[Any]) -> Failure | None:
    """The failure a row carries, or None."""
    if not row.error_code:
        return None
    return Failure(row.error_code, row.error_sentence, row.error_hint)


def failure_values(failure: Failure | None, now: datetime | None) -> dict[str, Any]:
    """The columns of a failure; None clears them."""
    if failure is None:
        return {"error_code": "", "error_sentence": "", "error_hint": "", "failed_at": None}
    sentence, hint = failure.sentence, failure.hint
    return {"error_code": failure.code, "error_sentence": sentence, "error_hint": hint, "failed_at": now}


def upsert(c: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows or overwrite those with the same primary key, in batches: ``executemany`` on both databases
    (a ``values`` list or RETURNING is ten times slower in bulk)."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(c)(table)
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    whole = statement.on_conflict_do_update(index_elements=keys, set_=fresh)
    for some in batches(rows):
        c.execute(whole, [dict(row) for row in some])


def _insert(c: Connection) -> Any:
    """The database's own ``insert``; importing PostgreSQL's takes as long as all the rest of a command."""
    return import_module(f"sqlalchemy.dialects.{c.dialect.name}").insert
