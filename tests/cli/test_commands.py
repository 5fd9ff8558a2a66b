"""What each command does, what it refuses, and with which exit status."""

from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from office import Office
from sqlalchemy import Engine, event

from qbwc_bridge.cli import COMMANDS
from qbwc_bridge.connector import credentials
from qbwc_bridge.connector.qwc import qwc
from qbwc_bridge.store import companies, polls

Run = Callable[..., Result]
Read = Callable[..., dict[str, Any]]


# Companies ------------------------------------------------------------------------------------------------------------


def test_a_new_password_replaces_the_old_one(office: Office, document: Read) -> None:
    fresh = document("company", "new-password", "Acme")["connector_password"]
    with office.database.read() as c:
        known = polls.poll(c, office.company.connector_user)
    assert known is not None
    assert credentials.matches(fresh, known.password_hash)


def test_company_settings(office: Office, run: Run) -> None:
    run("company", "set", "Acme", "--client-payments-default", "on", "--daily-at", "03:30", "--timezone", "Europe/Rome")
    with office.database.read() as c:
        company = companies.by_name(c, "Acme")
    assert (company.client_payments_default, f"{company.daily_at:%H:%M}", company.timezone) == (
        True,
        "03:30",
        "Europe/Rome",
    )


QUIET = [("22:00-06:00", (time(22), time(6))), ("08:00 - 17:30", (time(8), time(17, 30)))]


@pytest.mark.parametrize(("typed", "hours"), QUIET)
def test_quickbooks_is_left_alone_on_demand(office: Office, run: Run, typed: str, hours: tuple[time, time]) -> None:
    said = run("company", "set", "Acme", "--pause", "on", "--quiet-hours", typed).stdout
    assert said.endswith(f"quiet hours {hours[0]:%H:%M} to {hours[1]:%H:%M}, paused.\n")
    with office.database.read() as c:
        company = companies.by_name(c, "Acme")
    assert (company.paused, company.quiet_hours) == (True, hours)
    assert office.poll()[0].result == "none"


def test_what_is_not_named_stays_and_none_ends_quiet_hours(office: Office, run: Run) -> None:
    run("company", "set", "Acme", "--pause", "on", "--quiet-hours", "22:00-06:00")
    assert run("company", "set", "Acme", "--pause", "off").stdout.endswith("quiet hours 22:00 to 06:00.\n")
    assert run("company", "set", "Acme", "--quiet-hours", "None").stdout.endswith("no quiet hours.\n")
    assert run("company", "set", "Acme", "--pause", "on").stdout.endswith("no quiet hours, paused.\n")


def test_a_pause_is_said_with_the_request(synced: Office, run: Run) -> None:
    run("company", "set", "Acme", "--pause", "on")
    run("sync", "request", "Acme")
    assert run("sync", "status", "Acme").stdout.count("Syncing is paused.") == 2  # the company, and its project


def test_the_help_of_company_set_says_how(run: Run) -> None:
    said = " ".join(run("company", "set", "--help").stdout.split())
    assert "--pause on|off Leave QuickBooks alone until it is off again." in said
    assert "--quiet-hours HH:MM-HH:MM|none" in said


