"""Who may see and do what. Every permission decision of the site is made here, together with fetching the object.

In: the session and the identifiers of an address. Out: the person in the company they act in, and the object; or 404 for
what is not theirs to know of, 403 for what they may see but not do, or the way to the sign-in page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import abort, g, request, session
from werkzeug.exceptions import HTTPException, TooManyRequests
from werkzeug.exceptions import NotFound as NoSuchThing

from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.errors import NotFound
from qbwc_bridge.records import ClientColumns, Company, Conversation, Project, Role, User
from qbwc_bridge.store import companies, conversations, projects, summaries, tokens, users
from qbwc_bridge.store.conversations import Message
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.summaries import ProjectStatus
from qbwc_bridge.store.tokens import Token
from qbwc_bridge.web.session import signed_in as session_of
from qbwc_bridge.web.site import kept_since, now, poll_minutes, site

Thing = TypeVar("Thing")
WRONG_TOKENS = "wrong tokens"
RANK = {Role.CLIENT: 0, Role.STAFF: 1, Role.ADMIN: 2}


class SignInNeeded(HTTPException):
    """Nobody is signed in; the way to the sign-in page."""

    code = 401
    description = "Sign in first."


class TokenNeeded(HTTPException):
    """A program sent no token, or one that opens nothing; ``challenge`` says which (RFC 6750, section 3)."""

    code = 401

    def __init__(self, sentence: str, challenge: str) -> None:
        super().__init__(sentence)
        self.challenge = challenge

    def get_headers(self, *asked: Any) -> list[tuple[str, str]]:
        """With how to come in."""
        return [*super().get_headers(*asked), ("WWW-Authenticate", f'Bearer realm="qbwc-bridge"{self.challenge}')]


class CompanyNeeded(HTTPException):
    """Whoever runs the installation is signed in, and there is no company yet; the way to the page that adds one."""

    code = 409
    description = "Add a company first."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in, in the company they act in. ``granted`` are a client's projects."""

    user: User
    company: Company
    role: Role
    companies: tuple[Company, ...]
    granted: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        """What the log says of them."""
        return self.user.name or self.user.email

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def is_staff(self) -> bool:
        return RANK[self.role] >= RANK[Role.STAFF]

    def may_see(self, project_id: int) -> bool:
        """Staff see all projects of their company, a client the granted ones, unless they are archived."""
        return self.is_staff or project_id in self.granted


def signed_in(c: Connection, need: Role = Role.CLIENT) -> Person:
    """The person, in the company they chose last. 403 when their role there does not reach."""
    user = _user(c)
    mine = _companies(c, user)
    if not mine and user.operator:
        raise CompanyNeeded
    if not mine:
        abort(403, "Your account belongs to no company at the moment. Ask the person who invited you.")
    g.person = _present(c, user, mine)
    return _allowed(g.person, need)


def operator(c: Connection) -> User:
    """Whoever runs the installation, also before there is a company. 403 for everybody else."""
    user = _user(c)
    mine = _companies(c, user)
    if mine:
        g.person = _present(c, user, mine)
    if not user.operator:
        abort(403, "Only whoever runs this installation adds companies.")
    return user


def first_run(c: Connection) -> bool:
    """Is there no admin yet, so that whoever has the one-time code may become the first?"""
    return not users.has_admin(c)


def project(c: Connection, project_id: int, need: Role = Role.CLIENT) -> tuple[Person, Project]:
    """The project and the person in its company, which may be another of theirs than the one they looked at last.

    404 when it does not exist, belongs to somebody else or was not granted; 403 when the role does not reach.
    """
    return _in_a_company(c, lambda person: _project(c, person, project_id), need)


def run(c: Connection, run_id: int) -> tuple[Person, Conversation]:
    """A line of the sync log and the person in its company, for staff. 404 when it does not exist or belongs to somebody
    else."""
    return _in_a_company(c, lambda person: _run(c, person, run_id), Role.STAFF)


def message(
    c: Connection, run_id: int, message_id: int, most: int | None = None
) -> tuple[Person, Conversation, Message]:
    """A raw document of a sync, or its beginning, for admins. 404 also when it is too old to be kept."""
    person, found = run(c, run_id)
    _allowed(person, Role.ADMIN)
    return person, found, conversations.message(c, person.company.id, run_id, message_id, kept_since(), most)


def columns(person: Person, project: Project) -> ClientColumns:
    """The optional columns of the payments the person is shown: staff all of them, a client what the admin allows."""
    return ClientColumns(applied_to=True, memo=True) if person.is_staff else project.clients_see


def member(c: Connection, user_id: int) -> tuple[Person, User]:
    """Somebody of the admin's own company. 404 for anybody else."""
    person = signed_in(c, need=Role.ADMIN)
    try:
        user = users.by_id(c, user_id)
    except NotFound:
        abort(404)
    if not user.listed_as(person.company.id):
        abort(404)
    return person, user


