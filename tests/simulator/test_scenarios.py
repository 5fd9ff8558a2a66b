"""The named scenarios, each played against a service that asks for all payments."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import etree

from qbwc_bridge.simulator import SCENARIOS, paid_by, play, scene

TODAY = date(2026, 11, 23)
OWNER, FILE = "{6B063959-81B0-4622-85D6-F548C8CCB517}", "{57F3B9B6-86F1-4FCC-B1FF-966DE1813D20}"


@pytest.fixture
def played(service, message):
    """Plays a scenario; the Update and the last answer's payments (None without an answer)."""
    service.on("connectionError", "done")
    service.on("sendRequestXML", message("<ReceivePaymentQueryRq requestID='1'/>"))

    def play_it(name: str):
        update = play(name, service.url, "acme", "secret", OWNER, FILE, TODAY, sleep=lambda seconds: None)
        text = update.messages[-1].response if update.messages else ""
        return update, etree.fromstring(text)[0][0] if text else None

    return play_it


OUTCOMES = {"quickbooks-closed": "error", "modal-dialog": "error", "session-dies": "stopped"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_outcome(played, name):
    assert played(name)[0].outcome == OUTCOMES.get(name, "done")
    assert SCENARIOS[name].help.endswith(".")


@pytest.mark.parametrize("name", SCENARIOS)
def test_two_processes_would_see_the_same_file(name):
    assert scene(name, OWNER, FILE, TODAY).books == scene(name, OWNER, FILE, TODAY).books


def test_new_payment_and_restored_change_the_number_of_payments(played):
    normal, more, fewer = (len(played(name)[1]) for name in ("normal", "new-payment", "restored"))
    assert (more - normal, fewer - normal) == (2, -1)


def test_edits(played):
    _, answer = played("edits")
    assert len(answer) == len(played("normal")[1]) - 1
    changed = [row for row in answer if row.findtext("TimeModified").startswith("2026-11-23T00:05")]
    assert len(changed) == 3
    books = scene("edits", OWNER, FILE, TODAY).books
    kitchen = books.customer("Smith:Kitchen").list_id
    assert paid_by(books, kitchen) == paid_by(scene("normal", OWNER, FILE, TODAY).books, kitchen) - 18000


def test_what_the_service_is_told(service, played):
    played("quickbooks-closed")
    played("modal-dialog")
    assert [call["hresult"] for call in service.sent("connectionError")] == ["0x80040408", "0x80040414"]
    played("parse-error")
    assert service.sent("receiveResponseXML")[-1]["hresult"] == "0x80040400"
    played("no-text")
    assert service.sent("receiveResponseXML")[-1]["response"] == ""


def test_empty_answer(played):
    assert played("empty-answer")[1].get("statusCode") == "1"


def test_which_file_is_open(service, played):
    for name in ("normal", "copied-file", "wrong-file"):
        played(name)
    normal, copied, wrong = service.sent("sendRequestXML")
    assert FILE in normal["strHCPResponse"]
    assert FILE in copied["strHCPResponse"]
    assert FILE not in wrong["strHCPResponse"]
    assert len({call["strCompanyFileName"] for call in (normal, copied, wrong)}) == 3
