"""What each company wants to be told, and which trouble it was told of.

In: settings as typed, and what was told. Out: the same again. Telling once is kept here too: of two processes that want to
begin or end the same episode, the database lets only one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select, update

from qbwc_bridge.records import Notice, NoticeSettings
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import notices
from qbwc_bridge.store.rows import upsert


def get(c: Connection, company_id: int) -> NoticeSettings:
    """The settings of a company; nobody is told anything before somebody has set them."""
    row = c.execute(select(notices).where(notices.c.company_id == company_id)).first()
    return NoticeSettings(company_id) if row is None else _record(row)


def watched(c: Connection) -> list[NoticeSettings]:
    """The settings of all companies that want to be told something."""
    wanted = select(notices).where(or_(notices.c.emails != "", notices.c.webhook_url != ""))
    return [_record(row) for row in c.execute(wanted.order_by(notices.c.company_id))]


def put(
    c: Connection,
    company_id: int,
    *,
    emails: Sequence[str],
    webhook_url: str,
    webhook_secret: str,
    after_failures: int,
    new_payments: bool,
) -> None:
    """What an admin has chosen."""
    chosen = {
        "company_id": company_id, "emails": "\n".join(emails), "webhook_url": webhook_url,
        "webhook_secret": webhook_secret, "after_failures": after_failures, "new_payments": new_payments,
    }  # fmt: skip
    upsert(c, notices, [chosen])


def begin_episode(c: Connection, company_id: int, kind: Notice, since: datetime) -> bool:
    """This trouble is being told. False when somebody else has begun an episode meanwhile."""
    return _changed(c, company_id, notices.c.episode == "", episode=kind.value, episode_since=since)


def end_episode(c: Connection, company_id: int) -> bool:
    """It is over. False when it was over already."""
    return _changed(c, company_id, notices.c.episode != "", episode="", episode_since=None)


def left_alone(c: Connection, company_id: int, now: datetime) -> None:
    """Syncing is paused at this moment: a day without a sync is none that was missed."""
    _changed(c, company_id, left_alone_at=now)


def told_history(c: Connection, company_id: int, before: int, line: int) -> bool:
    """The payments' history is told up to a line. False when somebody else has told more than ``before`` meanwhile."""
    return _changed(c, company_id, notices.c.told_history == before, told_history=line)


def _changed(c: Connection, company_id: int, *conditions: Any, **values: Any) -> bool:
    mine = update(notices).where(notices.c.company_id == company_id, *conditions)
    return c.execute(mine.values(values)).rowcount == 1


def _record(row: Row[Any]) -> NoticeSettings:
    return NoticeSettings(
        company_id=row.company_id,
        emails=tuple(row.emails.split("\n")) if row.emails else (),
        webhook_url=row.webhook_url,
        webhook_secret=row.webhook_secret,
        after_failures=row.after_failures,
        new_payments=row.new_payments,
        episode=row.episode,
        episode_since=row.episode_since,
        left_alone_at=row.left_alone_at,
        told_history=row.told_history,
    )
