"""What a notice says: a subject and a text for people, a JSON document for programs; both from the same facts.

In: a company, what happened to it, and how it writes money and dates. Out: a :class:`Message`. The sentence and the hint of a
failure are those of the sync log, the pages and the Web Connector's window. It never knows where the message goes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from qbwc_bridge.notices.news import NewPayment, News
from qbwc_bridge.records import ZERO, Company, Failure, Notice, Series
from qbwc_bridge.summary.episodes import Verdict

SHOWN = 20
"""So many payments of a project are listed in a mail; a document for programs has up to ``MOST``."""

MOST = 100

EVENTS = {
    Notice.FAILED: "sync.failed",
    Notice.MISSED: "sync.missed",
    Notice.RECOVERED: "sync.recovered",
    Notice.PAYMENTS: "payments.new",
    Notice.TEST: "test",
}
IS_IT_ON = Failure(
    "missed",
    "No update of the Web Connector has come to a good end since.",
    "Is the QuickBooks computer on, awake and online? Is the Web Connector running, its line ticked and Auto-Run on? "
    "Close any dialog in QuickBooks and press Update Selected.",
)


class Habits(Protocol):
    """How somebody writes money and dates."""

    def money(self, amount: Decimal) -> str:
        """ "$12,000.00"."""

    def day(self, day: date) -> str:
        """ "Mar 3, 2026"."""


@dataclass(frozen=True, slots=True)
class Message:
    """``facts`` are what the document for programs has beside its identifier."""

    kind: Notice
    subject: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


def as_mail(message: Message, name: str) -> str:
    """The document of the outbox for a mail. ``name`` is the same whenever this message is sent, and for no other."""
    return json.dumps({"id": name, "subject": message.subject, "text": message.text}, ensure_ascii=False)


def as_webhook(message: Message, name: str, now: datetime) -> str:
    """The document a webhook receives, word for word."""
    whole = {"id": name, "event": EVENTS[message.kind], "made_at": _stamp(now), **message.facts}
    return json.dumps(whole, ensure_ascii=False)


def trouble(company: Company, verdict: Verdict, series: Series, public_url: str) -> Message:
    """Syncs have failed, or a day was missed."""
    failed = verdict.kind is Notice.FAILED
    wrong = series.failure or IS_IT_ON
    said = _failed(company, series.count) if failed else f"{company.name}: no QuickBooks sync for more than a day"
    body = [
        f"{said}, since {_moment(company, verdict.since)}." if failed else _missed(company, verdict.since),
        f"What is wrong: {wrong.sentence}\nWhat to do: {wrong.hint}"
        if wrong.hint
        else f"What is wrong: {wrong.sentence}",
        _kept(company),
        _places(public_url),
        "You get one message when trouble begins and one when it is over. "
        f"Who gets them is set here: {public_url}/settings/notices",
    ]
    facts = {
        "since": _stamp(verdict.since), "failures": series.count,
        "error": {"code": wrong.code, "sentence": wrong.sentence, "hint": wrong.hint},
    }  # fmt: skip
    return Message(verdict.kind, said, _text(body), {**_common(company, public_url), **facts})


def recovery(company: Company, verdict: Verdict, began: datetime | None, public_url: str) -> Message:
    """It works again."""
    subject = f"{company.name}: the QuickBooks sync works again"
    since = f" The trouble began {_moment(company, began)}." if began else ""
    body = [
        f"{subject}, since {_moment(company, verdict.since)}.{since}",
        "The pages show what QuickBooks has. Nobody needs to do anything.",
        _places(public_url),
    ]
    facts = {"since": _stamp(verdict.since), "trouble_since": _stamp(began)}
    return Message(Notice.RECOVERED, subject, _text(body), {**_common(company, public_url), **facts})


def new_payments(company: Company, news: Sequence[News], habits: Sequence[Habits], public_url: str) -> Message:
    """What came with the last sync. ``habits`` go with ``news``: each project may have its own currency."""
    told = [_headline(one, how) for one, how in zip(news, habits, strict=True)]
    count = sum(len(one.payments) for one in news)
    several = f"{count} new payments for {len(news)} projects"
    body = [_paragraph(headline, one, how, public_url) for headline, one, how in zip(told, news, habits, strict=True)]
    body.append(f"Who gets this message is set here: {public_url}/settings/notices")
    facts = {**_common(company, public_url), "projects": [_document(one, public_url) for one in news]}
    return Message(Notice.PAYMENTS, f"{company.name}: {told[0] if len(told) == 1 else several}", _text(body), facts)


def test(company: Company, public_url: str) -> Message:
    """Nothing happened; somebody pressed the button."""
    text = (
        f"This is a test. Notices of {company.name} arrive here.\n\nThey are set here: {public_url}/settings/notices\n"
    )
    return Message(Notice.TEST, f"{company.name}: a test notice", text, _common(company, public_url))


def _failed(company: Company, count: int) -> str:
    times = "the last QuickBooks sync has failed" if count == 1 else f"the last {count} QuickBooks syncs have failed"
    return f"{company.name}: {times}"


def _missed(company: Company, since: datetime) -> str:
    return f"The last good sync of {company.name} with QuickBooks was {_moment(company, since)}, more than a day ago."


def _kept(company: Company) -> str:
    if company.last_success_at is None:
        return "No payments have been received yet, so nothing is lost."
    return f"What was received before is kept: the pages show it as of {_moment(company, company.last_success_at)}."


def _places(public_url: str) -> str:
    return f"Activity: {public_url}/activity\nAccounting Settings: {public_url}/settings/accounting"


def _headline(news: News, habits: Habits) -> str:
    """ "3 new payments, $36,000.00, for Smith kitchen"."""
    count = len(news.payments)
    return f"{count} new payment{'' if count == 1 else 's'}, {habits.money(_total(news))}, for {news.project}"


def _paragraph(headline: str, news: News, habits: Habits, public_url: str) -> str:
    lines = [f"  {habits.day(one.date)}  {habits.money(one.amount)}  {_called(one)}".rstrip() for one in news.payments]
    more = [f"  and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n".join([headline, *lines[:SHOWN], *more, f"  {_page(news, public_url)}"])


def _called(payment: NewPayment) -> str:
    return f"{payment.method} {payment.ref_number}".strip()


def _document(news: News, public_url: str) -> dict[str, Any]:
    return {
        "project": news.project,
        "url": _page(news, public_url),
        "currency": news.currency,
        "count": len(news.payments),
        "total": str(_total(news)),
        "payments": [
            {
                "txn_id": one.txn_id, "date": one.date.isoformat(), "amount": str(one.amount), "method": one.method,
                "ref_number": one.ref_number,
            }
            for one in news.payments[:MOST]
        ],
    }  # fmt: skip


def _page(news: News, public_url: str) -> str:
    return f"{public_url}/projects/{news.project_id}/financials"


def _total(news: News) -> Decimal:
    return sum((one.amount for one in news.payments), ZERO)


def _common(company: Company, public_url: str) -> dict[str, Any]:
    return {"company": company.name, "last_success": _stamp(company.last_success_at), "url": f"{public_url}/activity"}


def _text(paragraphs: Sequence[str]) -> str:
    return "\n\n".join(paragraphs) + "\n"


def _stamp(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _moment(company: Company, instant: datetime) -> str:
    """ "on 23 Nov 2026, 3:04 pm (America/Chicago)": a mail may be read days later, anywhere."""
    local = instant.astimezone(ZoneInfo(company.timezone))
    clock = f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"
    return f"{local.day} {local:%b %Y}, {clock} ({company.timezone})"
