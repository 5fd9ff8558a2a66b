"""Failed syncs, missed days and their end: who is told what, word for word, and how often."""

import json

from notices.watched import (
    DANA,
    DIALOG,
    KITCHEN,
    SAM,
    URL,
    choose,
    fail,
    later,
    look,
    mail,
    outbox,
    pause,
    sync,
    told,
    watched_office,
)
from office import Office, started

from qbwc_bridge.notices import watching
from qbwc_bridge.notices.settings import Choice, save
from qbwc_bridge.records import Notice

office = watched_office


# Trouble --------------------------------------------------------------------------------------------------------------


def test_failures_are_told_once_and_the_end_once(office: Office) -> None:
    started(office, KITCHEN)
    assert told(office) == []
    fail(office)
    assert told(office) == []
    fail(office)
    assert told(office) == [Notice.FAILED]
    fail(office, 3)
    assert told(office) == []
    later(office, days=3)
    assert told(office) == []  # a missed day is the same trouble
    sync(office)
    assert told(office) == [Notice.RECOVERED]
    assert told(office) == []
    fail(office, 2)
    assert told(office) == [Notice.FAILED]


def test_a_good_sync_between_starts_the_count_again(office: Office) -> None:
    started(office, KITCHEN)
    for _ in range(3):
        fail(office)
        assert told(office) == []
        sync(office)
    assert told(office) == []


def test_an_update_that_was_abandoned_counts_as_failed(office: Office) -> None:
    started(office, KITCHEN)
    for _ in range(2):
        later(office, minutes=15)
        office.sync_now()
        calls = office.calls()
        next(calls)
        next(calls)  # and the computer goes to sleep
    later(office, minutes=15)
    next(office.calls())
    (one,) = look(office)
    assert "The Web Connector stopped in the middle of an update." in mail(one)[1]


def test_the_words_of_trouble_and_of_its_end(office: Office) -> None:
    started(office, KITCHEN)
    fail(office, 2)
    subject, text = mail(look(office)[0])
    assert subject == "Acme: the last 2 QuickBooks syncs have failed"
    assert text.split("\n\n") == [
        "Acme: the last 2 QuickBooks syncs have failed, since 2 Mar 2026, 9:16 am (America/Chicago).",
        "What is wrong: A dialog is open in QuickBooks, so it cannot answer.\n"
        "What to do: At the QuickBooks computer, close the dialog and press Update Selected.",
        "What was received before is kept: the pages show it as of 2 Mar 2026, 9:01 am (America/Chicago).",
        "Activity: https://pay.example/activity\nAccounting Settings: https://pay.example/settings/accounting",
        "You get one message when trouble begins and one when it is over. "
        "Who gets them is set here: https://pay.example/settings/notices\n",
    ]
    sync(office)
    subject, text = mail(look(office)[0])
    assert subject == "Acme: the QuickBooks sync works again"
    assert text.startswith(
        "Acme: the QuickBooks sync works again, since 2 Mar 2026, 9:34 am (America/Chicago). "
        "The trouble began 2 Mar 2026, 9:16 am (America/Chicago).\n"
    )


def test_the_documents_for_programs(office: Office) -> None:
    choose(office, emails=[], webhook_url=URL, after_failures=1)
    started(office, KITCHEN)
    fail(office)
    sync(office)
    look(office)
    fail(office)
    look(office)
    sync(office)
    look(office)
    failed, recovered = (json.loads(one.document) for one in outbox(office))
    assert failed.pop("id") != recovered.pop("id")
    assert failed == {
        "event": "sync.failed",
        "made_at": failed["made_at"],
        "company": "Acme",
        "last_success": failed["last_success"],
        "url": "https://pay.example/activity",
        "since": failed["since"],
        "failures": 1,
        "error": {
            "code": DIALOG,
            "sentence": "A dialog is open in QuickBooks, so it cannot answer.",
            "hint": "At the QuickBooks computer, close the dialog and press Update Selected.",
        },
    }
    assert failed["last_success"] < failed["since"] < failed["made_at"]
    assert (recovered["event"], recovered["trouble_since"]) == ("sync.recovered", failed["since"])
    assert recovered["since"] == recovered["last_success"] > failed["since"]


