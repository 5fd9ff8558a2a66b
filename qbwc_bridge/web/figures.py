"""What a page says about a summary: the figures, who sees which of it, and the words for a client.

In: a Summary and a SyncStatus. Out: frozen records for the templates. It never knows a request or a database.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from qbwc_bridge.records import ZERO, ClientColumns, Line, State, Summary
from qbwc_bridge.summary import Clock, SyncStatus

DOUBTFUL = {State.STALE, State.FAILED, State.HELD}
FROM_QUICKBOOKS = set(State) - {State.OFF, State.UNLINKED}


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers above the table. ``percent`` and ``remaining`` are None without a contract price. ``unknown``: QuickBooks
    has not answered yet and nothing was typed; a zero would be made up."""

    paid: Decimal
    contract_price: Decimal | None
    remaining: Decimal | None
    overpaid: Decimal | None
    percent: int | None
    count: int
    first: date | None
    last: Line | None
    unknown: bool


def figures(summary: Summary) -> Figures:
    """The percentage is rounded down: 100 % is said when all is paid, not before."""
    posted = [line for line in summary.lines if line.status == "posted" and line.amount]
    price = summary.contract_price
    left = None if price is None else price - summary.paid_to_date
    return Figures(
        paid=summary.paid_to_date,
        contract_price=price,
        remaining=None if left is None else max(left, ZERO),
        overpaid=-left if left is not None and left < 0 else None,
        percent=int(summary.paid_to_date * 100 / price) if price else None,
        count=summary.count,
        first=posted[0].date if posted else None,
        last=posted[-1] if posted else None,
        unknown=summary.client_payments and summary.synced_at is None and not summary.lines,
    )


def for_client(summary: Summary, allowed: ClientColumns) -> Summary:
    """The same summary without what clients are not shown: void payments, other customers' names, QuickBooks' own keys; and
    without memos and invoices unless they are allowed."""
    lines = tuple(_for_client(line, allowed) for line in summary.lines if line.status == "posted")
    state = State.STALE if summary.state in DOUBTFUL else summary.state
    unapplied = summary.unapplied if allowed.applied_to else ZERO
    return replace(
        summary, lines=lines, state=state, customer=None, unapplied=unapplied, on_parent=ZERO, parent_name=""
    )


def _for_client(line: Line, allowed: ClientColumns) -> Line:
    return line._replace(
        txn_id="",
        received_from="",
        memo=line.memo if allowed.memo else "",
        applied_to=tuple(one._replace(txn_id="") for one in line.applied_to) if allowed.applied_to else (),
        unapplied=line.unapplied if allowed.applied_to else ZERO,
    )


@dataclass(frozen=True, slots=True)
class ClientWords:
    """What a client reads about freshness: never an error, never a cause."""

    badge: str
    state: str
    sentence: str


def client_words(status: SyncStatus, synced_at: datetime | None, clock: Clock) -> ClientWords:
    """ "As of today 3:04 pm", and when in doubt "may not include recent payments"."""
    if synced_at is None or status.state not in FROM_QUICKBOOKS:
        return ClientWords("", "", "")
    as_of = f"As of {clock.say(synced_at)}"
    if status.state in DOUBTFUL:
        return ClientWords("Older figures", "stale", f"{as_of}. This may not include recent payments.")
    return ClientWords("", "", f"{as_of}.")
