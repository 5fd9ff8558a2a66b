"""A company that somebody adds by its name alone: the rest of what a connection needs is made here.

In: a name, a time zone and the moment. Out: the company, and its connector's password in clear, this once.
"""

import unicodedata
from datetime import datetime
from itertools import count

from qbwc_bridge.connector.credentials import new_guid, new_password, password_hash
from qbwc_bridge.records import Company, Deed
from qbwc_bridge.store import audit, companies, polls
from qbwc_bridge.store.database import Connection

LONGEST_USER = 40


def add(c: Connection, name: str, timezone: str, by: str, now: datetime) -> tuple[Company, str]:
    """The company and the password of its Web Connector, which counts as shown. Raises NameTaken."""
    password = new_password()
    company = companies.add(c, name, _free_user(c, name), password_hash(password), new_guid(), now)
    companies.configure(c, company.id, timezone=timezone)
    companies.password_shown(c, company.id, now)
    audit.add(c, company.id, by, Deed.COMPANY_ADDED, company.name, now)
    return companies.by_id(c, company.id), password


def _free_user(c: Connection, name: str) -> str:
    user = connector_user(name)
    names = (user if number == 1 else f"{user}-{number}" for number in count(1))
    return next(each for each in names if polls.poll(c, each) is None)


def connector_user(name: str) -> str:
    """``acme-builders`` of "Acme Builders, Inc.": what the Web Connector shows in its line, easy to read out."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(sign if sign.isalnum() else " " for sign in plain if sign not in "'.").split()
    return "-".join(words)[:LONGEST_USER].strip("-") or "company"
