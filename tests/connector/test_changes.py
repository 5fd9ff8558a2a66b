"""What a bookkeeper does in QuickBooks, and what every linked project shows after the next sync: the truth."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from office import Office, started

from qbwc_bridge.records import State
from qbwc_bridge.simulator.ledger import Invoice, Payment
from qbwc_bridge.store import history


def _jobs(office: Office) -> list[str]:
    return [name for name in _names(office) if name.startswith("Smith:")][:2]


def _names(office: Office) -> list[str]:
    return [office.books.full_name(one) for one in office.books.customers]


def _last(office: Office, full_name: str) -> Payment:
    mine = [one for one in office.books.of(Payment) if one.customer == office.list_id(full_name) and one.amount]
    return mine[-1]


def _bill(office: Office, full_name: str, amount: str = "1000.00") -> Invoice:
    return office.books.add_invoice(office.list_id(full_name), Decimal(amount))


def _new(office: Office) -> None:
    invoice = _bill(office, "Smith:Kitchen")
    office.books.receive_payment(
        office.list_id("Smith:Kitchen"), Decimal("1000.00"), {invoice.txn_id: Decimal("1000.00")}
    )


def _unapplied(office: Office) -> None:
    office.books.receive_payment(office.list_id("Smith:Kitchen"), Decimal("250.10"), {})


def _voided(office: Office) -> None:
    office.books.void_payment(_last(office, "Smith:Kitchen").txn_id)


def _deleted(office: Office) -> None:
    office.books.delete_payment(_last(office, "Smith:Kitchen").txn_id)


def _to_the_parent(office: Office) -> None:
    office.books.move_payment(_last(office, "Smith:Kitchen").txn_id, office.list_id("Smith"), {})


def _to_another_job(office: Office) -> None:
    office.books.move_payment(_last(office, "Smith:Kitchen").txn_id, office.list_id(_jobs(office)[1]), {})


def _over_two_jobs(office: Office) -> None:
    one, other = _jobs(office)
    bills = {_bill(office, one).txn_id: Decimal("600.00"), _bill(office, other).txn_id: Decimal("400.00")}
    office.books.receive_payment(office.list_id("Smith"), Decimal("1500.00"), bills)


def _invoice_moved(office: Office) -> None:
    of_parent = [one for one in office.books.of(Payment) if one.customer == office.list_id("Northfield Apartments")]
    paid = next(applied.txn_id for one in of_parent for applied in one.applications)
    office.books.move_invoice(paid, office.list_id("Northfield Apartments"))


def _renamed(office: Office) -> None:
    office.books.rename_customer(office.list_id("Smith:Kitchen"), "Küche & Bad")


CHANGES = [
    _new,
    _unapplied,
    _voided,
    _deleted,
    _to_the_parent,
    _to_another_job,
    _over_two_jobs,
    _invoice_moved,
    _renamed,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_each_change_is_reflected(office: Office, change: Callable[[Office], None]) -> None:
    started(office, *_jobs(office))
    started(office, *[name for name in _names(office) if name.startswith("Northfield Apartments:")])
    started(office, "Northfield Apartments", include_jobs=True)
    office.books.now = office.books.now.replace(hour=18)
    change(office)
    office.sync_now()
    office.poll()
    office.assert_true()
    assert all(office.status(project).state is State.CURRENT for project in office.projects())


def test_a_repeated_sync_changes_nothing(office: Office) -> None:
    started(office, *_jobs(office))
    office.sync_now()
    office.poll()
    run = office.log()[0]
    assert (run.result, run.added, run.changed, run.removed) == ("ok", 0, 0, 0)
    assert run.quickbooks == run.ours
    assert run.quickbooks is not None
    assert run.quickbooks.count > 0


def test_a_quiet_sync_takes_one_round(office: Office) -> None:
    started(office, *_jobs(office))
    office.sync_now()
    assert sum(call.name == "sendRequestXML" for call in office.poll()) == 1


def test_a_change_leaves_a_line_of_history(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    payment = _last(office, "Smith:Kitchen")
    before = payment.amount
    office.books.void_payment(payment.txn_id)
    office.sync_now()
    office.poll()
    with office.database.read() as c:
        newest = history.of_project(c, office.company.id, kitchen.id, [kitchen.list_id])[0]
    assert newest.conversation_id == office.log()[0].id
    assert (newest.what, newest.txn_id, newest.before, newest.after) == (
        "voided",
        payment.txn_id,
        before,
        Decimal("0.00"),
    )


def test_small_pages_bring_the_same_truth(make_office: Callable[..., Office]) -> None:
    from qbwc_bridge.config import Sync

    office = make_office(settings=Sync(page_size=10))
    started(office, "Northfield Apartments", include_jobs=True)
    office.assert_true()
    assert office.log()[0].rounds > 2
