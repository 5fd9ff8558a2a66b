"""Notices: who is told when syncing does not work, and what became of the last messages.

In: forms of an admin. Out: settings, a webhook's secret shown once, a test sent now. It never decides when somebody is told.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.errors import InvalidValue
from qbwc_bridge.notices import dialling, sending, settings, words
from qbwc_bridge.notices.webhooks import LOCAL, LONGEST_URL, checked_url
from qbwc_bridge.records import Delivery, Notice, NoticeSettings, Role
from qbwc_bridge.store import deliveries
from qbwc_bridge.store import notices as kept
from qbwc_bridge.store.database import Connection
from qbwc_bridge.web import access
from qbwc_bridge.web.access import Person
from qbwc_bridge.web.formats import Formats
from qbwc_bridge.web.forms import Form, email
from qbwc_bridge.web.site import formats_of, now, public, reading, site, writing

pages = Blueprint("notices", __name__, url_prefix="/settings/notices")
MOST_ADDRESSES, MOST_FAILURES, MOST_LINES = 10, 20, 30
BETWEEN_TESTS = timedelta(seconds=10)
SAID_AT_ONCE = 3
NO_PLACE_IN_MAIL = re.compile(r'[<>,;:"()\[\]\\]')
KINDS = {
    Notice.FAILED: "Syncs have failed",
    Notice.MISSED: "A day without a sync",
    Notice.RECOVERED: "It works again",
    Notice.PAYMENTS: "New payments",
    Notice.TEST: "Test",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message to one address. ``badge`` is the look of ``result``; ``detail`` says why, or when it is tried again."""

    made: str
    kind: str
    target: str
    result: str
    badge: str
    detail: str


@pages.get("")
def show() -> str:
    """The settings as they are kept, and the last messages."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        return _page(c, person, Form({}))


@pages.post("")
def save() -> Response:
    """Who is told, and of what. A new webhook's secret is shown now, once."""
    form = Form(request.form)
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        choice = _choice(form, kept.get(c, person.company.id))
        if form.errors:
            return make_response(_page(c, person, form, typed=True), 422)
        secret = settings.save(c, person.company.id, choice, person.name, now())
    if secret:
        return _shown_once(secret, choice.webhook_url)
    flash("The notices are set." if choice.emails or choice.webhook_url else "Nobody is told anything now.")
    return _back()


@pages.get("/secret")
def ask_secret() -> str:
    """What a new secret does, and a button."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        _needs_webhook(kept.get(c, person.company.id))
    return render_template("notices_secret_ask.html")


@pages.post("/secret")
def make_secret() -> Response:
    """Make it and show it, this once."""
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        url = _needs_webhook(kept.get(c, person.company.id))
        secret = settings.renew_secret(c, person.company.id, person.name, now())
    return _shown_once(secret, url)


@pages.post("/test")
def test() -> Response:
    """Send a test to every address now, and say what happened."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        chosen = kept.get(c, person.company.id)
        lately = deliveries.lately(c, person.company.id, 1)
    if not chosen.targets:
        abort(409, "There is no address yet. Save one, then send a test.")
    if lately and lately[0].kind is Notice.TEST and now() - lately[0].made_at < BETWEEN_TESTS:
        flash("A test was sent a moment ago. Wait a few seconds before the next one.", "warning")
        return _back()
    tried = sending.try_now(chosen, words.test(person.company, public("")), site().config, now())
    with writing() as c:
        settings.record_test(c, chosen, tried, now())
    failed = [one for one in tried if one[1]]
    for sentence in sending.results((failed or tried)[:SAID_AT_ONCE]):
        flash(f"Test to {sentence[:400]}", "warning" if failed else "message")
    if len(failed or tried) > SAID_AT_ONCE:
        flash("The list below says what happened to all of them.", "warning" if failed else "message")
    return _back()


