"""What every page needs of the outside: the database, the configuration, the time, and the habits of a company.

In: the running application. Out: transactions, the moment of this request, formats. It never knows who is asking.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app, g

from qbwc_bridge.config import Config
from qbwc_bridge.connector.throttle import Throttle
from qbwc_bridge.records import Company
from qbwc_bridge.selfchecks import OneAtATime
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.summary import Clock
from qbwc_bridge.web.formats import Formats, formats


@dataclass(frozen=True, slots=True)
class Site:
    """What ``create_app`` was given, the memory of failed sign-ins, and the one who runs self-checks."""

    database: Database
    config: Config
    clock: Callable[[], datetime]
    throttle: Throttle
    checking: OneAtATime = field(default_factory=OneAtATime)


def site() -> Site:
    """The site this request belongs to."""
    found: Site = current_app.extensions["qbwc_bridge"]
    return found


def now() -> datetime:
    """The moment of this request: the same for all that one page says."""
    if "now" not in g:
        g.now = site().clock()
    moment: datetime = g.now
    return moment


def reading() -> AbstractContextManager[Connection]:
    """A read transaction: one moment of the data."""
    return site().database.read()


def writing() -> AbstractContextManager[Connection]:
    """A write transaction: all of it or nothing."""
    return site().database.begin()


def public(path: str) -> str:
    """The address people outside use for a path of ours."""
    return f"{site().config.server.public_url}{path}"


def poll_minutes() -> int:
    """How often the Web Connector is asked to call."""
    return site().config.sync.poll_minutes


def kept_since() -> datetime:
    """Raw messages of this moment and before are not shown any more, though the caretaker is yet to drop them."""
    return now() - timedelta(days=site().config.sync.keep_messages_days)


def formats_of(company: Company, currency: str = "") -> Formats:
    """The company's way of writing money, dates and moments."""
    return formats(company.country, currency, Clock(now(), company.timezone), company.locale)