def token(c: Connection, token_id: int) -> tuple[Person, Token]:
    """A program's token of the admin's own company. 404 for anybody else's."""
    person = signed_in(c, need=Role.ADMIN)
    return person, tokens.by_id(c, person.company.id, token_id)


def program(c: Connection) -> Company:
    """The company a program may read, by the token it sends. No session counts here, whoever is signed in.

    401 without a token we know, 429 after several wrong ones from one address. A right token never waits: it is looked up
    before anything is counted.
    """
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        raise TokenNeeded("Send the header Authorization: Bearer, followed by a token of this company.", "")
    found = tokens.opened_by(c, token_hash(sent.token))
    if found is None:
        _slow_down()
        raise TokenNeeded(
            "This token is unknown or revoked. An admin makes tokens under Settings, Programs.",
            ', error="invalid_token"',
        )
    g.token = found
    return companies.by_id(c, found.company_id)


def may_link(person: Person, user: User) -> bool:
    """May the admin make a one-time link for somebody? For who was invited, yes: it opens only the admin's company.

    Otherwise it resets a password, so only for people of no other company: it would open that one too.
    """
    here = person.company.id
    return not user.operator and (here in user.offered or user.companies == {here})


def choose_company(c: Connection, company_id: int) -> None:
    """Switch to another of the person's companies. 404 when it is not theirs."""
    chosen = next((company for company in _companies(c, _user(c)) if company.id == company_id), None)
    if chosen is None:
        abort(404)
    _settle(chosen)


def visible(person: Person, lines: list[ProjectStatus]) -> list[ProjectStatus]:
    """Of all projects in use, those the person may see."""
    return [line for line in lines if person.may_see(line.project.id)]


def archived(c: Connection, person: Person) -> list[ProjectStatus]:
    """The archived projects, which only staff see."""
    return summaries.archived(c, person.company.id, now(), poll_minutes(), counting=False) if person.is_staff else []


def account(c: Connection) -> User | None:
    """For pages that are open to all: whose account is signed in, whether it opens a company or not."""
    try:
        return _user(c)
    except HTTPException:
        return None


def somebody(c: Connection) -> Person | None:
    """For pages that are open to all: the person if one is signed in."""
    try:
        return signed_in(c)
    except HTTPException:
        return None


def _in_a_company(c: Connection, look: Callable[[Person], Thing | None], need: Role) -> tuple[Person, Thing]:
    """What is looked for, in the first of the person's companies that has it; the one they looked at last comes first."""
    user = _user(c)
    mine = _companies(c, user)
    people = [_person(c, user, company, mine) for company in mine]
    for person in sorted(people, key=lambda person: person.company.id != session.get("company")):
        g.setdefault("person", person)
        found = look(person)
        if found is not None:
            _settle(person.company)
            g.person = person
            return _allowed(person, need), found
    raise NoSuchThing


def _slow_down() -> None:
    throttle, address = site().throttle, request.remote_addr or ""
    wait = throttle.wait(WRONG_TOKENS, address, now())
    if wait:
        raise TooManyRequests(
            f"There were several wrong tokens. Wait {wait} seconds, then try again.", retry_after=wait
        )
    throttle.failed(WRONG_TOKENS, address, now())


def _user(c: Connection) -> User:
    known = session_of(now(), site().config.web.session_days)
    if known is None:
        raise SignInNeeded
    user_id, epoch = known
    try:
        user = users.by_id(c, user_id)
    except NotFound:
        raise SignInNeeded from None
    if user.session_epoch != epoch:
        raise SignInNeeded
    return user


def _companies(c: Connection, user: User) -> tuple[Company, ...]:
    return tuple(company for company in companies.listing(c) if user.operator or company.id in user.roles)


def _present(c: Connection, user: User, mine: tuple[Company, ...]) -> Person:
    """In the company they chose last."""
    chosen = next((company for company in mine if company.id == session.get("company")), mine[0])
    return _person(c, user, chosen, mine)


def _person(c: Connection, user: User, company: Company, mine: tuple[Company, ...]) -> Person:
    role = Role.ADMIN if user.operator else user.roles[company.id]
    granted = frozenset(users.grants(c, user.id, company.id)) if role is Role.CLIENT else frozenset()
    return Person(user, company, role, mine, granted)


def _allowed(person: Person, need: Role) -> Person:
    if RANK[person.role] < RANK[need]:
        who = "admins" if need is Role.ADMIN else "staff"
        abort(403, f"This page is for {who} of {person.company.name}. Ask an admin if you need something here.")
    return person


def _project(c: Connection, person: Person, project_id: int) -> Project | None:
    if not person.may_see(project_id):
        return None
    try:
        found = projects.by_id(c, person.company.id, project_id)
    except NotFound:
        return None
    return found if person.is_staff or found.archived_at is None else None


def _run(c: Connection, person: Person, run_id: int) -> Conversation | None:
    try:
        return conversations.by_id(c, person.company.id, run_id)
    except NotFound:
        return None


def _settle(company: Company) -> None:
    if session.get("company") != company.id:
        session["company"] = company.id
