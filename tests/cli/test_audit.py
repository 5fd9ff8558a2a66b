"""What is decided at the command line stands in the audit, as what is decided on the site."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from office import Office

from qbwc_bridge.store import audit

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def dana(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "dana")  # whom getpass takes for the person at the keyboard


def told(office: Office) -> list[tuple[str, str]]:
    with office.database.read() as c:
        lines = list(reversed(audit.listing(c, office.company.id)))
    assert {line.who for line in lines} <= {"dana (command line)"}
    return [(line.what, line.subject) for line in lines]


def test_settings_and_the_connectors_password(office: Office, run: Run) -> None:
    run("company", "set", "Acme", "--daily-at", "03:30", "--quiet-hours", "08:00-17:00", "--pause", "on")
    run("company", "set", "Acme", "--quiet-hours", "none", "--pause", "off")
    run("company", "new-password", "Acme")
    assert told(office) == [
        ("settings changed", "daily sync: 02:00 → 03:30, quiet hours: none → 08:00 to 17:00"),
        ("syncing paused", "Acme"),
        ("settings changed", "quiet hours: 08:00 to 17:00 → none"),
        ("syncing resumed", "Acme"),
        ("connector password made", "for the connector user acme-bridge"),
    ]


def test_projects_and_people(office: Office, run: Run, tmp_path: Path) -> None:
    password = tmp_path / "password.txt"
    password.write_text("four words and more\n", "utf-8")
    office.poll()
    run("project", "add", "Acme", "Deck", "--customer", "Smith:Kitchen", "--client-payments", "on")
    run("project", "set", "Acme", "Deck", "--client-payments", "off", "--contract-price", "1000")
    run("project", "set", "Acme", "Deck", "--customer", "")
    run("user", "add", "Acme", "pat@example.com", "--role", "client", "--project", "Deck")
    run("user", "add", "Acme", "sam@example.com", "--role", "staff", "--password-file", str(password))
    assert told(office) == [
        ("project added", "Deck"),
        ("project linked", "Deck to Smith:Kitchen"),
        ("Client Payments on", "Deck"),
        ("project changed", "Deck, contract price: none → 1,000.00"),
        ("Client Payments off", "Deck"),
        ("project unlinked", "Deck from Smith:Kitchen"),
        ("person invited", "pat@example.com, client of Deck"),
        ("person invited", "sam@example.com, staff"),
        ("password chosen", "sam@example.com"),
    ]


def test_a_failed_import_leaves_no_line(office: Office, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "projects.csv"
    file.write_text("project,customer\nDeck,\nBath,Nobody\n", "utf-8")
    run("project", "import", "Acme", str(file), status=1)
    assert told(office) == []
    file.write_text("project,customer\nDeck,\n", "utf-8")
    run("project", "import", "Acme", str(file))
    assert told(office) == [("project added", "Deck")]


def test_the_first_line_is_the_company_itself(office: Office, run: Run) -> None:
    run("company", "add", "Zenith", "--connector-user", "zenith")
    with office.database.read() as c:
        (line,) = audit.listing(c, office.company.id + 1)
    assert (line.what, line.subject) == ("company added", "Zenith")
    assert told(office) == []
