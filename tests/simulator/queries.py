"""Requests of the QuickBooks SDK in as few words as the tests need, and what is looked at in an answer."""

from __future__ import annotations

from lxml import etree

OWNER = "{6B063959-81B0-4622-85D6-F548C8CCB517}"
MODIFIED = "<ModifiedDateRangeFilter><FromModifiedDate>{}</FromModifiedDate></ModifiedDateRangeFilter>"
GOOD = (
    '<?xml version="1.0"?><?qbxml version="13.0"?>'
    '<QBXML><QBXMLMsgsRq onError="stopOnError"><HostQueryRq/></QBXMLMsgsRq></QBXML>'
)


def payments(body: str, attributes: str = "") -> str:
    return f"<ReceivePaymentQueryRq {attributes}>{body}</ReceivePaymentQueryRq>"


def customers(body: str) -> str:
    return f"<CustomerQueryRq>{body}</CustomerQueryRq>"


def ref_numbers(answer: etree._Element) -> list[str]:
    return [element.text or "" for element in answer.iterfind("ReceivePaymentRet/RefNumber")]
