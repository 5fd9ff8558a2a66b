"""Payment lines as text, for a project whose customer:job is gone from QuickBooks, or that is archived: what it
showed last stays."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from qbwc_bridge.records import Application, Line

MONEY = ("amount", "total_amount", "running_total", "unapplied")


def to_text(lines: Sequence[Line]) -> str:
    """Amounts and dates as text, losing nothing."""
    told = [{**line._asdict(), "applied_to": [paid._asdict() for paid in line.applied_to]} for line in lines]
    return json.dumps(told, default=str)


def from_text(text: str) -> tuple[Line, ...]:
    """The lines again."""
    return tuple(_line(values) for values in json.loads(text))


def _line(values: dict[str, Any]) -> Line:
    applied = [{**one, "amount": Decimal(one["amount"])} for one in values["applied_to"]]
    money = {name: Decimal(values[name]) for name in MONEY}
    paid = tuple(Application(**one) for one in applied)
    return Line(**{**values, **money, "date": date.fromisoformat(values["date"]), "applied_to": paid})
