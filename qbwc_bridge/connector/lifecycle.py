"""How a conversation begins, when it counts as alive, and how it ends.

What flows in: a company or a conversation, and the moment. What flows out: rows in the store, and what the Web Connector is
told. Every end goes through here, so that nothing half done is left behind.
"""

import logging
from datetime import datetime, timedelta

from qbwc_bridge.config.logs import note
from qbwc_bridge.connector import outcomes
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.connector.credentials import new_token, token_hash
from qbwc_bridge.records import Company, Conversation, Failure, Trigger
from qbwc_bridge.store import companies, conversations
from qbwc_bridge.store import requests as rows
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import LATELY, pressed_at
from qbwc_bridge.sync.due import daily_is_due, kept_waiting, nothing_due

log = logging.getLogger(__name__)

BUSY_ELSEWHERE = timedelta(seconds=60)
"""A conversation with a call this recent from another address is really active (reference: lost connections)."""

BUSY_HERE = timedelta(seconds=10)
"""From the same address a new ``authenticate`` means the old update died: the Web Connector runs one at a time."""

MINIMUM_SECONDS = "60"
"""The Web Connector may be set to poll every second; ``authenticate``'s fourth slot is a lower bound it keeps."""


IDLE = "idle."
"""How a ticket begins that belongs to no conversation. The number of the company follows."""


def nothing_to_do(company: Company, now: datetime) -> str:
    """Why a poll of a company with an empty queue is over at once; "" when it may not be. Asked without its turn: it decides
    nothing for good."""
    if waiting := kept_waiting(company, now, ()):
        return waiting
    due = company.customers_received_at is None or daily_is_due(company, now)
    return "" if due else nothing_due(company, now)


def none_due(c: Connection, company: Company, now: datetime, reason: str) -> list[str]:
    """The answer of a poll that brings nothing; the reason is for ``closeConnection``."""
    ticket = f"{IDLE}{company.id}.{new_token()}"
    companies.seen(c, company.id, now, reason, token_hash(ticket))
    return [ticket, "none", "", MINIMUM_SECONDS]


def told(c: Connection, ticket: str) -> str:
    """The reason that goes with the ticket of such a poll; "" when a later one has been answered."""
    number = ticket.removeprefix(IDLE).partition(".")[0]
    known = number.isascii() and number.isdigit() and len(number) < 10
    return companies.idle_reason(c, int(number), token_hash(ticket)) if known else ""


def begin(c: Connection, company: Company, address: str, now: datetime) -> list[str]:
    """Begin a conversation if anything is due; else say why not."""
    asked = rows.open_rows(c, company.id)
    waiting = kept_waiting(company, now, conversations.log(c, company.id, LATELY), pressed_at(asked))
    trigger = None if waiting else _due(c, company, now)
    if trigger is None:
        return none_due(c, company, now, waiting or nothing_due(company, now))
    ticket = new_token()
    queue.prepare(c, company, trigger, now)
    people = dict.fromkeys(row.requested_by for row in asked if row.requested_by)
    begun = conversations.begin(
        c, company.id, token_hash(ticket), trigger=trigger, asked_by=people, address=address, now=now
    )
    note(conversation=begun)
    companies.seen(c, company.id, now, f"Sync started: {trigger}.")
    return [ticket, ""]


def _due(c: Connection, company: Company, now: datetime) -> str | None:
    """Why there is work, or None. A passed daily slot puts its pulls into the queue."""
    queue.request_daily(c, company, now)
    reasons = {row.trigger: None for row in rows.open_rows(c, company.id)}
    if company.customers_received_at is None:
        reasons.setdefault(Trigger.FIRST_POLL)
    return ", ".join(reasons) or None


def is_active(conversation: Conversation, address: str, now: datetime) -> bool:
    """Did a call arrive so lately that another connector has to wait?"""
    quiet = abs(now - conversation.last_call_at)  # the service's own clock may have been set back
    return quiet < (BUSY_HERE if address == conversation.address else BUSY_ELSEWHERE)


def called(c: Connection, ticket: str, now: datetime) -> Conversation | None:
    """The conversation of a ticket, marked as alive; None for an unknown ticket."""
    conversation = conversations.by_ticket(c, token_hash(ticket))
    if conversation:
        note(company=conversation.company_id, conversation=conversation.id)
        companies.lock(c, conversation.company_id)
        conversation = conversations.by_id(c, conversation.company_id, conversation.id)
        conversations.change(c, conversation.company_id, conversation.id, last_call_at=now)
        companies.touch(c, conversation.company_id, now)
    return conversation


def abandon(c: Connection, conversation: Conversation, now: datetime) -> None:
    """The Web Connector stopped in the middle; what it left half done starts again next time."""
    queue.recover(c, conversation.company_id)
    _end(c, conversation, "stopped", outcomes.abandoned(), now)


def fail(c: Connection, conversation: Conversation, failure: Failure, now: datetime) -> None:
    """End the conversation with a reason that concerns the whole company."""
    queue.recover(c, conversation.company_id)
    _end(c, conversation, "failed", failure, now)
    companies.failed(c, conversation.company_id, failure, now)
    companies.seen(c, conversation.company_id, now, failure.sentence)


def finish(c: Connection, run: Conversation, now: datetime) -> None:
    """Nothing is left to ask. What could not be completed starts again with the next conversation."""
    queue.recover(c, run.company_id)
    _end(c, run, run.result or "ok", run.failure, now)
    conversations.change(c, run.company_id, run.id, progress=100)
    if run.failure and run.result == "failed":
        queue.fail_changes(c, run.company_id, run.failure, now)
        _forget_older_failure(c, run)
    else:
        companies.succeeded(c, run.company_id, now)
    companies.seen(c, run.company_id, now, said(run))


def _end(c: Connection, run: Conversation, result: str, failure: Failure | None, now: datetime) -> None:
    """Over, with one line in the log: numbers and words of ours, never what travelled."""
    conversations.end(c, run.company_id, run.id, result, failure, now)
    told: dict[str, int | str] = {"company": run.company_id, "conversation": run.id, "trigger": run.trigger}
    told |= {"result": result, "error": outcomes.plain_code(failure.code if failure else ""), "rounds": run.rounds}
    told |= {"added": run.added, "changed": run.changed, "removed": run.removed}
    told["seconds"] = round((now - run.started).total_seconds())
    words = ", ".join(f"{name} {value}" for name, value in told.items() if value != "")
    log.log(logging.WARNING if result == "failed" else logging.INFO, "Sync ended: %s", words, extra={"data": told})


def _forget_older_failure(c: Connection, run: Conversation) -> None:
    """QuickBooks was reached: what kept the whole company out before is over, though a request failed."""
    failed_at = companies.by_id(c, run.company_id).failed_at
    if failed_at and failed_at < run.started:
        companies.succeeded(c, run.company_id, None)


def verdict_again(conversation: Conversation) -> int:
    """An answer that nobody waits for (delivered twice, or too late) gets the verdict that stands."""
    if conversation.ended:
        return -1 if conversation.result in {"failed", "stopped"} and conversation.progress < 100 else 100
    return conversation.progress


def said(conversation: Conversation) -> str:
    """How a conversation went, for the Web Connector's Status column."""
    if conversation.result == "held":
        return "QuickBooks returned no payments for a project that had some; nothing was removed. An admin should look."
    if conversation.failure:
        return conversation.failure.sentence
    return f"Sync complete: {conversation.added} added, {conversation.changed} changed, {conversation.removed} removed."
