"""Conversations with the Web Connector, and the raw messages that travelled in them. Read back at every call."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from qbwc_bridge.records import CompanyFile, Conversation, Failure, Series, Tally
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import conversations, messages
from qbwc_bridge.store.rows import failure_from, failure_values

GOOD, BAD = ("ok", "held", "repaired"), ("failed", "stopped")


@dataclass(frozen=True, slots=True)
class Message:
    """One raw document of a conversation. ``direction`` is ``request`` or ``response``."""

    round: int
    direction: str
    at: datetime
    body: str
    hresult: str = ""
    message: str = ""


def begin(c: Connection, company_id: int, ticket_hash: str, *, trigger: str, address: str, now: datetime) -> None:
    """A new open conversation."""
    row = {"company_id": company_id, "ticket_hash": ticket_hash, "started": now, "last_call_at": now}
    c.execute(insert(conversations).values({**row, "trigger": trigger, "address": address}))


def by_ticket(c: Connection, ticket_hash: str) -> Conversation | None:
    """The conversation of a ticket, open or ended."""
    row = c.execute(select(conversations).where(conversations.c.ticket_hash == ticket_hash)).first()
    return None if row is None else _record(row)


def by_id(c: Connection, company_id: int, conversation_id: int) -> Conversation:
    """One conversation."""
    mine = select(conversations).where(conversations.c.company_id == company_id, conversations.c.id == conversation_id)
    return _record(c.execute(mine).one())


def open_of(c: Connection, company_id: int) -> Conversation | None:
    """The one open conversation of a company."""
    mine = select(conversations).where(conversations.c.company_id == company_id, conversations.c.ended.is_(None))
    row = c.execute(mine.order_by(conversations.c.id.desc()).limit(1)).first()
    return None if row is None else _record(row)


def running(c: Connection, company_id: int, since: datetime) -> Conversation | None:
    """The open conversation with a call after ``since``, for those who only look."""
    mine = select(conversations).where(conversations.c.company_id == company_id, conversations.c.ended.is_(None))
    row = c.execute(
        mine.where(conversations.c.last_call_at > since).order_by(conversations.c.id.desc()).limit(1)
    ).first()
    return None if row is None else _record(row)


def log(c: Connection, company_id: int, limit: int = 100) -> list[Conversation]:
    """The sync log, newest first."""
    mine = select(conversations).where(conversations.c.company_id == company_id)
    return [_record(row) for row in c.execute(mine.order_by(conversations.c.id.desc()).limit(limit))]


def failed_since(c: Connection, company_id: int, since: datetime | None) -> Series:
    """The updates that ended badly and began after ``since``, the last good one (None: there was none)."""
    bad = (
        conversations.c.company_id == company_id,
        conversations.c.ended.is_not(None),
        conversations.c.result.in_(BAD),
    )
    later = bad if since is None else (*bad, conversations.c.started >= since)
    counted = select(func.count().label("n"), func.min(conversations.c.started).label("first")).where(*later)
    row = c.execute(counted).one()
    last = c.execute(select(conversations).where(*later).order_by(conversations.c.id.desc()).limit(1)).first()
    return Series(row.n, row.first, failure_from(last) if last else None)


def last_good_before(c: Connection, company_id: int, moment: datetime) -> datetime | None:
    """When the last good update before a moment ended."""
    good = select(func.max(conversations.c.ended)).where(conversations.c.company_id == company_id)
    ended: datetime | None = c.execute(
        good.where(conversations.c.ended < moment, conversations.c.result.in_(GOOD))
    ).scalar()
    return ended


def with_old_messages(c: Connection, before: datetime) -> list[int]:
    """The companies that have raw documents older than ``before``."""
    old = select(messages.c.company_id).distinct().where(messages.c.at < before)
    return list(c.execute(old.order_by(messages.c.company_id)).scalars())


def change(c: Connection, company_id: int, conversation_id: int, **values: Any) -> None:
    """Set columns of one conversation."""
    mine = update(conversations).where(conversations.c.company_id == company_id)
    c.execute(mine.where(conversations.c.id == conversation_id).values(values))


def verified(c: Connection, company_id: int, conversation_id: int, file: CompanyFile, qbxml_version: str) -> None:
    """This is the company file we expected."""
    values = {"file_name": file.name, "file_path": file.path, "qbxml_version": qbxml_version}
    change(c, company_id, conversation_id, verified=True, **values)


def count(c: Connection, company_id: int, conversation: Conversation, now: datetime) -> None:
    """Write the run's counters, both sides' tallies, and how it stands."""
    tallies = {
        "quickbooks_count": conversation.quickbooks.count if conversation.quickbooks else None,
        "quickbooks_total": conversation.quickbooks.total if conversation.quickbooks else None,
        "our_count": conversation.ours.count if conversation.ours else None,
        "our_total": conversation.ours.total if conversation.ours else None,
    }
    state = {
        "result": conversation.result,
        **failure_values(conversation.failure, now if conversation.failure else None),
    }
    numbers = {"added": conversation.added, "changed": conversation.changed, "removed": conversation.removed}
    change(c, company_id, conversation.id, progress=conversation.progress, **numbers, **tallies, **state)


def end(
    c: Connection, company_id: int, conversation_id: int, result: str, failure: Failure | None, now: datetime
) -> None:
    """Over: ``result`` is ok, held, failed or stopped."""
    change(c, company_id, conversation_id, ended=now, result=result, **failure_values(failure, now))


def keep_message(c: Connection, company_id: int, conversation_id: int, message: Message) -> None:
    """Store a raw document, compressed."""
    row = {
        "company_id": company_id, "conversation_id": conversation_id, "round": message.round,
        "direction": message.direction, "at": message.at, "hresult": message.hresult, "message": message.message,
        "body": zlib.compress(message.body.encode(), 1),
    }  # fmt: skip
    c.execute(insert(messages).values(row))


def messages_of(c: Connection, company_id: int, conversation_id: int) -> list[Message]:
    """The raw documents of one conversation, in order."""
    mine = select(messages).where(messages.c.company_id == company_id, messages.c.conversation_id == conversation_id)
    return [_message(row) for row in c.execute(mine.order_by(messages.c.id))]


def forget_messages(c: Connection, company_id: int, before: datetime) -> None:
    """Drop raw documents older than ``before``."""
    c.execute(delete(messages).where(messages.c.company_id == company_id, messages.c.at < before))


def _message(row: Row[Any]) -> Message:
    body = zlib.decompress(row.body).decode()
    return Message(row.round, row.direction, row.at, body, row.hresult, row.message)


def _record(row: Row[Any]) -> Conversation:
    return Conversation(
        id=row.id,
        company_id=row.company_id,
        started=row.started,
        last_call_at=row.last_call_at,
        address=row.address,
        ended=row.ended,
        trigger=row.trigger,
        verified=row.verified,
        qbxml_version=row.qbxml_version,
        file=None if row.file_name is None else CompanyFile(row.file_name, row.file_path or ""),
        rounds=row.rounds,
        progress=row.progress,
        connection_errors=row.connection_errors,
        awaiting_answer=row.awaiting_answer,
        result=row.result,
        failure=failure_from(row),
        added=row.added,
        changed=row.changed,
        removed=row.removed,
        quickbooks=_tally(row.quickbooks_count, row.quickbooks_total),
        ours=_tally(row.our_count, row.our_total),
    )


def _tally(count: int | None, total: Any) -> Tally | None:
    return None if count is None else Tally(count, total)
