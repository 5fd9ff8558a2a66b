"""The columns several tables share, read and written in one place, and how many rows are written at once on both databases."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Dialect, Row, Table, bindparam

from qbwc_bridge.records import Failure
from qbwc_bridge.store.database import Connection

BATCH = 1000
Item = TypeVar("Item")
Values = Mapping[str, Any]
Processor = Callable[[Any], Any]


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


def upsert(c: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert the rows or overwrite those with the same primary key, thousands at a time."""
    _write(c, table, rows, overwrite=True)


def add(c: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert the rows, thousands at a time."""
    _write(c, table, rows, overwrite=False)


def _write(c: Connection, table: Table, rows: Sequence[Values], *, overwrite: bool) -> None:
    """The driver's own ``executemany``, on both databases (a ``values`` list or RETURNING is ten times slower). All rows have the
    keys of the first. SQLAlchemy words the statement once; its own way with the values of each row takes longer than
    the database does."""
    if not rows:
        return
    statement, columns = _worded(c.dialect, table, frozenset(rows[0]), overwrite)
    for some in batches(rows):
        bound = zip(*(_column(some, name, process) for name, process in columns), strict=True)
        c.exec_driver_sql(statement, list(bound))


def _column(rows: Sequence[Values], name: str, process: Processor | None) -> Iterator[Any]:
    values = map(itemgetter(name), rows)
    return map(process, values) if process else values


@lru_cache(maxsize=64)
def _worded(
    dialect: Dialect, table: Table, names: frozenset[str], overwrite: bool
) -> tuple[str, Sequence[tuple[str, Processor | None]]]:
    """The statement, and for each of its parameters the column and what makes of a value what the driver takes."""
    insert = import_module(f"sqlalchemy.dialects.{dialect.name}").insert  # PostgreSQL's takes long to import
    columns = [column for column in table.c if column.name in names]
    statement = insert(table).values({column.name: bindparam(column.name) for column in columns})
    if overwrite:
        keys = [column.name for column in table.primary_key]
        fresh = {name: statement.excluded[name] for name in sorted(names.difference(keys))}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=fresh)
    processors = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    return str(statement.compile(dialect=_positional(dialect))), [
        *zip((one.name for one in columns), processors, strict=True)
    ]


def _positional(dialect: Any) -> Dialect:
    """The same dialect with parameters in a row instead of named ones."""
    return type(dialect)(paramstyle="qmark" if dialect.name == "sqlite" else "format")  # type: ignore[no-any-return]
