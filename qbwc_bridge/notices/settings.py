"""What an admin chooses: who is told, and of what.

In: choices that were read from a form. Out: the settings as they are kept, and a new secret, to be shown once. Whoever chooses
to be told of new payments is told from the next one on: what is there already is not new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qbwc_bridge.connector.credentials import new_token
from qbwc_bridge.errors import NotSent
from qbwc_bridge.notices.sending import in_words
from qbwc_bridge.records import Deed, Delivery, NoticeSettings
from qbwc_bridge.store import audit, deliveries, history, notices
from qbwc_bridge.store.database import Connection

NOT_WANTED = "Not sent: the address was taken out of the settings."


@dataclass(frozen=True, slots=True)
class Choice:
    """``emails`` and ``webhook_url`` may be empty: then nobody is told that way."""

    emails: Sequence[str] = ()
    webhook_url: str = ""
    after_failures: int = 3
    new_payments: bool = False


def save(c: Connection, company_id: int, choice: Choice, by: str, now: datetime) -> str:
    """Keep a choice, with a line in the audit. Returns the webhook's secret if there was none before, else ""."""
    before = notices.get(c, company_id)
    fresh = new_token() if choice.webhook_url and not before.webhook_secret else ""
    _put(c, company_id, choice, fresh or before.webhook_secret)
    after = notices.get(c, company_id)
    if _told(before) != _told(after):
        audit.add(c, company_id, by, Deed.NOTICES_CHANGED, _told(after), now)
    if not after.targets:
        notices.end_episode(c, company_id)  # whoever is told from now on has not heard of it
    if after.new_payments and after.targets and not (before.new_payments and before.targets):
        notices.told_history(c, company_id, after.told_history, history.last_line(c, company_id))
    deliveries.withdraw(c, company_id, NOT_WANTED, but=[target for _, target in after.targets])
    return fresh


def renew_secret(c: Connection, company_id: int, by: str, now: datetime) -> str:
    """Another secret, with a line in the audit; what is signed from now on is signed with it."""
    kept, fresh = notices.get(c, company_id), new_token()
    audit.add(c, company_id, by, Deed.NOTICES_SECRET, "", now)
    _put(c, company_id, Choice(kept.emails, kept.webhook_url, kept.after_failures, kept.new_payments), fresh)
    return fresh


def _told(chosen: NoticeSettings) -> str:
    """Who is told of what, in words; of a webhook only that there is one, for its address may be a secret."""
    targets = [*chosen.emails, *(["the webhook"] if chosen.webhook_url else [])]
    what = f"after {chosen.after_failures} failed syncs{' and of new payments' if chosen.new_payments else ''}"
    return f"{', '.join(targets)}, {what}" if targets else "nobody is told"


def record_test(
    c: Connection, settings: NoticeSettings, tried: Sequence[tuple[Delivery, NotSent | None]], now: datetime
) -> None:
    """A test stands in the list beside the other messages."""
    for one, refusal in tried:
        error = in_words(refusal) if refusal else ""
        deliveries.record(c, settings.company_id, one.kind, one.channel, one.target, one.document, error, now)


def _put(c: Connection, company_id: int, choice: Choice, secret: str) -> None:
    notices.put(
        c,
        company_id,
        emails=choice.emails,
        webhook_url=choice.webhook_url,
        webhook_secret=secret,
        after_failures=choice.after_failures,
        new_payments=choice.new_payments,
    )
