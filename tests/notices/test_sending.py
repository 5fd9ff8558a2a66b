"""The way of a row: sent, tried again with longer and longer waits, given up; twice never, also after a restart."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from listeners import Hook, Mailbox
from office import Clock, Office

from qbwc_bridge.config import Config
from qbwc_bridge.notices import sending, words
from qbwc_bridge.notices.settings import Choice, record_test, save
from qbwc_bridge.notices.watching import document_of
from qbwc_bridge.records import Channel, Delivery, Notice
from qbwc_bridge.store import deliveries, notices

DANA = "dana@acme.example"
Send = Callable[[], None]


@pytest.fixture
def send(office: Office, config: Config) -> Send:
    """One round of the caretaker; the clock stands still."""
    return lambda: sending.send_due(office.database, config, lambda: office.clock.now, lambda: False)


def put(office: Office, target: str, channel: Channel = Channel.EMAIL) -> None:
    with office.database.begin() as c:
        message = words.test(office.company, "https://pay.example")
        now = office.clock.now
        document = document_of(message, channel, now)
        deliveries.add(c, office.company.id, Notice.TEST, channel, target, document, now=now)


def row(office: Office, number: int = 0) -> Delivery:
    with office.database.read() as c:
        return deliveries.lately(c, office.company.id)[number]


def test_a_mail_goes_out_and_is_sent(office: Office, mailbox: Mailbox, send: Send) -> None:
    put(office, DANA)
    send()
    send()
    assert mailbox.subjects == ["Acme: a test notice"]
    assert row(office).sent_at == office.clock.now
    assert (row(office).next_at, row(office).error) == (None, "")


def test_a_webhook_is_signed_with_the_secret_of_its_company(office: Office, hook: Hook, send: Send) -> None:
    with office.database.begin() as c:
        secret = save(c, office.company.id, Choice(webhook_url=hook.url), "Dana", office.clock())
    put(office, hook.url, Channel.WEBHOOK)
    send()
    from notices.test_webhooks import is_genuine

    header = hook.headers[0]["X-Qbwc-Bridge-Signature"]
    assert is_genuine()(secret, header, hook.bodies[0], office.clock.now.timestamp())
    assert hook.documents[0]["event"] == "test"
    assert hook.documents[0]["id"] == hook.headers[0]["X-Qbwc-Bridge-Delivery"]


def test_it_is_tried_again_and_again_and_then_given_up(office: Office, hook: Hook, send: Send) -> None:
    hook.status = 503
    put(office, hook.url, Channel.WEBHOOK)
    for number, wait in enumerate(sending.WAITS):
        send()
        assert len(hook.bodies) == number + 1
        assert row(office).next_at == office.clock.now + wait
        assert row(office).error == "The address answered 503 Service Unavailable."
        office.clock.pass_(seconds=wait.total_seconds() - 1)
        send()
        assert len(hook.bodies) == number + 1
        office.clock.pass_(seconds=1)
    send()
    assert (row(office).attempts, row(office).next_at, row(office).sent_at) == (6, None, None)
    office.clock.pass_(days=9)
    send()
    assert len(hook.bodies) == 6
    assert len(set(hook.bodies)) == 1
    assert sum(sending.WAITS, timedelta(0)) < timedelta(hours=15)


def test_a_later_try_may_succeed(office: Office, mailbox: Mailbox, send: Send) -> None:
    mailbox.says = "451 busy, come again"
    put(office, DANA)
    send()
    assert "451 busy" in row(office).error
    mailbox.says = "250 OK"
    office.clock.pass_(minutes=1)
    send()
    assert (mailbox.recipients, row(office).attempts, row(office).error) == ([DANA], 2, "")


def test_two_processes_send_each_one_once(office: Office, mailbox: Mailbox, send: Send) -> None:
    for number in range(6):
        put(office, f"person{number}@acme.example")
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(send) for _ in range(3)]:
            done.result()
    assert sorted(mailbox.recipients) == [f"person{number}@acme.example" for number in range(6)]


def test_what_a_dead_process_had_taken_is_sent_after_a_while_with_the_same_name(
    office: Office, mailbox: Mailbox, send: Send
) -> None:
    put(office, DANA)
    name = row(office).document
    with office.database.begin() as c:
        assert deliveries.claim(c, office.company.id, row(office), office.clock.now, office.clock.now + sending.LEASE)
    send()
    assert mailbox.mails == []
    office.clock.pass_(seconds=sending.LEASE.total_seconds())
    send()
    assert mailbox.recipients == [DANA]
    assert mailbox.mails[0]["Message-ID"].strip("<>").partition("@")[0] in name


def test_one_that_fails_stops_no_other(office: Office, mailbox: Mailbox, hook: Hook, send: Send) -> None:
    hook.status = 500
    put(office, hook.url, Channel.WEBHOOK)
    put(office, "https://nobody.invalid/", Channel.WEBHOOK)
    put(office, DANA)
    send()
    assert mailbox.recipients == [DANA]
    assert [row(office, number).attempts for number in range(3)] == [1, 1, 1]


def test_an_error_nobody_thought_of_is_of_one_message_alone(
    office: Office, mailbox: Mailbox, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    with office.database.begin() as c:
        deliveries.add(
            c, office.company.id, Notice.TEST, Channel.EMAIL, DANA, '{"id": "no text"}', now=office.clock.now
        )
    put(office, DANA)
    send()
    assert mailbox.recipients == [DANA]
    assert row(office, 1).error.startswith("qbwc-bridge had an unexpected error.")
    assert row(office, 1).next_at == office.clock.now + sending.WAITS[0]
    assert "Company 1: sending a notice failed with KeyError." in caplog.text


def test_a_round_is_bounded_and_the_next_goes_on(office: Office, mailbox: Mailbox, send: Send) -> None:
    for number in range(sending.AT_ONCE + 3):
        put(office, f"person{number}@acme.example")
    send()
    assert len(mailbox.recipients) == sending.AT_ONCE
    send()
    assert len(set(mailbox.recipients)) == sending.AT_ONCE + 3


def test_it_stops_between_two_messages(office: Office, config: Config, mailbox: Mailbox) -> None:
    for number in range(3):
        put(office, f"person{number}@acme.example")
    sending.send_due(office.database, config, office.clock, lambda: len(mailbox.mails) == 1)
    assert len(mailbox.mails) == 1


def test_the_log_names_no_address_and_no_answer(
    office: Office, mailbox: Mailbox, hook: Hook, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.says = "550 dana is unknown here"
    put(office, DANA)
    put(office, f"{hook.url}/token-in-the-path", Channel.WEBHOOK)
    with caplog.at_level(logging.DEBUG, "qbwc_bridge"):
        send()
    said = [record.getMessage() for record in caplog.records if record.name.startswith("qbwc_bridge")]
    assert said == [
        "Company 1: the notice “test” was not taken by email, try 1 of 6.",
        "Company 1: the notice “test” was sent by webhook.",
    ]


def test_a_test_tries_all_at_the_same_time_and_keeps_what_came_of_it(
    office: Office, config: Config, mailbox: Mailbox, hook: Hook, clock: Clock
) -> None:
    hook.status = 404
    with office.database.begin() as c:
        save(c, office.company.id, Choice([DANA], hook.url), "Dana", office.clock())
        settings = notices.get(c, office.company.id)
    tried = sending.try_now(settings, words.test(office.company, "https://pay.example"), config, clock.now)
    assert sending.results(tried) == [f"{DANA}: sent.", "webhook at localhost: The address answered 404 Not Found."]
    with office.database.begin() as c:
        record_test(c, settings, tried, clock.now)
        assert deliveries.due(c, clock.now + timedelta(days=9), 9) == []
    assert (row(office, 1).sent_at, row(office, 1).attempts) == (clock.now, 1)
    assert (row(office, 0).sent_at, row(office, 0).error) == (None, "The address answered 404 Not Found.")


def test_an_address_that_is_not_allowed_any_more_is_not_sent_to(
    office: Office, config: Config, hook: Hook, clock: Clock
) -> None:
    put(office, hook.url, Channel.WEBHOOK)
    strict = replace(config, notices=replace(config.notices, allow_private=False))
    sending.send_due(office.database, strict, lambda: office.clock.now, lambda: False)
    assert "does not send there" in row(office).error
    assert hook.bodies == []


@pytest.fixture
def clock(office: Office) -> Clock:
    return office.clock
