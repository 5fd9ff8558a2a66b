"""Conversations with the Web Connector, and the raw messages that travelled in them. Read back at every call."""

import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, literal, or_, select, update

from qbwc_bridge.errors import NotFound
from qbwc_bridge.records import CompanyFile, Conversation, Failure, Series, Tally
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import conversations, history, messages, requests
from qbwc_bridge.store.rows import failure_from, failure_values

GOOD, BAD = ("ok", "held", "repaired"), ("failed", "stopped")


@dataclass(frozen=True, slots=True)
class Message:
    """One raw document of a conversation. ``direction`` is ``request`` or ``response``; ``size`` is that of the whole text as it
    was kept, in characters."""

    round: int
    direction: str
    at: datetime
    body: str
    hresult: str = ""
    message: str = ""
    size: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A raw document that is kept, without its text. ``size`` is the text's, in characters."""

    id: int
    round: int
    direction: str
    at: datetime
    size: int
    hresult: str
    message: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of the log: one result, or ``running`` or ``mismatch``; one reason; asked for by one person; begun in
    ``since`` ≤ … < ``until``; those that asked for a project or changed it or one of its customer:jobs. Empty means all."""

    result: str = ""
    trigger: str = ""
    person: str = ""
    since: datetime | None = None
    until: datetime | None = None
    project_id: int | None = None
    list_ids: Collection[str] = ()


EVERYTHING = Wanted()


def begin(
    c: Connection,
    company_id: int,
    ticket_hash: str,
    *,
    trigger: str,
    asked_by: Collection[str] = (),
    address: str,
    now: datetime,
) -> int:
    """A new open conversation; returns its id."""
    row = {"company_id": company_id, "ticket_hash": ticket_hash, "started": now, "last_call_at": now}
    asked = "\n".join(" ".join(name.split()) for name in asked_by)
    whole = {**row, "trigger": trigger, "asked_by": asked, "address": address}
    return int(c.execute(insert(conversations).values(whole).returning(conversations.c.id)).scalar_one())


def by_ticket(c: Connection, ticket_hash: str) -> Conversation | None:
    """The conversation of a ticket, open or ended."""
    row = c.execute(select(conversations).where(conversations.c.ticket_hash == ticket_hash)).first()
    return None if row is None else _record(row)


def by_id(c: Connection, company_id: int, conversation_id: int) -> Conversation:
    """One conversation. Raises NotFound, also for one of another company."""
    mine = select(conversations).where(conversations.c.company_id == company_id, conversations.c.id == conversation_id)
    row = c.execute(mine).first()
    if row is None:
        raise NotFound("There is no such sync.")
    return _record(row)


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


def log(
    c: Connection, company_id: int, limit: int = 100, wanted: Wanted = EVERYTHING, before: int | None = None
) -> list[Conversation]:
    """The sync log, newest first; only the lines before the conversation ``before``."""
    mine = select(conversations).where(conversations.c.company_id == company_id, *_only(company_id, wanted))
    if before is not None:
        mine = mine.where(conversations.c.id < before)
    return [_record(row) for row in c.execute(mine.order_by(conversations.c.id.desc()).limit(limit))]


def people(c: Connection, company_id: int) -> list[str]:
    """Everybody who ever asked for a sync that ran."""
    asked = select(conversations.c.asked_by).distinct().where(conversations.c.company_id == company_id)
    return sorted({name for row in c.execute(asked) for name in _names(row)})


def latest(c: Connection, company_id: int) -> Conversation | None:
    """The last conversation, open or ended."""
    return next(iter(log(c, company_id, 1)), None)


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


def kept(c: Connection, company_id: int, conversation_ids: Collection[int]) -> set[int]:
    """Those of these that are still in the log."""
    mine = select(conversations.c.id).where(conversations.c.company_id == company_id)
    return set(c.execute(mine.where(conversations.c.id.in_(conversation_ids))).scalars())


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


def keep_message(
    c: Connection, company_id: int, conversation_id: int, message: Message, pieces: Iterable[str] = ()
) -> None:
    """Store a raw document, compressed. The ``pieces`` of a large one follow its ``body``."""
    size, body = _compressed([message.body], pieces)
    row = {
        "company_id": company_id, "conversation_id": conversation_id, "round": message.round,
        "direction": message.direction, "at": message.at, "hresult": message.hresult, "message": message.message,
        "size": size, "body": body,
    }  # fmt: skip
    c.execute(insert(messages).values(row))


def _compressed(*texts: Iterable[str]) -> tuple[int, bytes]:
    """Characters before, bytes after."""
    size, done, compressor = 0, [], zlib.compressobj(1)
    for piece in chain(*texts):
        size += len(piece)
        done.append(compressor.compress(piece.encode()))
    return size, b"".join([*done, compressor.flush()])


def envelopes(c: Connection, company_id: int, conversation_id: int, since: datetime) -> list[Envelope]:
    """What is kept of one conversation, in order, without the documents themselves; nothing from before ``since``."""
    columns = [messages.c[name] for name in ("id", "round", "direction", "at", "size", "hresult", "message")]
    mine = select(*columns).where(messages.c.company_id == company_id, messages.c.conversation_id == conversation_id)
    return [Envelope(*row) for row in c.execute(mine.where(messages.c.at > since).order_by(messages.c.id))]


def message(
    c: Connection, company_id: int, conversation_id: int, message_id: int, since: datetime, most: int | None = None
) -> Message:
    """One raw document, or its first ``most`` bytes. Raises NotFound, also for one from before ``since``."""
    mine = select(messages).where(messages.c.company_id == company_id, messages.c.conversation_id == conversation_id)
    row = c.execute(mine.where(messages.c.id == message_id, messages.c.at > since)).first()
    if row is None:
        raise NotFound("This message is not kept any more.")
    return _message(row, most)


def _only(company_id: int, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.result:
        yield _ended_as(wanted.result)
    if wanted.trigger:
        yield conversations.c.trigger.contains(wanted.trigger, autoescape=True)
    if wanted.person:
        a_name_a_line = literal("\n") + conversations.c.asked_by + "\n"
        yield a_name_a_line.contains(f"\n{wanted.person}\n", autoescape=True)
    if wanted.since:
        yield conversations.c.started >= wanted.since
    if wanted.until:
        yield conversations.c.started < wanted.until
    if wanted.project_id is not None:
        yield _concerns(company_id, wanted.project_id, wanted.list_ids)


def _ended_as(result: str) -> ColumnElement[bool]:
    if result == "running":
        return conversations.c.ended.is_(None)
    if result == "mismatch":
        counts = conversations.c.quickbooks_count != conversations.c.our_count
        return or_(counts, conversations.c.quickbooks_total != conversations.c.our_total)
    return (conversations.c.result == result) & conversations.c.ended.is_not(None)


def _concerns(company_id: int, project_id: int, list_ids: Collection[str]) -> ColumnElement[bool]:
    asked = select(requests.c.conversation_id).where(
        requests.c.company_id == company_id,
        requests.c.project_id == project_id,
        requests.c.conversation_id.is_not(None),
    )
    changed = select(history.c.conversation_id).where(
        history.c.company_id == company_id,
        history.c.conversation_id.is_not(None),
        or_(history.c.list_id.in_(list_ids), history.c.project_id == project_id),
    )
    return or_(conversations.c.id.in_(asked), conversations.c.id.in_(changed))


def _message(row: Row[Any], most: int | None = None) -> Message:
    body = zlib.decompressobj().decompress(row.body, most or 0).decode(errors="ignore" if most else "strict")
    return Message(row.round, row.direction, row.at, body, row.hresult, row.message, row.size)


def _record(row: Row[Any]) -> Conversation:
    return Conversation(
        id=row.id,
        company_id=row.company_id,
        started=row.started,
        last_call_at=row.last_call_at,
        address=row.address,
        ended=row.ended,
        trigger=row.trigger,
        asked_by=_names(row),
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


def _names(row: Row[Any]) -> tuple[str, ...]:
    return tuple(row.asked_by.splitlines())


def _tally(count: int | None, total: Any) -> Tally | None:
    return None if count is None else Tally(count, total)
