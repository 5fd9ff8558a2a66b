"""The sync log and its messages, as pages ask for them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qbwc_bridge.errors import NotFound
from qbwc_bridge.records import Change, Company, RequestKind
from qbwc_bridge.store import conversations, history, projects, requests
from qbwc_bridge.store.conversations import Message, Wanted
from qbwc_bridge.store.database import Connection, Database

STARTED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LOGGED: tuple[tuple[str, list[str], dict[str, object]], ...] = (
    ("daily", [], {"result": "ok"}),
    ("Sync Data Now", ["Sam", "Dana_"], {"result": "failed"}),
    ("Sync Data Now, daily", ["Samantha"], {"result": "repaired", "quickbooks_count": 2, "our_count": 1}),
    (
        "weekly",
        ["Dana%"],
        {
            "result": "ok",
            "quickbooks_count": 1,
            "our_count": 1,
            "quickbooks_total": Decimal(2),
            "our_total": Decimal(1),
        },
    ),
    ("daily", ["Sam"], {"result": "failed", "ended": None}),
)
FOUND = {
    "all": (Wanted(), [4, 3, 2, 1, 0]),
    "result": (Wanted(result="failed"), [1]),
    "running": (Wanted(result="running"), [4]),
    "mismatch": (Wanted(result="mismatch"), [3, 2]),
    "reason": (Wanted(trigger="daily"), [4, 2, 0]),
    "wildcards are letters": (Wanted(trigger="dai%"), []),
    "person": (Wanted(person="Sam"), [4, 1]),
    "a person with odd letters": (Wanted(person="Dana_"), [1]),
    "since": (Wanted(since=STARTED + timedelta(days=3)), [4, 3]),
    "until": (Wanted(until=STARTED + timedelta(days=2)), [1, 0]),
    "asked for a project": (Wanted(project_id=1), [1]),
    "changed a job": (Wanted(project_id=99, list_ids=["80000001-1"]), [3]),
    "both at once": (Wanted(result="ok", trigger="daily", since=STARTED), [0]),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_sync_log_is_filtered(database: Database, acme: Company, name: str) -> None:
    wanted, expected = FOUND[name]
    with database.begin() as c:
        project = projects.add(c, acme.id, "Kitchen", STARTED)
        assert project == 1
        for day, (trigger, people, values) in enumerate(LOGGED):
            at = STARTED + timedelta(days=day)
            conversations.begin(c, acme.id, f"t{day}", trigger=trigger, asked_by=people, address="", now=at)
            conversations.change(c, acme.id, _newest(c, acme), **{"ended": at, **values})
        runs = [run.id for run in reversed(conversations.log(c, acme.id))]
        requests.queue(c, acme.id, RequestKind.PAYMENTS, project_id=project, trigger="", now=STARTED)
        requests.change(c, acme.id, [requests.open_rows(c, acme.id)[0].id], conversation_id=runs[1])
        change = Change("4ECE-1", "80000001-1", "added", None, Decimal("1.00"))
        history.remember(c, acme.id, [change], because="", now=STARTED, conversation_id=runs[3])
        assert [runs.index(run.id) for run in conversations.log(c, acme.id, wanted=wanted)] == expected
        paged = conversations.log(c, acme.id, 2, wanted, before=runs[-1])
        assert [runs.index(run.id) for run in paged] == [one for one in expected if one != 4][:2]
        assert conversations.people(c, acme.id) == ["Dana%", "Dana_", "Sam", "Samantha"]


def test_a_message_is_listed_with_its_size_and_opened_alone(database: Database, acme: Company, now: datetime) -> None:
    long = "é" * 5000
    with database.begin() as c:
        mine = _run(c, acme, now)
        conversations.keep_message(c, acme.id, mine, Message(1, "response", now, long, "0x1", "said"))
        (listed,) = conversations.envelopes(c, acme.id, mine, now - timedelta(days=1))
        assert (listed.round, listed.direction, listed.size, listed.hresult) == (1, "response", 5000, "0x1")
        assert conversations.envelopes(c, acme.id, mine, now) == []
        opened = conversations.message(c, acme.id, mine, listed.id, now - timedelta(days=1))
        assert (opened.body, opened.size) == (long, 5000)
        begun = conversations.message(c, acme.id, mine, listed.id, now - timedelta(days=1), most=101)
        assert begun.body == "é" * 50
        for conversation, since in ((mine, now), (mine + 1, now - timedelta(days=1))):
            with pytest.raises(NotFound):
                conversations.message(c, acme.id, conversation, listed.id, since)


def _newest(c: Connection, acme: Company) -> int:
    latest = conversations.latest(c, acme.id)
    assert latest
    return latest.id


def _run(c: Connection, acme: Company, now: datetime) -> int:
    conversations.begin(c, acme.id, "hash", trigger="daily", address="", now=now)
    return _newest(c, acme)
