"""The sync log in words."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert
from web.cast import NOW, Cast, Visitor

from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.store.models import conversations


def log(cast: Cast, company: int, **values: object) -> None:
    started = NOW - timedelta(minutes=30)
    row = {"company_id": company, "ticket_hash": token_hash(str(values)), "started": started, "last_call_at": started}
    with cast.database.begin() as c:
        c.execute(insert(conversations).values({**row, "ended": started + timedelta(seconds=94), **values}))


def test_each_run_says_what_it_did(cast: Cast, staff: Visitor) -> None:
    sums = {
        "quickbooks_count": 9,
        "quickbooks_total": Decimal("186400.00"),
        "our_count": 9,
        "our_total": Decimal("186400.00"),
    }
    log(cast, cast.acme, trigger="daily", result="ok", rounds=3, added=2, removed=1, **sums)
    log(
        cast,
        cast.acme,
        trigger="Sync Data Now",
        result="failed",
        error_code="0x80040408",
        error_sentence="It broke.",
        error_hint="Mend it.",
    )
    log(cast, cast.other, trigger="theirs", result="ok")
    page = staff.get("/activity").text
    for words in (
        "today 2:34 pm",
        "took 1 min 34 s, 3 rounds",
        "daily",
        "2 added, 1 removed",
        "9, $186,400.00",
        "It broke. Mend it.",
    ):
        assert words in page, words
    assert "theirs" not in page
    only = staff.get("/activity?result=failed").text
    assert "It broke." in only
    assert "2 added" not in only


def test_an_empty_log_says_the_next_step(cast: Cast, admin: Visitor) -> None:
    assert "there was nothing to do" in admin.get("/activity").text
    cast.company(cast.acme, last_contact_at=None)
    assert "Set it up in Accounting Settings" in admin.get("/activity").text
    assert "Nothing of this kind" in admin.get("/activity?result=held").text
