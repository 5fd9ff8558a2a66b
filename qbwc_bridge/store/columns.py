"""Columns that many tables have, and two types of their own: money as integer cents, instants as UTC."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Text,
    TypeDecorator,
    false,
    text,
)

from qbwc_bridge.records import ZERO


class Cents(TypeDecorator[Decimal]):
    """Decimal money in Python, integer cents in the database."""

    impl = BigInteger
    cache_ok = True

    # Hundreds of thousands of times for one sync or page; SQLAlchemy's own way to a function of ours is twice as long.

    def bind_processor(self, dialect: Dialect) -> Callable[[Decimal | None], int | None]:
        return _cents

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Decimal | None]:
        return _decimal


def _cents(value: Decimal | None) -> int | None:
    if value is None:
        return None
    cents = int(value * 100)
    if cents != value * 100:
        raise ValueError(f"{value} has a fraction of a cent")
    return cents


def _decimal(cents: Any) -> Decimal | None:
    if not cents:  # most are: what is unused of a payment
        return None if cents is None else ZERO
    return Decimal(cents).scaleb(-2)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime in Python; SQLite, which knows no zones, keeps it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def company() -> Column[int]:
    """The company a row belongs to."""
    return Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), nullable=False)


def company_key() -> Column[int]:
    """The company, as part of the primary key."""
    return Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True)


def words(name: str) -> Column[str]:
    """A text; a missing one is ""."""
    return Column(name, Text, nullable=False, server_default=text("''"))


def flag(name: str) -> Column[bool]:
    """Yes or no; no to begin with."""
    return Column(name, Boolean, nullable=False, server_default=false())


def number(name: str, kind: type[Integer] = Integer) -> Column[int]:
    """A whole number; 0 to begin with."""
    return Column(name, kind, nullable=False, server_default=text("0"))


def failure() -> list[Column[Any]]:
    """A problem in words, and since when."""
    return [words("error_code"), words("error_sentence"), words("error_hint"), Column("failed_at", Instant)]


def project(nullable: bool = False) -> Column[int]:
    """The project a row belongs to; goes with ``same_company_project``."""
    return Column("project_id", Integer, nullable=nullable)


def same_company_project() -> ForeignKeyConstraint:
    """The database itself refuses a row that points at a project of another company."""
    key = ["projects.company_id", "projects.id"]
    return ForeignKeyConstraint(["company_id", "project_id"], key, ondelete="CASCADE")
