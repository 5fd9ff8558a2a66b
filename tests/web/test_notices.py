"""Settings, Notices: who is told, a secret shown once, a test that says what happened, and the list of messages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from listeners import Hook, Mailbox
from web.cast import NOW, Cast, Visitor

from qbwc_bridge.config import Config, Mail, Notices
from qbwc_bridge.notices.dialling import PRIVATE
from qbwc_bridge.records import Channel, Notice, NoticeSettings
from qbwc_bridge.store import deliveries, notices
from qbwc_bridge.web.app import create_app

HOME = "/settings/notices"
DANA, SAM = "dana@acme.example", "sam@acme.example"
URL = "https://alarm.example/hook?key=1"
GOOD = {"emails": DANA, "webhook_url": "", "after_failures": "3"}


@pytest.fixture
def config(config: Config, mailbox: Mailbox) -> Config:
    mail = Mail("localhost", mailbox.port, security="none", sender="bridge@office.example")
    return replace(config, mail=mail, notices=Notices(allow_private=True))


@pytest.fixture
def elsewhere(cast: Cast, config: Config) -> Callable[..., Visitor]:
    """The admin on a site with another configuration."""

    def visitor(**changed: Any) -> Visitor:
        admin = Visitor(create_app(cast.database, replace(config, **changed), cast.clock))
        admin.sign_in("dana@acme.example")
        return admin

    return visitor


def kept(cast: Cast, company: int = 0) -> NoticeSettings:
    with cast.database.read() as c:
        return notices.get(c, company or cast.acme)


def words(page: str) -> str:
    return " ".join(page.split())


def secret_on(page: str) -> str:
    return page.partition('class="code" readonly value="')[2].partition('"')[0]


# Settings -------------------------------------------------------------------------------------------------------------


def test_it_is_a_tab_of_the_settings(admin: Visitor) -> None:
    assert f'<a href="{HOME}"' in admin.get("/settings/accounting").text
    page = admin.get(HOME).text
    assert f'<a href="{HOME}" aria-current="page">Notices</a>' in page
    assert "Nothing was sent yet" in page
    assert "Save an address first; then a test can be sent to it." in page


def test_addresses_are_kept_one_a_line(cast: Cast, admin: Visitor) -> None:
    typed = {**GOOD, "emails": f" {DANA}\r\n\r\n{SAM}, {DANA}", "after_failures": "5", "new_payments": "on"}
    assert "The notices are set." in admin.follow(HOME, typed).text
    assert kept(cast) == NoticeSettings(cast.acme, (DANA, SAM), "", "", 5, True)
    page = admin.get(HOME).text
    assert f"{DANA}\n{SAM}</textarea>" in page
    assert 'value="5"' in page
    assert 'name="new_payments" type="checkbox" checked' in page


def test_nobody_is_told_anything_any_more(cast: Cast, admin: Visitor) -> None:
    admin.post(HOME, GOOD)
    assert "Nobody is told anything now." in admin.follow(HOME, {**GOOD, "emails": ""}).text
    assert kept(cast).targets == ()


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("emails", f"{DANA}\nnobody", "“nobody” is not an email address."),
        ("emails", "<dana@acme.example>", "“&lt;dana@acme.example&gt;” has signs that an email address can’t have."),
        ("emails", "\n".join(f"p{n}@example.com" for n in range(11)), "These are 11 addresses; at most 10 can be told."),
        ("webhook_url", "http://example.com/", "Enter an address that begins with https://"),
        ("webhook_url", "https://user:word@example.com/", "Leave the user name and the password out"),
        ("webhook_url", "https://exa mple.com/", "Enter an address of plain letters"),
        ("webhook_url", "https://example.com/" + "x" * 1000, "at most 1000 characters"),
        ("after_failures", "0", "Enter a number from 1 to 20."),
        ("after_failures", "21", "Enter a number from 1 to 20."),
        ("after_failures", "many", "Enter a number from 1 to 20."),
        ("after_failures", "", "Enter a number from 1 to 20."),
    ],
)  # fmt: skip
def test_an_error_keeps_what_was_typed(cast: Cast, admin: Visitor, field: str, typed: str, sentence: str) -> None:
    mine = {"emails": SAM, "webhook_url": URL, "after_failures": "7", "new_payments": "on", field: typed}
    answer = admin.post(HOME, mine)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "One thing needs a correction" in answer.text
    for name, value in mine.items():
        if name != "new_payments":
            assert value.replace("<", "&lt;").replace(">", "&gt;") in answer.text, name
    assert 'name="new_payments" type="checkbox" checked' in answer.text
    assert kept(cast) == NoticeSettings(cast.acme)


def test_a_box_that_was_unticked_stays_so_when_something_else_is_wrong(cast: Cast, admin: Visitor) -> None:
    admin.post(HOME, {**GOOD, "new_payments": "on"})
    answer = admin.post(HOME, {**GOOD, "after_failures": "x"})
    assert 'name="new_payments" type="checkbox" aria' in words(answer.text)


def test_without_a_mail_server_the_field_is_closed_and_keeps_what_it_has(
    cast: Cast, admin: Visitor, elsewhere: Callable[..., Visitor]
) -> None:
    admin.post(HOME, GOOD)
    without = elsewhere(mail=Mail())
    page = without.get(HOME).text
    assert "This installation has no mail server" in page
    assert "disabled" in page
    without.post(HOME, {"webhook_url": URL, "after_failures": "4"})
    assert kept(cast).emails == (DANA,)
    assert (kept(cast).webhook_url, kept(cast).after_failures) == (URL, 4)


@pytest.mark.parametrize("url", ["http://localhost:9/", "https://localhost/", "https://10.0.0.8/", "https://[::1]/"])
def test_an_address_inside_is_refused_at_once_unless_allowed(
    cast: Cast, admin: Visitor, elsewhere: Callable[..., Visitor], url: str
) -> None:
    strict = elsewhere(notices=Notices(allow_private=False))
    answer = strict.post(HOME, {**GOOD, "webhook_url": url})
    assert (answer.status_code, PRIVATE in answer.text) == (422, True)
    assert "[notices] allow_private = yes" in answer.text
    assert admin.post(HOME, {**GOOD, "webhook_url": url}).status_code == 200
    assert kept(cast).webhook_url == url


def test_what_is_told_of_another_company_is_not_seen(cast: Cast, admin: Visitor, outsider: Visitor) -> None:
    admin.post(HOME, GOOD)
    assert DANA not in outsider.get(HOME).text
    outsider.post(HOME, {**GOOD, "emails": "olive@other.example"})
    assert kept(cast).emails == (DANA,)


# The secret -----------------------------------------------------------------------------------------------------------


def test_the_secret_is_shown_once_when_the_webhook_is_new(cast: Cast, admin: Visitor) -> None:
    answer = admin.post(HOME, {**GOOD, "webhook_url": URL})
    secret = secret_on(answer.text)
    assert answer.status_code == 200
    assert "This is the only time the secret is shown" in answer.text
    assert secret == kept(cast).webhook_secret
    assert len(secret) >= 32
    assert secret not in admin.get(HOME).text
    assert admin.post(HOME, {**GOOD, "webhook_url": URL + "2"}).status_code == 303
    assert kept(cast).webhook_secret == secret


def test_a_new_secret_replaces_the_old_one_and_nothing_else(cast: Cast, admin: Visitor) -> None:
    admin.post(HOME, {**GOOD, "webhook_url": URL, "new_payments": "on", "after_failures": "9"})
    before = kept(cast)
    assert "Make a new secret for the webhook?" in admin.get(f"{HOME}/secret").text
    fresh = secret_on(admin.post(f"{HOME}/secret").text)
    assert fresh
    assert fresh != before.webhook_secret
    assert kept(cast) == replace(before, webhook_secret=fresh)


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_webhook_there_is_no_secret_to_make(admin: Visitor, method: str) -> None:
    answer = getattr(admin, method)(f"{HOME}/secret")
    assert answer.status_code == 409
    assert "There is no webhook address" in answer.text


# A test ---------------------------------------------------------------------------------------------------------------


def test_a_test_arrives_everywhere_and_is_listed(cast: Cast, admin: Visitor, mailbox: Mailbox, hook: Hook) -> None:
    admin.post(HOME, {**GOOD, "webhook_url": hook.url})
    page = words(admin.follow(f"{HOME}/test").text)
    assert f"Test to {DANA}: sent." in page
    assert "Test to webhook at localhost: sent." in page
    assert mailbox.subjects == ["Acme Builders: a test notice"]
    assert (hook.documents[0]["event"], hook.documents[0]["company"]) == ("test", "Acme Builders")
    assert page.count('<span class="badge current">Sent</span>') == 2


def test_a_test_says_what_the_other_side_answered(admin: Visitor, mailbox: Mailbox, hook: Hook) -> None:
    admin.post(HOME, {**GOOD, "webhook_url": hook.url})
    mailbox.says, hook.status = "550 nobody of that name", 404
    page = words(admin.follow(f"{HOME}/test").text)
    assert f"Test to {DANA}: The mail server refused this address: 550 nobody of that name" in page
    assert "Test to webhook at localhost: The address answered 404 Not Found." in page
    assert page.count('<span class="badge failed">Not sent</span>') == 2
    assert page.count('class="flash hint"') == 2


def test_a_test_is_not_tried_again_by_anybody(cast: Cast, admin: Visitor, mailbox: Mailbox) -> None:
    admin.post(HOME, GOOD)
    mailbox.says = "550 no"
    admin.post(f"{HOME}/test")
    with cast.database.read() as c:
        assert deliveries.due(c, NOW + timedelta(days=9), 9) == []


def test_many_addresses_are_summed_up(admin: Visitor, mailbox: Mailbox) -> None:
    admin.post(HOME, {**GOOD, "emails": "\n".join(f"p{n}@example.com" for n in range(10))})
    page = words(admin.follow(f"{HOME}/test").text)
    assert page.count("Test to p") == 3
    assert "The list below says what happened to all of them." in page
    assert len(mailbox.recipients) == 10


def test_tests_in_quick_succession_are_kept_apart(cast: Cast, admin: Visitor, mailbox: Mailbox) -> None:
    admin.post(HOME, GOOD)
    admin.post(f"{HOME}/test")
    assert "A test was sent a moment ago." in admin.follow(f"{HOME}/test").text
    assert len(mailbox.mails) == 1
    cast.clock.advance(seconds=10)
    admin.post(f"{HOME}/test")
    assert len(mailbox.mails) == 2


def test_without_an_address_there_is_nothing_to_test(admin: Visitor) -> None:
    answer = admin.post(f"{HOME}/test")
    assert answer.status_code == 409
    assert "There is no address yet." in answer.text


def test_only_admins_send_tests(cast: Cast, admin: Visitor, staff: Visitor, client: Visitor, mailbox: Mailbox) -> None:
    admin.post(HOME, GOOD)
    for visitor in (staff, client):
        assert visitor.post(f"{HOME}/test").status_code == 403
        assert visitor.get(HOME).status_code == 403
    assert mailbox.mails == []


# The list -------------------------------------------------------------------------------------------------------------


def put(cast: Cast, kind: Notice, company: int = 0) -> int:
    with cast.database.begin() as c:
        deliveries.add(c, company or cast.acme, kind, Channel.EMAIL, DANA, "{}", now=NOW)
        return deliveries.lately(c, company or cast.acme)[0].id


def test_the_list_says_what_became_of_each(cast: Cast, admin: Visitor) -> None:
    for kind in (Notice.FAILED, Notice.MISSED, Notice.RECOVERED, Notice.PAYMENTS):
        put(cast, kind)
    with cast.database.begin() as c:
        _, late, again, given_up = deliveries.lately(c, cast.acme)
        for one in (late, again, given_up):
            deliveries.claim(c, cast.acme, one, NOW, NOW + timedelta(minutes=5))
        deliveries.sent(c, cast.acme, late.id, NOW)
        deliveries.failed(c, cast.acme, again.id, 1, "404 here.", NOW + timedelta(minutes=30))
        deliveries.failed(c, cast.acme, given_up.id, 1, "Gone for good.", None)
    page = words(admin.get(HOME).text)
    assert "4 messages, newest first" in page
    for said in (
        '<span class="badge queued">On its way</span><span class="of">Within a minute.</span>',
        '<span class="badge current">Sent</span></td>',
        '<span class="badge stale">Trying again</span><span class="of">One try so far, the next today 3:34 pm. 404 here.',
        '<span class="badge failed">Not sent</span><span class="of">Gone for good.</span>',
        "It works again", "New payments", "Syncs have failed", "A day without a sync",
    ):  # fmt: skip
        assert said in page, said


def test_the_list_is_of_one_company(cast: Cast, admin: Visitor) -> None:
    put(cast, Notice.FAILED, cast.other)
    assert "Nothing was sent yet" in admin.get(HOME).text


def test_trouble_that_was_told_stands_on_the_page(cast: Cast, admin: Visitor) -> None:
    admin.post(HOME, GOOD)
    with cast.database.begin() as c:
        notices.begin_episode(c, cast.acme, Notice.FAILED, NOW - timedelta(hours=2))
    assert "There has been trouble since today 1:04 pm, and it was told." in admin.get(HOME).text
