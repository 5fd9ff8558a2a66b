"""How what is stored differs from what has arrived."""

from datetime import date
from decimal import Decimal

import pytest

from qbwc_bridge.records import Application, BookedPayment, Change, Payment, Tally
from qbwc_bridge.sync.attribution import book
from qbwc_bridge.sync.plan import Plan, plan, rebooked, tally

SMITH, KITCHEN, GARAGE = "smith", "kitchen", "garage"
OWNERS = {"K1": KITCHEN, "G1": GARAGE}
CHECK = Payment(
    "1", KITCHEN, "Smith:Kitchen", date(2026, 3, 3), Decimal("12000.00"), Decimal("12000.00"), "Check", "1043", "memo"
)
HUNDRED, NOTHING = Decimal("100.00"), Decimal("0.00")


def stored(*payments: Payment) -> dict[str, BookedPayment]:
    return {one.txn_id: book(one, OWNERS) for one in payments}


def arrived(*payments: Payment) -> dict[str, Payment]:
    return {one.txn_id: one for one in payments}


def test_the_same_again_is_nothing_to_do() -> None:
    assert plan(stored(CHECK), arrived(CHECK), OWNERS, {KITCHEN}) == Plan()


def test_a_new_payment_is_added() -> None:
    todo = plan({}, arrived(CHECK), OWNERS, {KITCHEN})
    assert todo == Plan(
        written=(book(CHECK, OWNERS),),
        changes=(Change("1", KITCHEN, "added", None, CHECK.total),),
        added_count=1,
    )


def test_a_changed_amount_is_one_change_with_both_amounts() -> None:
    now = CHECK._replace(total=Decimal("10000.00"))
    todo = plan(stored(CHECK), arrived(now), OWNERS, {KITCHEN})
    details = {"total": ("12000.00", "10000.00")}
    assert todo.changes == (Change("1", KITCHEN, "changed", CHECK.total, now.total, details),)
    assert (todo.added_count, todo.changed_count, todo.removed) == (0, 1, ())


@pytest.mark.parametrize(
    ("field", "value", "pair"),
    [
        ("memo", "other", ("memo", "other")),
        ("method", "Visa", ("Check", "Visa")),
        ("ref_number", "1044", ("1043", "1044")),
        ("date", date(2026, 3, 4), ("2026-03-03", "2026-03-04")),
    ],
)
def test_a_change_beside_the_amount_is_told_too(field: str, value: object, pair: tuple[str, str]) -> None:
    (change,) = plan(stored(CHECK), arrived(CHECK._replace(**{field: value})), OWNERS).changes
    assert change.details == {field: pair}


def test_a_resave_is_written_and_is_no_visible_change() -> None:
    now = CHECK._replace(edit_sequence="2", time_modified="2026-03-04T00:00:00")
    todo = plan(stored(CHECK), arrived(now), OWNERS, {KITCHEN})
    assert (len(todo.written), todo.changes, todo.changed_count) == (1, (), 0)


def test_a_voided_payment_falls_to_zero() -> None:
    void = CHECK._replace(total=NOTHING, unused=NOTHING, voided=True)
    (change,) = plan(stored(CHECK), arrived(void), OWNERS).changes
    assert (change.what, change.before, change.after) == ("voided", CHECK.total, NOTHING)


def test_a_void_takes_its_part_from_the_job_it_paid() -> None:
    over = CHECK._replace(list_id=SMITH, total=HUNDRED, applications=(Application("K1", "Invoice", HUNDRED),))
    void = over._replace(total=NOTHING, applications=(), voided=True)
    told = {one.list_id: (one.before, one.after) for one in plan(stored(over), arrived(void), OWNERS).changes}
    assert told == {SMITH: (NOTHING, NOTHING), KITCHEN: (HUNDRED, None)}


def test_a_payment_missing_from_a_complete_answer_is_removed() -> None:
    todo = plan(stored(CHECK), {}, OWNERS, {KITCHEN})
    assert todo == Plan(removed=("1",), changes=(Change("1", KITCHEN, "removed", CHECK.total, None),))


def test_a_payment_missing_from_an_answer_about_others_stays() -> None:
    assert plan(stored(CHECK), {}, OWNERS, {GARAGE, SMITH}) == Plan()


def test_an_answer_that_covers_nothing_removes_nothing() -> None:
    assert plan(stored(CHECK), {}, OWNERS) == Plan()


def test_a_payment_of_the_deletion_log_is_removed_whoever_was_asked_for() -> None:
    todo = plan(stored(CHECK), {}, OWNERS, deleted={"1"})
    assert todo == Plan(removed=("1",), changes=(Change("1", KITCHEN, "removed", CHECK.total, None),))


def test_a_deletion_wins_over_a_row_that_arrived_with_it() -> None:
    now = CHECK._replace(total=HUNDRED)
    assert plan(stored(CHECK), arrived(now), OWNERS, deleted={"1"}).removed == ("1",)
    assert plan(stored(CHECK), arrived(now), OWNERS, {KITCHEN}, {"1"}).written == ()


def test_a_deletion_of_what_was_never_known_is_nothing_to_do() -> None:
    assert plan({}, arrived(CHECK), OWNERS, deleted={"1", "2"}) == Plan()


def test_a_deletion_leaves_the_others_alone() -> None:
    other = CHECK._replace(txn_id="2")
    todo = plan(stored(CHECK, other), arrived(other), OWNERS, deleted={"1"})
    assert (todo.removed, todo.written) == (("1",), ())


def test_a_payment_that_pays_a_swept_job_stays_with_its_unswept_payer() -> None:
    over = CHECK._replace(list_id=SMITH, applications=(Application("K1", "Invoice", CHECK.total),))
    assert plan(stored(over), {}, OWNERS, {KITCHEN}).removed == ()


def test_a_moved_payment_leaves_one_job_and_reaches_the_other() -> None:
    moved = CHECK._replace(list_id=GARAGE)
    todo = plan(stored(CHECK), arrived(moved), OWNERS, {KITCHEN, GARAGE})
    told = {one.list_id: (one.what, one.before, one.after) for one in todo.changes}
    assert told == {KITCHEN: ("changed", CHECK.total, None), GARAGE: ("changed", None, CHECK.total)}
    assert (todo.removed, todo.changed_count) == ((), 1)


def test_an_invoice_of_another_job_moves_its_part() -> None:
    over = CHECK._replace(list_id=SMITH, total=HUNDRED, applications=(Application("K1", "Invoice", HUNDRED),))
    todo = rebooked(stored(over).values(), {"K1": GARAGE})
    assert [(part.list_id, part.amount) for one in todo.written for part in one.parts] == [(GARAGE, HUNDRED)]
    assert {one.list_id: (one.before, one.after) for one in todo.changes} == {
        KITCHEN: (HUNDRED, None),
        GARAGE: (None, HUNDRED),
    }


def test_rebooking_what_is_right_already_is_nothing_to_do() -> None:
    over = CHECK._replace(list_id=SMITH, applications=(Application("K1", "Invoice", CHECK.total),))
    assert rebooked(stored(over).values(), OWNERS) == Plan()


def test_the_tally_counts_whole_payments_of_the_payers_asked_for() -> None:
    others = [CHECK._replace(txn_id=str(n), total=Decimal("0.10")) for n in range(2, 5)]
    elsewhere = CHECK._replace(txn_id="9", list_id=GARAGE)
    assert tally([CHECK, *others, elsewhere], {KITCHEN}) == Tally(4, Decimal("12000.30"))
