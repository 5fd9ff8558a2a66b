"""The change history of a project in sentences."""

from decimal import Decimal

from web.cast import KITCHEN, NOW, SMITH, Cast, Visitor

from qbwc_bridge.records import Change
from qbwc_bridge.store import payments


def remember(cast: Cast, company: int, *changes: Change) -> None:
    with cast.database.begin() as c:
        payments.apply(c, company, changes=changes, because="", now=NOW)


def test_each_change_is_a_sentence(cast: Cast, staff: Visitor) -> None:
    twelve, ten = Decimal("12000.00"), Decimal("10000.00")
    remember(
        cast,
        cast.acme,
        Change("4ECE-0", KITCHEN, "added", None, twelve),
        Change("4ECE-0", KITCHEN, "changed", twelve, ten, {"memo": ("a", "<b>")}),
        Change(
            "4ECE-0", KITCHEN, "changed", ten, ten, {"list_id": (SMITH, KITCHEN), "date": ("2026-03-03", "2026-03-04")}
        ),
        Change("4ECE-5", KITCHEN, "voided", ten, Decimal("0.00")),
        Change("gone", KITCHEN, "removed", ten, None),
    )
    remember(cast, cast.other, Change("x", KITCHEN, "added", None, Decimal("77.00")))
    page = staff.get(f"/projects/{cast.kitchen}/history").text
    for words in (
        "$12,000.00 was added",
        "$12,000.00 became $10,000.00; memo “a” became “&lt;b&gt;”",
        "$10,000.00 stayed; customer or job Smith became Smith:Kitchen; date Mar 3, 2026 became Mar 4, 2026",
        "$10,000.00 was voided",
        "$10,000.00 was removed",
        "Check 1043 of Mar 3, 2026",
    ):
        assert words in page, words
    assert "$77.00" not in page
    assert page.index("was removed") < page.index("was added")


def test_nothing_yet(cast: Cast, staff: Visitor) -> None:
    for project in (cast.kitchen, cast.bath):
        assert "No changes yet" in staff.get(f"/projects/{project}/history").text
