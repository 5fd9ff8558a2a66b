"""What a project has been paid: the lines, their running total and the figures above them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from operator import attrgetter

from qbwc_bridge.records import (
    INVOICE,
    ZERO,
    BookedPayment,
    CustomerJob,
    Line,
    ManualPayment,
    Part,
    Payment,
    Project,
    State,
    Summary,
)

Children = Mapping[str, Sequence[str]]
_IN_ORDER = attrgetter("payment.date", "payment.txn_id")


def children_of(customers: Mapping[str, CustomerJob]) -> Children:
    """For each customer:job the ListIDs directly below it."""
    children: dict[str, list[str]] = {}
    for job in customers.values():
        children.setdefault(job.parent_list_id, []).append(job.list_id)
    return children


def covered_by(
    list_id: str, include_jobs: bool, customers: Mapping[str, CustomerJob], children: Children | None = None
) -> set[str]:
    """The ListIDs a link covers: its own customer:job, and with jobs included all below it. Whoever asks for many links makes
    ``children_of`` the customers once."""
    covered = {list_id}
    if include_jobs:
        children = children_of(customers) if children is None else children
        waiting = [list_id]
        while waiting:
            below = [child for child in children.get(waiting.pop(), []) if child not in covered]
            covered.update(below)
            waiting.extend(below)
    return covered


def needs_pull(project: Project) -> bool:
    """Must this project be read completely? If not, the company's changes are enough to follow it. Frozen lines are a
    picture of an earlier day that changes do not reach."""
    in_doubt = project.held_at or project.failure or project.frozen is not None
    return not project.client_payments or not project.synced_at or bool(in_doubt)


def parents_of(list_id: str, customers: Mapping[str, CustomerJob]) -> list[str]:
    """The ListIDs above a customer:job, nearest first."""
    above: list[str] = []
    job = customers.get(list_id)
    while job and job.parent_list_id and job.parent_list_id not in above:
        above.append(job.parent_list_id)
        job = customers.get(job.parent_list_id)
    return above


def summarise(
    company: str,
    project: Project,
    state: State,
    customers: Mapping[str, CustomerJob],
    payments: Iterable[BookedPayment],
    manual: Sequence[ManualPayment],
    on_parent: Decimal = ZERO,
) -> Summary:
    """The payment summary of one project.

    ``payments`` may hold more than the project's own; what does not concern it is passed over. ``on_parent`` is what lies
    unapplied on the customers above. Until the first complete answer the manual payments stand, afterwards QuickBooks'
    alone: never a mix.
    """
    customer = customers.get(project.list_id)
    covered = covered_by(project.list_id, project.include_jobs, customers) if project.list_id else set()
    from_quickbooks = project.client_payments and project.synced_at is not None
    if project.frozen is not None:
        lines = list(project.frozen)
    else:
        lines = _quickbooks_lines(payments, covered, customers) if from_quickbooks else manual_lines(manual)
    above = parents_of(project.list_id, customers) if from_quickbooks else []
    return Summary(
        company=company,
        project=project.name,
        customer=customer,
        client_payments=project.client_payments,
        state=state,
        synced_at=project.synced_at,
        currency=customer.currency if customer else "",
        contract_price=project.contract_price,
        paid_to_date=lines[-1].running_total if lines else ZERO,
        unapplied=sum((line.unapplied for line in lines), ZERO),
        count=sum(line.status == "posted" for line in lines),
        lines=tuple(lines),
        on_parent=on_parent if above else ZERO,
        parent_name=_name(above[0], "", customers) if above else "",
    )


def manual_lines(manual: Sequence[ManualPayment]) -> list[Line]:
    """Typed payments as lines with their running total."""
    ordered = sorted(manual, key=lambda payment: (payment.date, payment.id))
    totals = accumulate(payment.amount for payment in ordered)
    return [
        Line(
            source="manual",
            date=payment.date,
            amount=payment.amount,
            total_amount=payment.amount,
            running_total=total,
            manual_id=payment.id,
            method=payment.method,
            ref_number=payment.ref_number,
            memo=payment.memo,
        )
        for payment, total in zip(ordered, totals, strict=True)
    ]


def _quickbooks_lines(
    payments: Iterable[BookedPayment], covered: Collection[str], customers: Mapping[str, CustomerJob]
) -> list[Line]:
    lines: list[Line] = []
    total = ZERO
    for payment, parts in sorted(payments, key=_IN_ORDER):
        ours = [part for part in parts if part.list_id in covered]
        own = payment.list_id in covered
        if ours or own:
            amount = ZERO if payment.voided else sum((part.amount for part in ours), ZERO)
            total += amount
            lines.append(
                _line(payment, ours, amount, total, own, _name(payment.list_id, payment.received_from, customers))
            )
    return lines


def _line(payment: Payment, ours: Sequence[Part], amount: Decimal, total: Decimal, own: bool, payer: str) -> Line:
    return Line(
        source="quickbooks",
        date=payment.date,
        amount=amount,
        total_amount=payment.total,
        running_total=total,
        status="voided" if payment.voided else "posted",
        txn_id=payment.txn_id,
        method=payment.method,
        ref_number=payment.ref_number,
        memo=payment.memo,
        received_from=payer,
        applied_to=tuple([paid for part in ours if (paid := part.application) and paid.txn_type == INVOICE]),
        unapplied=payment.unused if own and not payment.voided else ZERO,
    )


def _name(list_id: str, otherwise: str, customers: Mapping[str, CustomerJob]) -> str:
    job = customers.get(list_id)
    return job.full_name if job else otherwise