def _page(c: Connection, person: Person, form: Form, *, typed: bool = False) -> str:
    company = person.company
    chosen = kept.get(c, company.id)
    form.values = form.values if typed else {**_kept(chosen), **form.values}
    formats = formats_of(company)
    return render_template(
        "notices.html",
        form=form,
        company=company,
        chosen=chosen,
        mail=bool(site().config.mail.host),
        emails="\n".join(chosen.emails),
        since=formats.moment(chosen.episode_since) if chosen.episode_since else "",
        lines=[_line(one, formats) for one in deliveries.lately(c, company.id, MOST_LINES)],
        most=MOST_LINES,
    )


def _kept(chosen: NoticeSettings) -> dict[str, str]:
    """What the fields show when nobody typed into them."""
    return {
        "emails": "\n".join(chosen.emails), "webhook_url": chosen.webhook_url,
        "after_failures": str(chosen.after_failures), "new_payments": "on" if chosen.new_payments else "",
    }  # fmt: skip


def _line(one: Delivery, formats: Formats) -> Line:
    made, kind, to = formats.moment(one.made_at), KINDS[one.kind], sending.place(one.channel, one.target)
    tries = f"{one.attempts} tries" if one.attempts > 1 else "One try"
    if one.sent_at:
        late = f"{formats.moment(one.sent_at)}, {tries.lower()}" if one.attempts > 1 else ""
        return Line(made, kind, to, "Sent", "current", late)
    if one.next_at and not one.attempts:
        return Line(made, kind, to, "On its way", "queued", "Within a minute.")
    if one.next_at:
        detail = f"{tries} so far, the next {_next(one.next_at, formats)}. {one.error}"
        return Line(made, kind, to, "Trying again", "stale", detail.strip())
    given_up = one.attempts > 1
    return Line(made, kind, to, "Given up" if given_up else "Not sent", "failed", one.error)


def _next(moment: datetime, formats: Formats) -> str:
    return "within a minute" if moment <= now() else formats.moment(moment)


def _choice(form: Form, before: NoticeSettings) -> settings.Choice:
    """What was typed. Without a mail server the field for addresses is closed, and what it had stays."""
    return settings.Choice(
        emails=_emails(form) if site().config.mail.host else before.emails,
        webhook_url=_url(form),
        after_failures=form.read("after_failures", _count) or before.after_failures,
        new_payments=form.ticked("new_payments"),
    )


def _emails(form: Form) -> tuple[str, ...]:
    typed = tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", form.values.get("emails", "")))))
    for one in typed:
        try:
            email(one, "emails")
        except InvalidValue:
            form.fail("emails", f"“{one[:60]}” is not an email address. Write one a line, such as dana@example.com.")
        if NO_PLACE_IN_MAIL.search(one):
            form.fail("emails", f"“{one[:60]}” has signs that an email address can’t have. Write the bare address.")
    if len(typed) > MOST_ADDRESSES:
        form.fail("emails", f"These are {len(typed)} addresses; at most {MOST_ADDRESSES} can be told.")
    return typed


def _url(form: Form) -> str:
    text = form.text("webhook_url", LONGEST_URL)
    try:
        return _allowed(checked_url(text)) if text else ""
    except InvalidValue as error:
        form.fail("webhook_url", error.sentence)
        return ""


def _allowed(url: str) -> str:
    """What can be seen of an address without looking its name up; the rest is judged whenever something is sent."""
    host = urlsplit(url).hostname or ""
    if not site().config.notices.allow_private and (host in LOCAL or dialling.is_number_inside(host)):
        raise InvalidValue("webhook_url", f"{dialling.PRIVATE} {dialling.ALLOW}")
    return url


def _count(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_FAILURES):
        raise InvalidValue(field, f"Enter a number from 1 to {MOST_FAILURES}.")
    return int(text)


def _needs_webhook(chosen: NoticeSettings) -> str:
    if not chosen.webhook_url:
        abort(409, "There is no webhook address, so there is nothing to sign. Save one first.")
    return chosen.webhook_url


def _shown_once(secret: str, url: str) -> Response:
    return make_response(render_template("notices_secret.html", secret=secret, host=urlsplit(url).hostname))


def _back() -> Response:
    return redirect(url_for("notices.show"), 303)
