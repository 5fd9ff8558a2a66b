"""The Web Connector's order of calls, against a scripted service over real HTTP and SOAP."""

from __future__ import annotations

import pytest

from qbwc_bridge.simulator import Books, Faults, RequestProcessor, Stop, WebConnector
from qbwc_bridge.simulator.faults import CANNOT_START, PARSE_ERROR

OWNER = "{6B063959-81B0-4622-85D6-F548C8CCB517}"
OPENING = ("serverVersion", "clientVersion", "authenticate")
ROUND = ("sendRequestXML", "receiveResponseXML")


@pytest.fixture
def connect(service):
    """A Web Connector at the scripted service; keyword arguments go to it, ``faults`` to its QuickBooks."""

    def connector(faults: Faults | None = None, **options) -> WebConnector:
        books = Books()
        books.register(OWNER, "{F}")
        options.setdefault("sleep", lambda seconds: pytest.fail("slept"))
        return WebConnector(service.url, "acme", "secret", RequestProcessor(books, faults), OWNER, **options)

    return connector


def test_one_good_update(service, connect):
    service.on("receiveResponseXML", 40, 100)
    update = connect().update()
    assert (update.outcome, update.status, update.rounds, update.progress) == ("done", "OK", 2, (40, 100))
    assert update.calls == (*OPENING, *ROUND, *ROUND, "closeConnection")
    assert "HostRet" in update.messages[0].response


def test_what_travels(service, connect):
    service.on("receiveResponseXML", 40, 100)
    connect().update()
    first, second = service.sent("sendRequestXML")
    assert OWNER in first["strHCPResponse"]
    assert second["strHCPResponse"] == ""
    assert (second["ticket"], second["qbXMLCountry"], second["qbXMLMajorVers"]) == ("T-1", "US", "16")
    assert second["strCompanyFileName"].endswith("Sample Builders.QBW")
    assert service.sent("authenticate") == [{"strUserName": "acme", "strPassword": "secret"}]
    assert {"MS Web Services Client" in agent for agent in service.agents} == {True}


def test_the_copied_wsdl_works_too(service, connect, vendor_wsdl):
    service.wsdl = vendor_wsdl
    assert connect().update().outcome == "done"


@pytest.mark.parametrize("word", ["none", "nvu", "busy"])
def test_no_work_closes_at_once(service, connect, word):
    service.on("authenticate", ["", word])
    update = connect().update()
    assert (update.outcome, update.calls) == (word, (*OPENING, "closeConnection"))


def test_postponed(service, connect):
    service.on("authenticate", ["T", "", "300", "60"])
    update = connect().update()
    assert (update.outcome, update.postponed, update.minimum_seconds, update.calls) == ("busy", "300", "60", OPENING)


@pytest.mark.parametrize("verdict", ["E:too old", "O:9.9"])
def test_client_version_can_end_it(service, connect, verdict):
    service.on("clientVersion", verdict)
    update = connect().update()
    assert (update.outcome, update.last_error) == ("error", verdict[2:])


def test_a_warning_goes_on(service, connect):
    service.on("clientVersion", "W:old")
    assert connect().update().outcome == "done"


def test_server_version_may_fail(service, connect):
    service.on("serverVersion", RuntimeError("not here"))
    assert connect().update().outcome == "done"


def test_a_fault_ends_the_update_in_silence(service, connect):
    service.on("sendRequestXML", RuntimeError("Internal Error"))
    update = connect().update()
    assert (update.outcome, update.calls[-1]) == ("error", "sendRequestXML")
    assert "Internal Error" in update.last_error


def test_nobody_there(connect):
    connector = connect()
    connector.url = "http://127.0.0.1:9/qbwc"
    assert connector.update().outcome == "error"


def test_no_request_asks_why(service, connect):
    service.on("sendRequestXML", "")
    service.on("getLastError", "Another company file is open")
    update = connect().update()
    assert (update.outcome, update.last_error) == ("error", "Another company file is open")
    assert update.calls[-3:] == ("sendRequestXML", "getLastError", "closeConnection")


def test_noop_waits_and_asks_again(service, connect, message):
    service.on("sendRequestXML", "", message("<HostQueryRq/>"))
    service.on("getLastError", "NoOp")
    slept: list[float] = []
    assert connect(sleep=slept.append).update().outcome == "done"
    assert slept == [5.0]


def test_noop_for_ever_is_bounded(service, connect):
    service.on("sendRequestXML", "")
    service.on("getLastError", "NoOp")
    assert connect(sleep=lambda seconds: None).update().outcome == "error"


def test_rounds_are_bounded(service, connect):
    service.on("receiveResponseXML", 0)
    update = connect(max_rounds=3).update()
    assert (update.outcome, update.rounds) == ("error", 3)


def test_negative_asks_why(service, connect):
    service.on("receiveResponseXML", -1)
    service.on("getLastError", "That was not understood")
    update = connect().update()
    assert (update.outcome, update.last_error) == ("error", "That was not understood")
    assert update.calls[-2:] == ("getLastError", "closeConnection")


def test_a_refused_message_arrives_as_hresult(service, connect):
    update = connect(Faults(refused={1: PARSE_ERROR})).update()
    (received,) = service.sent("receiveResponseXML")
    assert (received["response"], received["hresult"]) == ("", "0x80040400")
    assert update.messages[0].hresult == "0x80040400"


def test_quickbooks_closed_until_done(service, connect):
    service.on("connectionError", "", "done")
    update = connect(Faults(opening=[CANNOT_START] * 9)).update()
    assert (update.outcome, update.calls) == ("error", (*OPENING, "connectionError", "connectionError"))
    assert service.sent("connectionError")[0]["hresult"] == "0x80040408"


def test_quickbooks_opens_at_the_second_try(service, connect):
    service.on("connectionError", "")
    update = connect(Faults(opening=[CANNOT_START])).update()
    assert (update.outcome, update.last_error) == ("done", "")


def test_another_file_is_wanted(service, connect):
    service.on("authenticate", ["T", r"C:\Other.QBW"])
    service.on("connectionError", "")
    assert connect().update().outcome == "done"
    assert service.sent("connectionError")[0]["hresult"] == "0x8004040A"


def test_stopped_between_two_calls(connect):
    def stop(method: str) -> None:
        if method == "receiveResponseXML":
            raise Stop(method)

    update = connect(on_call=stop).update()
    assert (update.outcome, update.calls[-1]) == ("stopped", "sendRequestXML")


def test_stopped_by_a_fault_after_a_call(connect):
    update = connect(Faults(stop_after=("receiveResponseXML", 1))).update()
    assert (update.outcome, update.calls[-1]) == ("stopped", "receiveResponseXML")


def test_slow_quickbooks_sleeps_outside_the_calls(connect):
    slept: list[float] = []
    assert connect(Faults(delay=3.0), sleep=slept.append).update().outcome == "done"
    assert slept == [3.0]


def test_a_second_update_starts_afresh(service, connect):
    connector = connect()
    assert connector.update().outcome == connector.update().outcome == "done"
    assert service.sent("sendRequestXML")[1]["strHCPResponse"] != ""
