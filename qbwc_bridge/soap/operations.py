"""The operations of the Web Connector's SOAP contract, once: the service and the WSDL are both read from this table.

In: nothing. Out: the names of operations and parameters as they are on the wire, in wire order. It knows nothing of
Spyne, of XML, or of what the operations mean.
"""

from dataclasses import dataclass

NAMESPACE = "http://developer.intuit.com/"
"""Its trailing slash is part of it."""

STRING, INT, STRINGS = "string", "int", "ArrayOfString"


@dataclass(frozen=True)
class Operation:
    """One operation: its parameters as (name, type) in wire order, and the type of its result."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    result: str = STRING


def _operation(name: str, *strings: str, result: str = STRING) -> Operation:
    return Operation(name, tuple((parameter, STRING) for parameter in strings), result)


OPERATIONS = (
    _operation("serverVersion"),  # Intuit's own sample has no parameter; a widely copied WSDL adds strVersion
    _operation("clientVersion", "strVersion"),
    _operation("authenticate", "strUserName", "strPassword", result=STRINGS),
    Operation(
        "sendRequestXML",
        (
            ("ticket", STRING),
            ("strHCPResponse", STRING),
            ("strCompanyFileName", STRING),
            ("qbXMLCountry", STRING),
            ("qbXMLMajorVers", INT),
            ("qbXMLMinorVers", INT),
        ),
    ),
    _operation("receiveResponseXML", "ticket", "response", "hresult", "message", result=INT),
    _operation("connectionError", "ticket", "hresult", "message"),
    _operation("getLastError", "ticket"),
    _operation("closeConnection", "ticket"),
    _operation("getInteractiveURL", "wcTicket", "sessionID"),
    _operation("interactiveDone", "wcTicket"),
    _operation("interactiveRejected", "wcTicket", "reason"),
)

BY_NAME = {operation.name: operation for operation in OPERATIONS}
