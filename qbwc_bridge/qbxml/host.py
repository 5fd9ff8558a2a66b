"""What the Web Connector tells of QuickBooks with the first ``sendRequestXML``: the answers to HostQuery, CompanyQuery and
PreferencesQuery (reference: what sendRequestXML carries). Small nested documents, so xmltodict reads them.

The company's EIN and SSN are in there too: they are never taken out, kept or logged.
"""

from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from lxml import etree

from qbwc_bridge.errors import AnswerUnreadable
from qbwc_bridge.qbxml import xml


@dataclass(frozen=True, slots=True)
class Host:
    """QuickBooks as it introduced itself. Everything may be missing. ``file_id`` is ours under our OwnerID, or ""."""

    product: str = ""
    country: str = ""
    versions: tuple[str, ...] = ()
    company_name: str = ""
    file_id: str = ""
    multicurrency: bool = False


def read_host(text: str, owner_id: str) -> Host:
    """Read the document, or a lone CompanyQuery answer. Unreadable text reads as a Host that knows nothing."""
    answers = _first(_first(_document(text), "QBXML"), "QBXMLMsgsRs")
    host = _first(_first(answers, "HostQueryRs"), "HostRet")
    company = _first(_first(answers, "CompanyQueryRs"), "CompanyRet")
    preferences = _first(_first(answers, "PreferencesQueryRs"), "PreferencesRet")
    currency = _first(preferences, "MultiCurrencyPreferences")
    return Host(
        product=_text(host.get("ProductName")),
        country=_text(host.get("Country")),
        versions=tuple(_text(version) for version in _list(host.get("SupportedQBXMLVersion"))),
        company_name=_text(company.get("CompanyName")),
        file_id=_file_id(_list(company.get("DataExtRet")), owner_id),
        multicurrency=_text(currency.get("IsMultiCurrencyOn")) == "true",
    )


def _document(text: str) -> dict[str, Any]:
    try:
        xml.refuse_doctype(text)
        # lxml first: it bounds depth and entities, and forgives what expat would stop at.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        root = etree.fromstring(xml.cleaned(xml.without_declaration(text)).encode("utf-8", "replace"), parser)
        return {} if root is None else xmltodict.parse(etree.tostring(root))
    except (etree.XMLSyntaxError, ExpatError, AnswerUnreadable):
        return {}


def _file_id(extensions: list[Any], owner_id: str) -> str:
    for extension in filter(_is_element, extensions):
        ours = _text(extension.get("OwnerID")).lower() == owner_id.lower()
        if ours and _text(extension.get("DataExtName")) == "FileID":
            return _text(extension.get("DataExtValue"))
    return ""


def _is_element(value: Any) -> bool:
    return isinstance(value, dict)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(parent: dict[str, Any], name: str) -> dict[str, Any]:
    """The first element of that name, when it has elements in it; else one that has none."""
    return next(filter(_is_element, _list(parent.get(name))), {})


def _text(value: Any) -> str:
    return str(value.get("#text", "") if isinstance(value, dict) else value or "").strip()
