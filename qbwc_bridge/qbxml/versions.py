"""Which qbXML version to speak: the highest that QuickBooks and we both know (reference: version processing instruction)."""

import re
from collections.abc import Iterable

NEWEST = (13, 0)
OLDEST = (5, 0)
"""Iterators came with 5.0; without them a long answer would be cut silently."""


def negotiate(supported: Iterable[str], major: int = 0, minor: int = 0) -> str | None:
    """The version to declare, or None when this QuickBooks is too old.

    ``supported`` are the texts of ``SupportedQBXMLVersion``; old Canadian builds prefix a country, and such a value is sent
    back as listed. Versions are compared as numbers, since "9.0" is less than "13.0". ``major`` and ``minor`` come with
    every ``sendRequestXML`` and serve when the list is missing.
    """
    listed = {number: text for text in supported if (number := _number(text))}
    known = [number for number in listed if number <= NEWEST]
    if known:
        best = max(known)
        return listed[best] if best >= OLDEST else None
    fallback = min((major, minor), NEWEST)
    return f"{fallback[0]}.{fallback[1]}" if fallback >= OLDEST else None


def _number(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"[A-Z]{0,2}(\d+)\.(\d+)", text.strip())
    return (int(found[1]), int(found[2])) if found else None