def test_every_address_gets_its_own(office: Office) -> None:
    choose(office, emails=[DANA, SAM], webhook_url=URL, after_failures=1)
    started(office, KITCHEN)
    fail(office)
    sent = look(office)
    assert [one.target for one in sent] == [DANA, SAM, URL]
    assert len({json.loads(one.document)["id"] for one in sent}) == 3


def test_what_was_not_sent_when_it_is_over_is_not_sent_any_more(office: Office) -> None:
    started(office, KITCHEN)
    fail(office, 2)
    look(office)
    sync(office)
    look(office)
    failed, recovered = outbox(office)
    assert (failed.next_at, failed.error) == (None, watching.OVER)
    assert (recovered.kind, recovered.next_at) == (Notice.RECOVERED, recovered.made_at)


# A missed day ---------------------------------------------------------------------------------------------------------


def test_a_day_without_a_call_is_missed(office: Office) -> None:
    started(office, KITCHEN)
    later(office, hours=25)
    assert told(office) == []
    later(office, hours=2)
    (one,) = look(office)
    subject, text = mail(one)
    assert (one.kind, subject) == (Notice.MISSED, "Acme: no QuickBooks sync for more than a day")
    assert text.startswith(
        "The last good sync of Acme with QuickBooks was 2 Mar 2026, 9:01 am (America/Chicago), more than a day ago.\n\n"
        "What is wrong: No update of the Web Connector has come to a good end since.\n"
        "What to do: Is the QuickBooks computer on, awake and online?"
    )
    later(office, days=9)
    assert told(office) == []
    sync(office)
    assert told(office) == [Notice.RECOVERED]


def test_a_missed_day_with_a_failure_says_what_failed(office: Office) -> None:
    started(office, KITCHEN)
    fail(office)
    later(office, hours=27)
    (one,) = look(office)
    assert one.kind is Notice.MISSED
    assert "What is wrong: A dialog is open in QuickBooks, so it cannot answer." in mail(one)[1]
    fail(office, 5)
    assert told(office) == []


def test_who_never_synced_misses_nothing_but_is_told_of_failures(office: Office) -> None:
    later(office, days=9)
    assert told(office) == []
    fail(office, 2)
    (one,) = look(office)
    assert one.kind is Notice.FAILED
    assert "No payments have been received yet" in mail(one)[1]


def test_a_pause_begins_nothing_and_ends_nothing(office: Office) -> None:
    started(office, KITCHEN)
    pause(office, True)
    for _ in range(4):
        assert told(office) == []
        later(office, days=1)
    assert told(office) == []
    pause(office, False)
    assert told(office) == []
    later(office, hours=25)
    assert told(office) == []
    later(office, hours=2)
    assert told(office) == [Notice.MISSED]
    pause(office, True)
    assert told(office) == []
    pause(office, False)
    sync(office)
    assert told(office) == [Notice.RECOVERED]


def test_nobody_is_told_of_the_end_of_what_they_were_not_told(office: Office) -> None:
    started(office, KITCHEN)
    fail(office, 2)
    look(office)
    choose(office, emails=[])
    sync(office)
    choose(office, emails=[SAM])
    assert told(office) == []


def test_an_address_taken_out_gets_nothing_any_more(office: Office) -> None:
    choose(office, emails=[DANA, SAM])
    started(office, KITCHEN)
    fail(office, 2)
    look(office)
    choose(office, emails=[SAM])
    assert {one.target: one.next_at is None for one in outbox(office)} == {DANA: True, SAM: False}


# Several companies ----------------------------------------------------------------------------------------------------


def test_only_companies_that_want_to_know_are_looked_at(office: Office) -> None:
    other = Office(office.database, name="Other", clock=office.clock)
    fail(other, 3)
    assert look(office) == []
    assert outbox(other) == []
    with office.database.begin() as c:
        save(c, other.company.id, Choice([SAM]), "Dana", office.clock())
    look(office)
    assert [one.target for one in outbox(other)] == [SAM]
    assert outbox(office) == []
