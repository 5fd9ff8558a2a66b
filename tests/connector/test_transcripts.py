"""The conversations in ``tests/conversations``, played line by line; each also with a restart of the service before every call.

    →  a call of the Web Connector             ←  what it gets back: texts in quotes, or the queries in the message
    …  something that happens in the office    =  a project: its state, and its total against QuickBooks' own

A ``*`` in a quoted text stands for anything.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from office import Office

from qbwc_bridge.connector.conversation import Conversations
from qbwc_bridge.records import Project
from qbwc_bridge.simulator.ledger import Invoice
from qbwc_bridge.store.database import Database

FOLDER = Path(__file__).parent.parent / "conversations"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))
WORD = r'"([^"]*)"'


class Player:
    """One office with one Web Connector, told line by line what happens."""

    def __init__(self, office: Office, restart: bool) -> None:
        self.office = office
        self.restart_always = restart
        self.databases: list[Database] = []
        self.projects: dict[str, Project] = {}
        self.ticket = self.request = self.answer = self.said = ""
        self.introduced = False

    def play(self, line: str) -> None:
        sign, _, words = line.partition(" ")
        {"→": self._call, "←": self._expect, "…": self._happen, "=": self._compare}[sign](words.strip())

    def close(self) -> None:
        for database in self.databases:
            database.close()

    # → ---------------------------------------------------------------------------------------------------------------

    def _call(self, words: str) -> None:
        if self.restart_always:
            self._restart()
        name, _, argument = words.partition(" ")
        self.said = CALLS[name](self, argument.strip('"'))

    def _authenticate(self, password: str) -> str:
        self.office.quickbooks.begin_session()
        self.introduced = False
        ticket, work, *_ = self.office.authenticate(password) if password else self.office.authenticate()
        self.ticket = ticket or self.ticket
        return work

    def _send(self, hcp: str) -> str:
        silent = self.introduced or hcp == "silent"
        self.introduced = True
        self.request = self.office.send(self.ticket, "" if silent else None)
        return ", ".join(dict.fromkeys(re.findall(r"<(\w+Query)Rq", self.request)))

    def _receive(self, argument: str) -> str:
        hresult = argument if argument.startswith("0x") else ""
        if argument != "again":
            self.answer = "" if hresult else self.office.quickbooks.process(self.request)
        said = "QuickBooks found an error." if hresult else ""
        return str(self.office.service.receive_response_xml(self.ticket, self.answer, hresult, said))

    # ← ---------------------------------------------------------------------------------------------------------------

    def _expect(self, words: str) -> None:
        wanted = words.strip('"')
        assert fnmatchcase(self.said, wanted), f"{self.said!r} is not {wanted!r}"

    # … ---------------------------------------------------------------------------------------------------------------

    def _happen(self, words: str) -> None:
        for pattern, happening in HAPPENINGS.items():
            if found := re.fullmatch(pattern, words):
                happening(self, *found.groups())
                return
        raise ValueError(f"no such happening: {words}")

    def _restart(self) -> None:
        self.databases.append(Database(self.office.database.url.render_as_string(hide_password=False)))
        self.office.database = self.databases[-1]
        self.office.service = Conversations(self.office.database, self.office.settings, self.office.clock)

    def _link(self, name: str) -> None:
        self.projects[name] = self.office.link(name)

    def _lose_request(self) -> None:
        self.office.quickbooks.process(self.request)

    def _bill(self, name: str, amount: str, days_ago: str = "0") -> None:
        self._today(days_ago=int(days_ago))
        self.office.books.add_invoice(self.office.list_id(name), Decimal(amount))
        self._today()

    def _pay(self, name: str, amount: str) -> None:
        self._today()
        paid = {self._last_bill(name): Decimal(amount)}
        self.office.books.receive_payment(self.office.list_id(name), Decimal(amount), paid)

    def _void_bill(self, name: str) -> None:
        self._today()
        self.office.books.void_invoice(self._last_bill(name))

    def _last_bill(self, name: str) -> str:
        books, list_id = self.office.books, self.office.list_id(name)
        return [one.txn_id for one in books.of(Invoice) if one.customer == list_id][-1]

    def _today(self, days_ago: int = 0) -> None:
        """The clock of the QuickBooks computer shows what the office's does."""
        books = self.office.books
        books.now = self.office.clock.now.astimezone(books.now.tzinfo) - timedelta(days=days_ago)

    def _other_file(self, name: str) -> None:
        self.office.books.file_ids.clear()
        self.office.books.register(self.office.company.owner_id, "{00000000-0000-4000-8000-000000000000}")
        self.office.books.company = name

    # = ---------------------------------------------------------------------------------------------------------------

    def _compare(self, words: str) -> None:
        name, state, total = re.fullmatch(rf"{WORD} (\S+), (true|empty)", words).groups()  # type: ignore[union-attr]
        project = self.projects[name]
        paid, wanted = self.office.summary(project).paid_to_date, self.office.true_total(project)
        assert wanted > 0
        assert (str(self.office.status(project).state), paid) == (state, wanted if total == "true" else 0)


CALLS: dict[str, Callable[[Player, str], str]] = {
    "authenticate": Player._authenticate,
    "sendRequestXML": Player._send,
    "receiveResponseXML": Player._receive,
    "getLastError": lambda player, _: player.office.service.get_last_error(player.ticket),
    "closeConnection": lambda player, _: player.office.service.close_connection(player.ticket),
    "connectionError": lambda player, code: player.office.service.connection_error(player.ticket, code, "said"),
}
HAPPENINGS: dict[str, Callable[..., object]] = {
    "the first update is over": lambda player: player.office.poll(),
    rf"{WORD} is linked": Player._link,
    "somebody presses Sync Data Now": lambda player: player.office.sync_now(),
    "an update runs": lambda player: player.office.poll(),
    r"(\d+) (minutes|seconds|hours) pass": lambda player, n, unit: player.office.clock.pass_(**{unit: int(n)}),
    "QuickBooks answers and the answer is lost": Player._lose_request,
    "the service restarts": Player._restart,
    rf"{WORD} is billed (\S+)": Player._bill,
    rf"(\d+) days ago {WORD} was billed (\S+)": lambda player, days, name, amount: player._bill(name, amount, days),
    rf"{WORD} pays (\S+) of its last bill": Player._pay,
    rf"the last bill of {WORD} is voided": Player._void_bill,
    rf"the company file {WORD} is opened instead": Player._other_file,
    r"a second computer at (\S+) takes over": lambda player, address: setattr(player.office, "address", address),
}


@pytest.fixture
def play(office: Office) -> Iterator[Callable[[str, bool], None]]:
    players: list[Player] = []

    def play(name: str, restart: bool) -> None:
        players.append(Player(office, restart))
        for number, line in enumerate((FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                try:
                    players[-1].play(line)
                except AssertionError as error:
                    raise AssertionError(f"{name}.txt, line {number}: {line}\n{error}") from error

    yield play
    for player in players:
        player.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_conversation_goes_as_written(play: Callable[[str, bool], None], name: str) -> None:
    play(name, False)


@pytest.mark.parametrize("name", NAMES)
def test_a_conversation_survives_a_restart_before_every_call(play: Callable[[str, bool], None], name: str) -> None:
    play(name, True)


def test_there_are_conversations_to_play() -> None:
    assert {"good-update", "nothing-due", "wrong-password", "wrong-file", "lost-answer", "busy"} <= set(NAMES)
