"""What a company has that has everything: the same identifiers and names whichever company it is, and a marker in the rest."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from qbwc_bridge.records import (
    Application,
    BookedPayment,
    Change,
    Channel,
    CompanyFile,
    CustomerJob,
    Deed,
    Failure,
    Invoice,
    Line,
    Notice,
    Part,
    Payment,
    RequestKind,
    RequestState,
    Role,
)
from qbwc_bridge.store import (
    audit,
    companies,
    conversations,
    customers,
    deliveries,
    history,
    manual,
    marks,
    notices,
    payments,
    projects,
    requests,
    shares,
    tokens,
    users,
)
from qbwc_bridge.store.conversations import Message
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import manual_payments

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
EARLIER = NOW - timedelta(hours=1)
DAY = date(2026, 3, 1)
JOB, PARENT, TXN, BILL = "80000002-1", "80000001-1", "4ECE-1", "4EB8-1"
FAILURE = Failure("3120", "A sentence.", "A hint.")
LINE = Line("quickbooks", DAY, Decimal("1.00"), Decimal("1.00"), Decimal("1.00"))
FILE = CompanyFile("Books", r"C:\Books.QBW")


@dataclass(frozen=True)
class World:
    """The ids of what one company has."""

    company: int
    user: int
    staff: int
    message: int
    project: int
    typed: int
    archived: int
    conversation: int
    request: int
    share: int
    token: int
    aside: int
    delivery: int


IDLE = "0" * 64


def a_payment(marker: str, amount: str = "100.00") -> BookedPayment:
    paid = Application(BILL, "Invoice", Decimal(amount), marker)
    total, rest = Decimal(amount) + len(marker), Decimal(len(marker))
    payment = Payment(TXN, PARENT, marker, DAY, total, rest, memo=marker, applications=(paid,))
    return BookedPayment(payment, (Part(JOB, paid.amount, paid), Part(PARENT, rest)))


def populate(c: Connection, company: int, marker: str) -> World:
    amount = Decimal(100 + len(marker))
    customers.receive(c, company, [CustomerJob(PARENT, "Smith", "Smith"), a_job(marker)], 1)
    project = projects.add(c, company, "Kitchen", NOW)
    typed = manual.add(c, company, project, date=DAY, amount=amount, memo=marker, now=NOW)
    archived = manual.add(c, company, project, date=DAY, amount=amount + 1, memo=marker, now=NOW)
    c.execute(manual_payments.update().where(manual_payments.c.id == archived).values(archived_at=NOW))
    companies.seen(c, company, NOW, f"Nothing due for {marker}.", IDLE)
    projects.describe(c, company, project, name="Kitchen", client_name=marker, contract_price=amount)
    projects.link(c, company, project, list_id=JOB, include_jobs=False, client_payments=False, now=NOW)
    payments.receive_invoices(c, company, [Invoice(BILL, JOB, marker)], 1)
    change = Change(TXN, JOB, "added", None, amount)
    payments.apply(c, company, written=[a_payment(marker, f"{amount}.00")], changes=[change], because=marker, now=NOW)
    conversations.begin(c, company, f"ticket {company}", trigger=marker, asked_by=[marker], address="", now=NOW)
    conversation = found(conversations.open_of(c, company)).id
    conversations.keep_message(c, company, conversation, Message(1, "request", NOW, marker))
    message = conversations.envelopes(c, company, conversation, EARLIER)[0].id
    history.happened(c, company, project, "archived", details={"count": ("", marker)}, now=NOW)
    sync = {"conversation_id": conversation}
    history.remember(c, company, [Change(TXN, PARENT, "added", None, amount)], because="", now=NOW, **sync)
    requests.queue(c, company, RequestKind.PAYMENTS, project_id=project, trigger=marker, now=NOW)
    (row,) = requests.open_rows(c, company)
    requests.send(c, company, row, conversation)
    requests.stage(c, company, row.id, [a_payment(marker).payment])
    share = shares.add(c, company, project, f"token {company}", by=marker, now=NOW)
    token = tokens.add(c, company, marker, f"program {company}", by=marker, now=NOW)
    staff = [users.add(c, f"{n}{company}@example.com", marker, None, False, NOW).id for n in ("boss", "staff")]
    users.set_role(c, staff[0], company, Role.ADMIN)
    users.set_role(c, staff[1], company, Role.CLIENT, [project])
    users.accept(c, staff[0], company, NOW)
    users.invite(c, staff[1], company, f"invitation {company}", LATER)
    gone = users.add(c, f"gone{company}@example.com", marker, None, False, NOW).id
    users.set_role(c, gone, company, Role.STAFF)
    users.archive(c, gone, company, NOW, marker)
    audit.add(c, company, marker, Deed.PROJECT_LINKED, marker, NOW, project)
    companies.refuse_file(c, company, FILE)
    put = {"emails": [marker], "webhook_url": "", "webhook_secret": marker, "after_failures": 3, "new_payments": True}
    notices.put(c, company, **put)
    deliveries.add(c, company, Notice.FAILED, Channel.EMAIL, marker, "{}", now=NOW)
    (delivery,) = deliveries.lately(c, company)
    requests.queue(c, company, RequestKind.PAYMENTS, project_id=project, trigger=marker, now=NOW)
    pulled = requests.open_rows(c, company)[-1]
    requests.end(c, company, [pulled.id], RequestState.DONE, LATER)
    for result in ("failed", "ok"):
        conversations.begin(c, company, f"{result} {company}", trigger=marker, address="", now=NOW)
        ended = conversations.open_of(c, company)
        conversations.end(c, company, found(ended).id, result, Failure(marker, marker), NOW)
    marks.put(c, company, {RequestKind.CHANGED_PAYMENTS: f"2026-03-02T10:00:{len(marker):02}"})
    aside = projects.add(c, company, "Aside", NOW)
    projects.archive(c, company, aside, NOW)
    return World(
        company,
        staff[0],
        staff[1],
        message,
        project,
        typed,
        archived,
        conversation,
        row.id,
        share,
        token,
        aside,
        delivery.id,
    )


def a_job(marker: str) -> CustomerJob:
    return CustomerJob(JOB, "Kitchen", f"Smith:{marker}", PARENT)


def found(value: Any) -> Any:
    assert value is not None
    return value
