"""The Web Connector's calls, one method each. All state is in the database: any process can answer any call.

What flows in: the calls' plain arguments. What flows out: exactly what each call may return (reference: what every return
value means). A business problem is never an exception here but a return value and a sentence for ``getLastError``.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import ParamSpec, TypeVar

from qbwc_bridge import __version__
from qbwc_bridge.config import Sync
from qbwc_bridge.config.logs import note
from qbwc_bridge.connector import company_file, lifecycle, outcomes
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.connector.answers import take
from qbwc_bridge.connector.away import kindly
from qbwc_bridge.connector.credentials import matches, new_token, password_hash
from qbwc_bridge.connector.settling import settle
from qbwc_bridge.connector.throttle import Throttle
from qbwc_bridge.connector.work import Work
from qbwc_bridge.errors import AnswerUnreadable, TotalsDiffer
from qbwc_bridge.qbxml import Query, impersonal_pieces, negotiate, read_answers, read_host, render
from qbwc_bridge.records import Answer, Company, Conversation, Failure, Request, RequestKind, RequestState
from qbwc_bridge.store import companies, conversations, polls
from qbwc_bridge.store import requests as rows
from qbwc_bridge.store.conversations import Message
from qbwc_bridge.store.database import Connection, Database

log = logging.getLogger(__name__)
Asked = ParamSpec("Asked")
Answered = TypeVar("Answered")

REMEMBERED = 10_000
"""What is kept from one call of a poll to the next, by address or ticket. Anybody may call, so there is a limit."""

NOT_PARSED = "0x80040400"

SESSION_EXPIRED = outcomes.failure("session-expired").sentence
INTERRUPTED = "The update was interrupted; the next one takes up where it stopped. Nothing was half stored."
NOBODY = password_hash(new_token())


AWAY = outcomes.failure("database-away").sentence


class Conversations:
    """The service behind the SOAP room. ``now`` is the clock."""

    def __init__(
        self, database: Database, settings: Sync, now: Callable[[], datetime], throttle: Throttle | None = None
    ) -> None:
        self.database = database
        self.settings = settings
        self.now = now
        self.versions: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.throttle = throttle or Throttle()

    def server_version(self) -> str:
        """Shown in the Web Connector's "More information"."""
        return f"qbwc-bridge {__version__}"

    def client_version(self, version: str, address: str) -> str:
        """Every Web Connector is welcome: a warning would open a dialog on an unattended computer. Who calls is known only
        with ``authenticate``, the next call from the same address."""
        _remember(self.versions, address, version[:40])
        return ""

    @kindly(["", "busy"])
    def authenticate(self, user: str, password: str, address: str) -> list[str]:
        """Ticket and ``""`` when there is work, ``none`` when nothing is due, ``nvu`` or ``busy``."""
        now = self.now()
        with self.database.begin(durable=False) as c:  # what is lost with the power, the next poll finds out again
            poll = polls.poll(c, user.strip())
            if not matches(password, poll.password_hash if poll else NOBODY) or poll is None:
                return self._unknown(user, address, now)
            note(company=poll.company.id)
            self.throttle.succeeded(user, address, now)
            version = self.versions.pop(address, poll.company.connector_version)
            if version != poll.company.connector_version:
                companies.connector_version(c, poll.company.id, version)
            if poll.idle and (reason := lifecycle.nothing_to_do(poll.company, now)):
                answer = lifecycle.none_due(c, poll.company, now, reason)
                _remember(self.reasons, answer[0], reason)
                return answer
            return self._begun(c, poll.company.id, address, now)

    def _begun(self, c: Connection, company_id: int, address: str, now: datetime) -> list[str]:
        """A conversation, unless another one is going on or nothing is due."""
        companies.lock(c, company_id)
        company = companies.by_id(c, company_id)
        before = conversations.open_of(c, company.id)
        if before and lifecycle.is_active(before, address, now):
            return ["", "busy"]
        if before:
            lifecycle.abandon(c, before, now)
        return lifecycle.begin(c, company, address, now)

    def _unknown(self, user: str, address: str, now: datetime) -> list[str]:
        """``nvu``, and after many wrong passwords from one address ``busy``. The right password is never kept waiting."""
        log.warning("The Web Connector at %s gave a wrong user name or password.", address)
        if self.throttle.wait(user, address, now):
            return ["", "busy"]
        self.throttle.failed(user, address, now)
        return ["", "nvu"]

    @kindly("")
    def send_request_xml(
        self, ticket: str, hcp_response: str, company_file_name: str, country: str, major: int, minor: int
    ) -> str:
        """The next message of qbXML; ``""`` sends the Web Connector to ``getLastError``."""
        now = self.now()
        with self.database.begin() as c:
            conversation = lifecycle.called(c, ticket, now)
            if conversation is None or conversation.ended:
                return ""
            if conversation.awaiting_answer:  # the last answer was lost on its way: queries may be sent again
                queue.recover(c, conversation.company_id)
            if not conversation.verified:
                company = companies.by_id(c, conversation.company_id)
                host = read_host(hcp_response, company.owner_id)
                verdict = company_file.verify(company, host, company_file_name)
                version = negotiate(host.versions, major, minor)
                if verdict.unknown and not conversation.rounds:
                    return self._ask_which_file(c, conversation, company, company_file_name, version or "13.0", now)
                conversation = self._admit(c, conversation, verdict, version, now)
                if conversation.verified:
                    companies.connected(c, company.id, product=host.product, country=host.country or country)
            return self._next_message(c, conversation, now) if conversation.verified else ""

    @kindly(-1)
    def receive_response_xml(self, ticket: str, response: str, hresult: str, message: str) -> int:
        """Per cent done; 100 only when nothing is left; -1 sends the Web Connector to ``getLastError``."""
        now = self.now()
        with self.database.begin() as c:  # first of all the raw answer is safe
            conversation = lifecycle.called(c, ticket, now)
            if conversation is None:
                log.warning("An answer of %d characters came for an unknown ticket.", len(response))
                return -1
            if conversation.ended or not conversation.awaiting_answer:
                return lifecycle.verdict_again(conversation)
            raw = Message(conversation.rounds, "response", now, "", hresult, message)
            self._keep(c, conversation, raw, impersonal_pieces(response))
        if hresult.strip():
            failure = outcomes.failure(hresult.strip(), message)
            unparsed = conversation.verified and hresult.strip().lower() == NOT_PARSED
            return (self._isolated if unparsed else self._refused)(conversation, failure, now)
        try:
            return self._worked_in(conversation, response, now)
        except (AnswerUnreadable, TotalsDiffer) as error:
            code = "totals-differ" if isinstance(error, TotalsDiffer) else "answer-unreadable"
            return self._refused(conversation, Failure(code, error.sentence, error.hint), now)

    @kindly("done")
    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        """``done``, or once ``""`` to try the company file that is open."""
        now = self.now()
        with self.database.begin() as c:
            conversation = lifecycle.called(c, ticket, now)
            if conversation is None or conversation.ended:
                return "done"
            tried = conversation.connection_errors
            conversations.change(c, conversation.company_id, conversation.id, connection_errors=tried + 1)
            if tried == 0 and outcomes.retry_connection(hresult.strip()):
                return ""
            lifecycle.fail(c, conversation, outcomes.failure(hresult.strip(), message), now)
            return "done"

    @kindly(AWAY)
    def get_last_error(self, ticket: str) -> str:
        """What went wrong, for the Web Connector's own window. Never empty, never ``NoOp``."""
        if ticket.startswith(lifecycle.IDLE):
            return self._nothing_due(ticket) or SESSION_EXPIRED
        with self.database.begin() as c:
            conversation = lifecycle.called(c, ticket, self.now())
            if conversation is None:
                return SESSION_EXPIRED
            if conversation.failure:
                return f"{conversation.failure.sentence} {conversation.failure.hint}".strip()
            return "Nothing left to ask." if conversation.ended else INTERRUPTED

    @kindly(AWAY)
    def close_connection(self, ticket: str) -> str:
        """The text for the Web Connector's Status column."""
        if ticket.startswith(lifecycle.IDLE):
            return self._nothing_due(ticket) or "OK"
        now = self.now()
        with self.database.begin() as c:
            conversation = lifecycle.called(c, ticket, now)
            if conversation is None:
                return "OK"
            if not conversation.ended:
                lifecycle.abandon(c, conversation, now)
                return outcomes.abandoned().sentence
            return lifecycle.said(conversation)

    def _nothing_due(self, ticket: str) -> str:
        """Why the poll with this ticket brought nothing; it is mostly this process that said so a moment ago."""
        if reason := self.reasons.pop(ticket, ""):
            return reason
        with self.database.read() as c:
            return lifecycle.told(c, ticket)

    def _ask_which_file(
        self, c: Connection, conversation: Conversation, company: Company, path: str, version: str, now: datetime
    ) -> str:
        """QuickBooks did not introduce itself: ask for the FileID alone, and nothing else before it is known."""
        rows.queue(c, company.id, RequestKind.COMPANY, trigger=conversation.trigger, now=now)
        conversations.change(c, company.id, conversation.id, qbxml_version=version, file_name="", file_path=path)
        asked = [row for row in rows.open_rows(c, company.id) if row.kind is RequestKind.COMPANY]
        return self._send(c, conversation, [replace(row, sends=row.sends + 1) for row in asked[-1:]], version, now)

    def _admit(
        self,
        c: Connection,
        conversation: Conversation,
        verdict: company_file.Verdict,
        version: str | None,
        now: datetime,
    ) -> Conversation:
        """Lock the company to its file and go on, or end the conversation with the reason."""
        failure = verdict.failure
        if verdict.unknown:
            failure = outcomes.company_file_unknown()
        elif version is None:
            failure = outcomes.qbxml_too_old("", "5.0")
        if failure or version is None:
            if verdict.other:
                companies.refuse_file(c, conversation.company_id, verdict.other)
            lifecycle.fail(c, conversation, failure or outcomes.company_file_unknown(), now)
            return conversation
        companies.lock_file(c, conversation.company_id, verdict.lock)
        conversations.verified(c, conversation.company_id, conversation.id, verdict.file, version)
        return replace(conversation, verified=True, qbxml_version=version, file=verdict.file)

    def _next_message(self, c: Connection, conversation: Conversation, now: datetime) -> str:
        chosen = queue.next_message(c, conversation)
        if chosen:
            return self._send(c, conversation, chosen, conversation.qbxml_version, now)
        lifecycle.finish(c, conversation, now)
        return ""

    def _send(
        self, c: Connection, conversation: Conversation, chosen: list[Request], version: str, now: datetime
    ) -> str:
        company = companies.by_id(c, conversation.company_id)
        text = render([self._query(row, company) for row in chosen], version)
        for row in chosen:
            rows.send(c, company.id, row, conversation.id)
        travel = conversation.rounds + 1
        conversations.change(c, company.id, conversation.id, rounds=travel, awaiting_answer=True)
        self._keep(c, conversation, Message(travel, "request", now, text))
        return text

    def _query(self, row: Request, company: Company) -> Query:
        return Query(
            id=row.wire_id,
            kind=row.kind,
            ids=row.ids,
            with_jobs=row.with_jobs,
            iterator_id=row.iterator_id,
            since=row.since,
            page_size=self.settings.page_size,
            owner_id=company.owner_id,
        )

    def _worked_in(self, conversation: Conversation, response: str, now: datetime) -> int:
        answers = read_answers(response)  # outside any transaction: a large answer takes a while
        with self.database.begin() as c:
            companies.lock(c, conversation.company_id)
            conversation = conversations.by_id(c, conversation.company_id, conversation.id)
            if not conversation.awaiting_answer:
                return lifecycle.verdict_again(conversation)
            conversations.change(c, conversation.company_id, conversation.id, awaiting_answer=False)
            if not conversation.verified:
                return self._identified(c, conversation, answers, response, now)
            return self._apply(c, conversation, answers, now)

    def _identified(
        self, c: Connection, conversation: Conversation, answers: list[Answer], response: str, now: datetime
    ) -> int:
        """The answer to the lone CompanyQuery."""
        company = companies.by_id(c, conversation.company_id)
        asked = [row.id for row in rows.open_rows(c, company.id) if row.kind is RequestKind.COMPANY]
        rows.end(c, company.id, asked, RequestState.DONE, now)
        path = conversation.file.path if conversation.file else ""
        verdict = company_file.verify(company, read_host(response, company.owner_id), path)
        return 0 if self._admit(c, conversation, verdict, conversation.qbxml_version, now).verified else -1

    def _apply(self, c: Connection, conversation: Conversation, answers: list[Answer], now: datetime) -> int:
        work = Work(c, conversation, self.settings.page_size, now)
        take(work, answers)
        answers.clear()  # stored or staged; what is complete is read back, and need not be in memory twice
        return self._gone_on(work)

    def _gone_on(self, work: Work) -> int:
        """After every answer: apply what is complete, and say how far it is."""
        c, conversation, now = work.c, work.conversation, work.now
        settle(work)
        run = replace(work.conversation, progress=work.progress(), failure=work.first_problem, result=work.result)
        conversations.count(c, conversation.company_id, run, now)
        if any(queue.sendable(row, conversation) for row in work.open_rows()):
            return run.progress
        lifecycle.finish(c, run, now)
        asked = rows.in_conversation(c, conversation.company_id, conversation.id)
        return 100 if any(row.state is RequestState.DONE for row in asked) or not run.failure else -1

    def _refused(self, conversation: Conversation, failure: Failure, now: datetime) -> int:
        """The whole message failed: one more attempt for each row in it, and the conversation ends."""
        with self.database.begin() as c:
            companies.lock(c, conversation.company_id)
            for row in rows.open_rows(c, conversation.company_id):
                if row.state is RequestState.SENT and row.conversation_id == conversation.id:
                    queue.fail(c, conversation.company_id, row, failure, now)
            lifecycle.fail(c, conversation, failure, now)
        return -1

    def _keep(self, c: Connection, conversation: Conversation, message: Message, pieces: Iterable[str] = ()) -> None:
        """For the admins who look into the sync log. The caretaker drops it when it has grown old."""
        if self.settings.keep_messages_days:
            conversations.keep_message(c, conversation.company_id, conversation.id, message, pieces)

    def _isolated(self, conversation: Conversation, failure: Failure, now: datetime) -> int:
        """QuickBooks could not parse the message, and did not say which request is to blame: each goes out alone, in this
        same conversation, until the culprit is known. It alone fails, for good: it would be refused again unchanged."""
        with self.database.begin() as c:
            companies.lock(c, conversation.company_id)
            conversation = conversations.by_id(c, conversation.company_id, conversation.id)
            conversations.change(c, conversation.company_id, conversation.id, awaiting_answer=False)
            work = Work(c, conversation, self.settings.page_size, now)
            sent = [row for row in work.open_rows() if row.state is RequestState.SENT]
            if len(sent) > 1:
                rows.restart(c, conversation.company_id, [row.id for row in sent], attempts=1)
            for row in sent if len(sent) == 1 else []:
                work.fail(row, failure, for_good=True)
            return self._gone_on(work)


def _remember(notes: dict[str, str], key: str, value: str) -> None:
    if len(notes) >= REMEMBERED:
        notes.clear()
    notes[key] = value
