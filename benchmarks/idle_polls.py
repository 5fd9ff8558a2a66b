"""An idle poll: serverVersion, clientVersion, authenticate → none, closeConnection. CPU of the server for each.

The floors: Spyne as it comes with the same operations and constant answers, and a bare WSGI application that knows no SOAP
at all; the same server with the same threads carries all three. They take turns, so that a machine that is slow for a while
is slow for all of them.
"""

import re
from datetime import UTC, datetime
from statistics import median
from typing import Any

from benchmarks.offices import PASSWORD, USER, office
from benchmarks.serving import Served, serving
from qbwc_bridge.store import companies

POLLS, TURNS = 60, 15
TYPE = {"Content-Type": "text/xml; charset=utf-8"}


def call(name: str, **parameters: str) -> tuple[bytes, dict[str, str]]:
    inside = "".join(f"<{key}>{value}</{key}>" for key, value in parameters.items())
    body = (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
        f'<{name} xmlns="http://developer.intuit.com/">{inside}</{name}></soap:Body></soap:Envelope>'
    )
    return body.encode(), {**TYPE, "SOAPAction": f'"http://developer.intuit.com/{name}"'}


def bare_spyne() -> Any:
    """Spyne with its defaults."""
    from qbwc_bridge.soap.compat import Application, Array, ServiceBase, Soap11, Unicode, importable, rpc

    with importable():
        from spyne.server.wsgi import WsgiApplication

    class Service(ServiceBase):  # type: ignore[misc]
        @rpc(_returns=Unicode)
        def serverVersion(ctx: Any) -> str:
            return "1.0"

        @rpc(Unicode, _returns=Unicode)
        def clientVersion(ctx: Any, strVersion: str) -> str:
            return ""

        @rpc(Unicode, Unicode, _returns=Array(Unicode))
        def authenticate(ctx: Any, strUserName: str, strPassword: str) -> list[str]:
            return ["a-ticket", "none"]

        @rpc(Unicode, _returns=Unicode)
        def closeConnection(ctx: Any, ticket: str) -> str:
            return "OK"

    return WsgiApplication(
        Application([Service], "http://developer.intuit.com/", in_protocol=Soap11(), out_protocol=Soap11())
    )


def bare_wsgi() -> Any:
    """Reads the body and says something."""

    def application(environ: Any, start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(SOMETHING)))])
        return [SOMETHING]

    return application


SOMETHING = b"<string>a-ticket</string>" * 8
BEFORE = [call("serverVersion"), call("clientVersion", strVersion="34.0.10014.112")]
TICKET = re.compile(rb"string>([^<]+)<")


def _milliseconds(server: Served) -> float:
    """CPU for one poll."""
    before = server.cpu()
    for _ in range(POLLS):
        poll(server)
    return (server.cpu() - before) * 1000 / POLLS


def poll(server: Served, user: str = USER) -> None:
    """One poll, as the Web Connector makes it."""
    for before in BEFORE:
        server.ask("POST", "/qbwc", *before)
    server.ask("POST", "/qbwc", *call("closeConnection", ticket=ticket(server, user)))


def ticket(server: Served, user: str = USER) -> str:
    """What ``authenticate`` gives."""
    answer = server.ask("POST", "/qbwc", *call("authenticate", strUserName=user, strPassword=PASSWORD))
    found = TICKET.search(answer)
    if not found:
        raise RuntimeError("no ticket")
    return found[1].decode()


def run() -> None:
    """Print the ratios."""
    with serving(bare_wsgi) as floor, serving(bare_spyne) as spyne, office() as here:
        with here.database.begin() as c:
            companies.customers_received(c, here.company.id, datetime.now(UTC))
        turns = [[_milliseconds(server) for server in (floor, spyne, here.server)] for _ in range(TURNS + 1)]
    bare, theirs, mine = (median(times) for times in zip(*turns[1:], strict=True))  # the first one is to get warm
    print(
        f"(d) idle poll: {mine:.2f} ms CPU for 4 calls; {mine / theirs:.2f} of Spyne as it comes ({theirs:.2f}), "
        f"{mine / bare:.2f} of a bare WSGI application ({bare:.2f})"
    )


if __name__ == "__main__":
    run()