def test_the_qwc_file_is_the_same_on_stdout_and_in_a_file(office: Office, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "acme.qwc"
    run("qwc", "Acme", "-o", str(file))
    assert run("qwc", "Acme").stdout_bytes == file.read_bytes() == qwc(office.company, "http://localhost:8765", 15)


def test_the_qwc_file_comes_with_a_note_when_the_address_will_not_do(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBWC_BRIDGE_SERVER_PUBLIC_URL", "http://books.example.com")
    assert "https" in run("qwc", "Acme").stderr


# Projects and payments ------------------------------------------------------------------------------------------------


def test_a_linked_project_takes_the_account_default_unless_told_otherwise(
    synced: Office, run: Run, document: Read
) -> None:
    run("company", "set", "Acme", "--client-payments-default", "on")
    run("project", "add", "Acme", "Deck", "--customer", "smith:deck")
    run("project", "add", "Acme", "Bath", "--customer", "Hansen:Bathroom", "--client-payments", "off")
    run("project", "add", "Acme", "Porch")
    run("project", "set", "Acme", "Porch", "--customer", synced.list_id("Tran:Porch"))
    on = {each["project"]: each["client_payments"] for each in document("project", "list", "Acme")["projects"]}
    assert on == {"Bath": False, "Deck": True, "Porch": True, "Smith kitchen": True}


def test_setting_one_thing_leaves_the_rest(synced: Office, run: Run, document: Read) -> None:
    before = document("project", "list", "Acme")["projects"][0]
    run("project", "set", "Acme", "Smith kitchen", "--contract-price", "250000")
    after = document("project", "list", "Acme")["projects"][0]
    assert after == {**before, "contract_price": "250000.00"}


def test_an_import_saves_all_lines(synced: Office, run: Run, document: Read, tmp_path: Path) -> None:
    file = tmp_path / "projects.csv"
    file.write_text(
        "\ufeffproject,customer,client_payments,include_jobs,contract_price\r\n"
        'Deck,Smith:Deck,on,off,"38,500.00"\r\n\r\n'
        "Apartments,Northfield Apartments,on,on,\r\nLater,,,,\r\n",
        "utf-8",
    )
    assert "3 projects" in run("project", "import", "Acme", str(file)).stdout
    found = {each["project"]: each for each in document("project", "list", "Acme")["projects"]}
    assert found["Deck"]["contract_price"] == "38500.00"
    assert found["Apartments"]["include_jobs"]
    assert found["Later"]["customer"] is None


def test_an_import_with_bad_lines_names_them_all_and_saves_nothing(
    synced: Office, run: Run, document: Read, tmp_path: Path
) -> None:
    file = tmp_path / "projects.csv"
    file.write_text(
        "project,customer,client_payments,include_jobs,contract_price\n"
        "Good,Smith:Deck,on,off,1\nBad,No:Body,on,off,\nWorse,,maybe,off,\nPrice,,,,1.234\nGood,,,,\n,,,,7\n",
        "utf-8",
    )
    said = run("project", "import", "Acme", str(file), status=1).stderr
    assert [f"line {number}:" in said for number in range(2, 8)] == [False, True, True, True, True, True]
    assert [each["project"] for each in document("project", "list", "Acme")["projects"]] == ["Smith kitchen"]


def test_an_import_of_two_thousand_lines_is_a_few_statements(
    synced: Office, document: Read, tmp_path: Path, run: Run
) -> None:
    said: list[str] = []
    file = tmp_path / "projects.csv"

    def imported(prefix: str, count: int) -> int:
        """How many statements it took."""
        said.clear()
        lines = [f"{prefix} {number},Smith:Deck,on,off,{number}" for number in range(1, count + 1)]
        file.write_text("\n".join(["project,customer,client_payments,include_jobs,contract_price", *lines]), "utf-8")
        assert run("project", "import", "Acme", str(file)).stdout == f"{count} projects imported.\n"
        return len(said)

    def hear(*given: Any) -> None:
        said.append(given[2])

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        assert imported("Few", 2) <= imported("Many", 2000) < 25
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    assert len(document("project", "list", "Acme")["projects"]) == 2003


def test_an_import_names_ragged_lines_and_other_files(office: Office, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("project,customer\nA,\nB,,,\n", "utf-8")
    assert "line 3" in run("project", "import", "Acme", str(file), status=1).stderr
    file.write_bytes(b"project\n\xff\n")
    assert "UTF-8" in run("project", "import", "Acme", str(file), status=1).stderr
    file.write_text("project\n" + "x" * 200_000, "utf-8")
    assert "not a CSV file" in run("project", "import", "Acme", str(file), status=1).stderr


@pytest.mark.parametrize("head", ["name,customer", "project,price", "", "project,project"])
def test_an_import_needs_the_right_columns(office: Office, run: Run, tmp_path: Path, head: str) -> None:
    (tmp_path / "x.csv").write_text(f"{head}\na,b\n", "utf-8")
    assert "columns" in run("project", "import", "Acme", str(tmp_path / "x.csv"), status=1).stderr


def test_a_payment_by_hand_is_refused_while_quickbooks_has_the_payments(synced: Office, run: Run) -> None:
    words = ("payment", "add", "Acme", "Smith kitchen", "--date", "2026-03-03", "--amount", "1")
    assert "QuickBooks" in run(*words, status=1).stderr


@pytest.mark.parametrize(("form", "magic"), [("csv", b"\xef\xbb\xbfDate,"), ("xlsx", b"PK\x03\x04")])
def test_payments_as_files(synced: Office, run: Run, tmp_path: Path, form: str, magic: bytes) -> None:
    file = tmp_path / f"out.{form}"
    result = run("payments", "Acme", "Smith kitchen", "--format", form, "-o", str(file))
    assert result.stdout == ""
    assert file.read_bytes().startswith(magic)
    assert run("payments", "Acme", "Smith kitchen", "--format", form).stdout_bytes.startswith(magic)


def test_payments_as_text(synced: Office, run: Run) -> None:
    said = run("payments", "Acme", "Smith kitchen").stdout
    assert "182,400.00" in said
    assert "Smith:Kitchen" in said


# Syncing --------------------------------------------------------------------------------------------------------------


def test_a_request_waits_once(synced: Office, run: Run, document: Read) -> None:
    assert "Sync requested" in run("sync", "request", "Acme", "Smith kitchen").stdout
    assert "waiting already" in run("sync", "request", "Acme").stdout
    assert document("sync", "status", "Acme")["waiting"] == 1


def test_a_full_request_is_more_than_a_plain_one(synced: Office, run: Run, document: Read) -> None:
    run("sync", "request", "Acme")
    assert "Sync requested" in run("sync", "request", "Acme", "--full").stdout
    assert document("sync", "status", "Acme")["waiting"] > 1


@pytest.mark.parametrize("words", [("sync", "status"), ("sync", "log"), ("project", "list"), ("customers",)])
def test_the_same_in_text(synced: Office, run: Run, words: tuple[str, ...]) -> None:
    assert run(*words, "Acme").stdout


@pytest.mark.parametrize(("typed", "kept"), [("fr_CA", "fr_CA"), ("fr-ca", "fr_CA"), ("auto", ""), ("", "")])
def test_how_money_and_dates_look(office: Office, run: Run, typed: str, kept: str) -> None:
    run("company", "set", "Acme", "--locale", "de_DE")
    said = run("company", "set", "Acme", "--locale", typed).stdout
    assert ("written as in fr_CA" in said) is bool(kept)
    assert "de_DE" not in said
    with office.database.read() as c:
        assert companies.by_name(c, "Acme").locale == kept


def test_what_was_done_by_command_is_ticked_in_the_checklist(office: Office, run: Run, tmp_path: Path) -> None:
    def dates() -> tuple[bool, bool]:
        with office.database.read() as c:
            company = companies.by_name(c, "Acme")
        return company.qwc_downloaded_at is not None, company.password_shown_at is not None

    assert dates() == (False, False)
    run("qwc", "Acme", "-o", str(tmp_path / "no" / "such" / "folder.qwc"), status=1)
    assert dates() == (False, False)
    run("qwc", "Acme", "-o", str(tmp_path / "acme.qwc"))
    assert dates() == (True, False)
    run("company", "new-password", "Acme")
    assert dates() == (True, True)
    run("company", "add", "Second", "--connector-user", "second")
    with office.database.read() as c:
        assert companies.by_name(c, "Second").password_shown_at is not None


# Exit statuses --------------------------------------------------------------------------------------------------------

NOBODY = [
    ("company", "new-password", "Nobody"),
    ("company", "set", "Nobody", "--daily-at", "01:00"),
    ("company", "set", "Nobody", "--pause", "on"),
    ("company", "set", "Nobody", "--quiet-hours", "none"),
    ("qwc", "Nobody"),
    ("customers", "Nobody"),
    ("project", "add", "Nobody", "x"),
    ("project", "set", "Nobody", "x"),
    ("project", "list", "Nobody"),
    ("payment", "add", "Nobody", "x", "--date", "2026-01-01", "--amount", "1"),
    ("payments", "Nobody", "x"),
    ("sync", "request", "Nobody"),
    ("sync", "status", "Nobody"),
    ("sync", "log", "Nobody"),
    ("user", "add", "Nobody", "a@example.com", "--role", "staff"),
]


@pytest.mark.parametrize("words", NOBODY, ids=" ".join)
def test_an_unknown_company_is_status_1_and_one_sentence(office: Office, run: Run, words: tuple[str, ...]) -> None:
    result = run(*words, status=1)
    assert result.stdout == ""
    assert result.stderr.startswith("qbwc-bridge: There is no company named 'Nobody'.\n")


@pytest.mark.parametrize(
    "words",
    [
        ("project", "set", "Acme", "Nothing", "--include-jobs", "on"),
        ("payments", "Acme", "Nothing"),
        ("sync", "request", "Acme", "Nothing"),
        ("project", "add", "Acme", "x", "--customer", "No:Body"),
        ("project", "add", "Acme", " "),
        ("project", "import", "Acme", "missing.csv"),
        ("qwc", "Acme", "-o", "no/such/folder/x.qwc"),
        ("simulate", "Acme", "--password-file", "missing"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_status_1(office: Office, run: Run, words: tuple[str, ...]) -> None:
    assert run(*words, status=1).stderr.startswith("qbwc-bridge: ")


@pytest.mark.parametrize(
    "words",
    [
        ("nope",),
        ("company",),
        ("company", "nope"),
        ("--nope",),
        ("company", "add", "Acme"),
        ("company", "set", "Acme", "--daily-at", "25:00"),
        ("company", "set", "Acme", "--timezone", "Mars/Olympus"),
        ("company", "set", "Acme", "--pause", "maybe"),
        ("company", "set", "Acme", "--locale", "tlh_QO"),
        ("company", "set", "Acme", "--quiet-hours", "22:00"),
        ("company", "set", "Acme", "--quiet-hours", "22:00-"),
        ("company", "set", "Acme", "--quiet-hours", "22:00-25:00"),
        ("company", "set", "Acme", "--quiet-hours", "08:00-08:00"),
        ("company", "set", "Acme", "--quiet-hours", ""),
        ("company", "set", "Acme", "--client-payments-default", "maybe"),
        ("project", "add", "Acme", "x", "--contract-price", "1.234"),
        ("payment", "add", "Acme", "x", "--date", "3/3/2026", "--amount", "1"),
        ("payment", "add", "Acme", "x", "--date", "2026-03-03", "--amount", "1,00"),
        ("payment", "add", "Acme", "x", "--date", "2026-03-03", "--amount", "-5"),
        ("payments", "Acme", "x", "--format", "pdf"),
        ("user", "add", "Acme", "a@example.com", "--role", "king"),
        ("user", "add", "Acme", "nobody", "--role", "staff"),
        ("simulate", "Acme", "--password-file", "x", "--scenario", "doomsday"),
        ("init", "--admin-password-file", "x"),
        ("demo", "--port", "70000"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2(office: Office, run: Run, words: tuple[str, ...]) -> None:
    run(*words, status=2)


def test_a_bad_configuration_lists_all_problems(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBWC_BRIDGE_SERVER_PORT", "x")
    monkeypatch.setenv("QBWC_BRIDGE_SYNC_PAGE_SIZ", "1")
    said = run("company", "list", status=1).stderr
    assert "2 problems" in said
    assert "QBWC_BRIDGE_SERVER_PORT" in said
    assert "QBWC_BRIDGE_SYNC_PAGE_SIZ" in said
    assert "missing.ini" in run("--config", "missing.ini", "company", "list", status=1).stderr


def test_before_init_every_command_says_so(run: Run) -> None:
    for words in (("company", "list"), ("serve",)):
        assert "qbwc-bridge init" in run(*words, status=1).stderr


def test_every_command_has_help(run: Run) -> None:
    for name, (target, summary) in COMMANDS.items():
        for words in [(name, each) for each in target] if isinstance(target, dict) else [(name,)]:
            assert "Usage: qbwc-bridge" in run(*words, "--help").stdout
        assert summary.endswith(".")
