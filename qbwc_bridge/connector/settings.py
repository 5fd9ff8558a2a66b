"""The settings of a company and its connector's password: what an admin changes, with a line in the audit.

In: a transaction that changes settings. Out: what changed, in words. Whoever changes a setting does it inside ``changing``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from qbwc_bridge.connector.credentials import new_password, password_hash
from qbwc_bridge.records import Company, Deed
from qbwc_bridge.store import audit, companies
from qbwc_bridge.store.database import Connection


def _hours(company: Company) -> str:
    return " to ".join(f"{hour:%H:%M}" for hour in company.quiet_hours or ()) or "none"


SETTINGS: tuple[tuple[str, Callable[[Company], str]], ...] = (
    ("account default", lambda company: "on" if company.client_payments_default else "off"),
    ("daily sync", lambda company: f"{company.daily_at:%H:%M}"),
    ("time zone", lambda company: company.timezone),
    ("quiet hours", _hours),
    ("money and dates", lambda company: company.locale or "as in QuickBooks"),
)
"""What is compared, and what is said of it. A pause has words of its own."""


@contextmanager
def changing(c: Connection, company_id: int, by: str, now: datetime) -> Iterator[None]:
    """Around whatever changes settings of a company: what differs afterwards is one line of the audit."""
    before = companies.by_id(c, company_id)
    yield
    after = companies.by_id(c, company_id)
    told = [(name, said(before), said(after)) for name, said in SETTINGS if said(before) != said(after)]
    if told:
        subject = ", ".join(f"{name}: {was} → {now_is}" for name, was, now_is in told)
        audit.add(c, company_id, by, Deed.SETTINGS_CHANGED, subject, now)
    if before.paused != after.paused:
        audit.add(c, company_id, by, Deed.PAUSED if after.paused else Deed.RESUMED, after.name, now)


def make_password(c: Connection, company: Company, by: str, now: datetime) -> str:
    """A new connector password in place of the present one. It is returned this once; only its hash is kept."""
    password = new_password()
    companies.set_password_hash(c, company.id, password_hash(password))
    companies.password_shown(c, company.id, now)
    audit.add(c, company.id, by, Deed.CONNECTOR_PASSWORD, f"for the connector user {company.connector_user}", now)
    return password
