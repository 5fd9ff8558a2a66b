"""Nothing a caller sends, and nothing the conversation chokes on, is ever in a log or in a fault."""

import logging
import logging.config
import subprocess
import sys

import pytest

X = 'xmlns="http://developer.intuit.com/"'
SECRETS = ("s3cret-user", "s3cret-password", "s3cret-ticket", "s3cret-response", "s3cret-file", "s3cret-message")
USER, PASSWORD, TICKET, RESPONSE, FILE, MESSAGE = SECRETS
CALLS = (
    f"<authenticate {X}><strUserName>{USER}</strUserName><strPassword>{PASSWORD}</strPassword></authenticate>",
    f"<sendRequestXML {X}><ticket>{TICKET}</ticket><strHCPResponse>{RESPONSE}</strHCPResponse>"
    f"<strCompanyFileName>{FILE}</strCompanyFileName><qbXMLMajorVers>{RESPONSE}</qbXMLMajorVers></sendRequestXML>",
    f"<receiveResponseXML {X}><ticket>{TICKET}</ticket><response>{RESPONSE}</response><message>{MESSAGE}</message>"
    "</receiveResponseXML>",
    f"<connectionError {X}><ticket>{TICKET}</ticket><message>{MESSAGE}</message></connectionError>",
    f"<getLastError {X}><ticket>{TICKET}</ticket></getLastError>",
    f"<closeConnection {X}><ticket>{TICKET}</ticket></closeConnection>",
    f"<interactiveRejected {X}><wcTicket>{TICKET}</wcTicket><reason>{MESSAGE}</reason></interactiveRejected>",
    f"<getLastError {X}><ticket>{TICKET}<open></ticket></getLastError>",
    f"<{PASSWORD} {X}/>",
)


def no_secret_in(text):
    return not any(secret in text for secret in SECRETS)


@pytest.fixture
def everything_logged(caplog):
    """The most talkative configuration there can be."""
    verbose = {name: {"level": "DEBUG"} for name in ("", "spyne", "spyne.protocol.xml", "spyne.server.wsgi")}
    logging.config.dictConfig({"version": 1, "incremental": True, "loggers": verbose})
    caplog.set_level(logging.DEBUG)
    yield caplog
    for name in verbose:
        logging.getLogger(name).setLevel(logging.NOTSET if name else logging.WARNING)


@pytest.mark.parametrize("call", CALLS)
def test_calls_leave_nothing_in_the_log(door, everything_logged, call):
    reply = door.request("POST", body=call and _envelope(call), Cookie=PASSWORD, Authorization=PASSWORD)
    assert no_secret_in(everything_logged.text)
    assert no_secret_in(reply.body.decode())


@pytest.mark.parametrize("call", CALLS[:6])
def test_a_conversation_that_fails_says_where_but_not_on_what(door, everything_logged, call):
    error = RuntimeError(f"could not store {SECRETS}")
    error.__cause__ = KeyError(PASSWORD)
    for operation in ("authenticate", "send_request_xml", "receive_response_xml", "connection_error"):
        door.conversation.answers[operation] = error
    door.conversation.answers.update(get_last_error=error, close_connection=error)
    reply = door.call(call)
    assert reply.status == 500
    assert reply.fault.startswith("Internal Error")
    (record,) = everything_logged.records
    assert (record.levelname, record.name) == ("ERROR", "qbwc_bridge.soap")
    for part in ("builtins.RuntimeError", "builtins.KeyError", "conftest.py", "in _said"):
        assert part in everything_logged.text
    assert no_secret_in(everything_logged.text)
    assert no_secret_in(reply.body.decode())


def _envelope(call):
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{call}</s:Body></s:Envelope>'
    ).encode()


@pytest.mark.parametrize(
    "name", ["spyne", "spyne.application.server", "spyne.protocol.soap.soap11.invalid", "spyne.protocol.xml.invalid"]
)
def test_spynes_own_logs_stay_off_whatever_a_configuration_says(door, caplog, name):
    logging.config.dictConfig({"version": 1, "incremental": True, "loggers": {name: {"level": "DEBUG"}}})
    logger = logging.getLogger(name)
    logger.addHandler(caplog.handler)
    try:
        logger.error(PASSWORD)
    finally:
        logger.removeHandler(caplog.handler)
        logger.setLevel(logging.NOTSET)
    assert caplog.records == []


IMPORT = """
import sys
before = list(sys.meta_path), "cgi" in sys.modules
from qbwc_bridge.soap.compat import ServerBase, Soap11
assert (sys.meta_path, "cgi" in sys.modules) == before
import json.scanner, wsgiref.util  # imports still work, and without a warning
from spyne.util.six.moves.urllib.parse import quote
"""


def test_spyne_imports_with_every_warning_an_error():
    run = subprocess.run([sys.executable, "-W", "error", "-c", IMPORT], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
