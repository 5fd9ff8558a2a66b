"""The WSDL of the service, written from the table of operations.

In: the public address. Out: the document's bytes. Spyne's own WSDL says the same with other message parts and actions,
from which .NET's generator makes an unusable proxy; this one has the names Intuit's has. It differs from the widely
copied file in three things: serverVersion has no parameter, as on the wire; the three interactive operations are there;
and the address is the configured one.
"""

from lxml import etree

from qbwc_bridge.soap.operations import INT, NAMESPACE, OPERATIONS, STRING, STRINGS, Operation

_SERVICE, _PORT = "QBWebConnectorSvc", "QBWebConnectorSvcSoap"
_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
_SCHEMA = "http://www.w3.org/2001/XMLSchema"
_PREFIXES = {"wsdl": _WSDL, "soap": _SOAP, "s": _SCHEMA, "tns": NAMESPACE}
_TYPES = {STRING: "s:string", INT: "s:int", STRINGS: f"tns:{STRINGS}"}


def wsdl(public_url: str) -> bytes:
    """The document. ``public_url`` is the address of the service itself, such as https://books.example.com/qbwc."""
    root = etree.Element(f"{{{_WSDL}}}definitions", nsmap=_PREFIXES, targetNamespace=NAMESPACE)
    _add_types(_add(root, "wsdl:types"))
    for operation in OPERATIONS:
        _add_messages(root, operation)
    _add_port_type(root)
    _add_binding(root)
    port = _add(_add(root, "wsdl:service", name=_SERVICE), "wsdl:port", name=_PORT, binding=f"tns:{_PORT}")
    _add(port, "soap:address", location=public_url)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _add(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    prefix, local = tag.split(":")
    return etree.SubElement(parent, f"{{{_PREFIXES[prefix]}}}{local}", attributes)


def _add_types(types: etree._Element) -> None:
    schema = _add(types, "s:schema", elementFormDefault="qualified", targetNamespace=NAMESPACE)
    for operation in OPERATIONS:
        _add_wrapper(schema, operation.name, operation.parameters)
        _add_wrapper(schema, f"{operation.name}Response", ((f"{operation.name}Result", operation.result),))
    items = _add(_add(schema, "s:complexType", name=STRINGS), "s:sequence")
    _add(items, "s:element", minOccurs="0", maxOccurs="unbounded", name="string", nillable="true", type="s:string")


def _add_wrapper(schema: etree._Element, name: str, members: tuple[tuple[str, str], ...]) -> None:
    wrapper = _add(_add(schema, "s:element", name=name), "s:complexType")
    sequence = _add(wrapper, "s:sequence") if members else wrapper
    for member, kind in members:
        least = "1" if kind == INT else "0"
        _add(sequence, "s:element", minOccurs=least, maxOccurs="1", name=member, type=_TYPES[kind])


def _add_messages(root: etree._Element, operation: Operation) -> None:
    for suffix, element in (("SoapIn", operation.name), ("SoapOut", f"{operation.name}Response")):
        message = _add(root, "wsdl:message", name=f"{operation.name}{suffix}")
        _add(message, "wsdl:part", name="parameters", element=f"tns:{element}")


def _add_port_type(root: etree._Element) -> None:
    port_type = _add(root, "wsdl:portType", name=_PORT)
    for operation in OPERATIONS:
        element = _add(port_type, "wsdl:operation", name=operation.name)
        _add(element, "wsdl:input", message=f"tns:{operation.name}SoapIn")
        _add(element, "wsdl:output", message=f"tns:{operation.name}SoapOut")


def _add_binding(root: etree._Element) -> None:
    binding = _add(root, "wsdl:binding", name=_PORT, type=f"tns:{_PORT}")
    _add(binding, "soap:binding", transport="http://schemas.xmlsoap.org/soap/http", style="document")
    for operation in OPERATIONS:
        element = _add(binding, "wsdl:operation", name=operation.name)
        _add(element, "soap:operation", soapAction=f"{NAMESPACE}{operation.name}", style="document")
        _add(_add(element, "wsdl:input"), "soap:body", use="literal")
        _add(_add(element, "wsdl:output"), "soap:body", use="literal")
