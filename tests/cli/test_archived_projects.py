"""``project set --archived`` and what the other commands say of an archived project."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from office import Office

from qbwc_bridge.records import State

Run = Callable[..., Any]
Read = Callable[..., dict[str, Any]]
SET = ("project", "set", "Acme", "Smith kitchen", "--archived")


def test_a_project_is_archived_and_restored(synced: Office, run: Run, document: Read) -> None:
    assert run(*SET, "on").stdout == "Smith kitchen: linked to Smith:Kitchen, Client Payments on, archived.\n"
    run(*SET, "on")
    assert document("project", "list", "Acme")["projects"] == []
    (project,) = document("project", "list", "Acme", "--archived")["projects"]
    assert (project["project"], project["archived"], project["state"]) == ("Smith kitchen", True, "off")
    assert "No project is in use; 1 archived" in run("project", "list", "Acme").stdout
    assert "archived" in run("project", "list", "Acme", "--archived").stdout
    assert run(*SET, "off").stdout == "Smith kitchen: linked to Smith:Kitchen, Client Payments on.\n"
    (project,) = document("project", "list", "Acme", "--archived")["projects"]
    assert (project["archived"], project["state"]) == (False, "queued")
    synced.poll()
    (project,) = document("project", "list", "Acme")["projects"]
    assert synced.status(synced.projects()[0]).state is State.CURRENT
    assert project["paid_to_date"] == str(synced.true_total(synced.projects()[0]))


def test_its_payments_are_still_there(synced: Office, run: Run, document: Read) -> None:
    before = document("payments", "Acme", "Smith kitchen")
    run(*SET, "on")
    after = document("payments", "Acme", "Smith kitchen")
    assert after == {**before, "state": "off"}
    assert run("payments", "Acme", "Smith kitchen", "--format", "csv").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "request", "Acme", "Smith kitchen"),
        ("sync", "request", "Acme", "Smith kitchen", "--full"),
        ("project", "set", "Acme", "Smith kitchen", "--contract-price", "1"),
        ("payment", "add", "Acme", "Smith kitchen", "--date", "2026-03-01", "--amount", "1"),
    ],
)
def test_nothing_in_it_changes(synced: Office, run: Run, document: Read, words: tuple[str, ...]) -> None:
    run(*SET, "on")
    said = run(*words, status=1).stderr
    assert "Smith kitchen is archived: nothing in it changes and it is not synced." in said
    assert "An admin can restore it" in said
    found = document("sync", "status", "Acme")
    assert (found["waiting"], found["projects"], found["last_error"]) == (0, [], None)


def test_what_else_is_said_is_done_before_archiving_and_after_restoring(
    synced: Office, run: Run, document: Read
) -> None:
    run(*SET, "on", "--contract-price", "5")
    run(*SET, "off", "--client-payments", "off")
    (project,) = document("project", "list", "Acme")["projects"]
    assert (project["contract_price"], project["client_payments"], project["state"]) == ("5.00", False, State.OFF)


def test_its_name_is_taken_and_the_error_says_so(synced: Office, run: Run, document: Read, tmp_path: Any) -> None:
    run(*SET, "on")
    said = run("project", "add", "Acme", "Smith kitchen", status=1).stderr
    assert "There is an archived project named 'Smith kitchen'." in said
    assert "Restore it" in said
    file = tmp_path / "projects.csv"
    file.write_text("project\nSmith kitchen\n", "utf-8")
    assert "archived project named 'Smith kitchen'" in run("project", "import", "Acme", str(file), status=1).stderr


def test_the_document_without_the_option_is_as_promised(synced: Office, run: Run) -> None:
    (project,) = json.loads(run("project", "list", "Acme", "--format", "json").stdout)["projects"]
    assert "archived" not in project
