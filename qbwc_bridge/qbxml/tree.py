"""A qbXML document to look at: text → frozen nodes, for people who want to know what travelled.

What flows in: any text at all, also hostile or damaged. What flows out: at most so many elements, so deep, each text so
long, nothing of persons, and a sentence about what is missing. It never reads an answer for its meaning (``parse`` does).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from qbwc_bridge.qbxml import xml
from qbwc_bridge.qbxml.xml import Element

ELEMENTS = 2_000
DEEPEST = 30
"""qbXML nests less than ten deep."""

LONGEST = 300
ATTRIBUTES = 30
WINDOW = 4_000_000
"""Characters that are looked at: two thousand elements of QuickBooks take a twentieth of it."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """What could be read. ``root`` is None when nothing could; ``cut``: there is more in the document than in here;
    ``problem`` says where reading stopped, or is ""."""

    root: Node | None
    elements: int = 0
    cut: bool = False
    problem: str = ""


@dataclass(slots=True)
class _Draft:
    name: str
    attributes: tuple[tuple[str, str], ...]
    text: str = ""
    children: list["_Draft"] = field(default_factory=list)

    def node(self) -> Node:
        return Node(self.name, self.attributes, self.text, tuple(child.node() for child in self.children))


def read_tree(text: str, elements: int = ELEMENTS) -> Tree:
    """The document as nodes, whatever it is. Never raises."""
    if "<!DOCTYPE" in text[:WINDOW]:
        return Tree(None, problem="It carries a DOCTYPE, which QuickBooks never sends.")
    window = xml.without_declaration(xml.cleaned(xml.impersonal(text[:WINDOW])))
    grown = _Grown(elements)
    problem = grown.grow(window)
    whole = len(text) <= WINDOW
    return Tree(
        grown.root.node() if grown.root else None,
        elements=grown.count,
        cut=grown.cut or not whole,
        problem=problem if whole else "",
    )


def indented(tree: Tree) -> str:
    """The nodes as text, one element a line."""
    return "\n".join(_lines(tree.root, 0)) if tree.root else ""


def whole_document(text: str) -> str:
    """All of it as a file anybody can open: in UTF-8, without a DTD, without signs XML forbids, and nothing of persons."""
    kept = xml.without_declaration(xml.cleaned(xml.impersonal(text))).lstrip()
    return '<?xml version="1.0" encoding="utf-8"?>\n' + kept.replace("<!", "&lt;!")


def printable(text: str, longest: int = LONGEST) -> str:
    """The text without signs that would hide or turn others, and not longer than this."""
    kept = "".join(sign if sign.isprintable() or sign in "\t\n" else "\ufffd" for sign in text[:longest])
    return f"{kept}…" if len(text) > longest else kept


class _Grown:
    """A tree that grows with the parser's events until it is large enough."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.count = 0
        self.cut = False
        self.root: _Draft | None = None
        self.above: list[_Draft | None] = []

    def grow(self, text: str) -> str:
        """Read on until there is enough; returns why it stopped before, or ""."""
        parser = etree.XMLPullParser(
            events=("start", "end"),
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            for chunk in xml.chunks(text):
                parser.feed(chunk)
                if not self._take(parser.read_events()):
                    return ""
            parser.close()
        except etree.XMLSyntaxError as error:
            self._take(parser.read_events())
            return f"Reading stopped here: {printable(error.msg or 'this is not XML')}."
        return ""

    def _take(self, events: Iterator[tuple[str, Element]]) -> bool:
        """Whether there is room for more."""
        for event, element in events:
            if event == "end":
                self._ended(element)
            elif self.count >= self.limit:
                self.cut = True
                return False
            else:
                self._started(element)
        return True

    def _started(self, element: Element) -> None:
        parent = self.above[-1] if self.above else None
        if self.above and (parent is None or len(self.above) >= DEEPEST):
            self.cut = True
            self.above.append(None)
            return
        draft = _Draft(printable(str(element.tag)), _attributes(element))
        self.count += 1
        if parent is None:
            self.root = draft
        else:
            parent.children.append(draft)
        self.above.append(draft)

    def _ended(self, element: Element) -> None:
        draft = self.above.pop()
        if draft is not None:
            draft.text = printable((element.text or "").strip())
        element.clear()


def _attributes(element: Element) -> tuple[tuple[str, str], ...]:
    found = list(element.attrib.items())[:ATTRIBUTES]
    return tuple((printable(str(name)), printable(str(value))) for name, value in found)


def _lines(node: Node, depth: int) -> Iterator[str]:
    space = "  " * depth
    opening = f"{space}<{node.name}" + "".join(f" {name}={quoteattr(value)}" for name, value in node.attributes)
    if not node.children:
        yield f"{opening}>{escape(node.text)}</{node.name}>" if node.text else f"{opening}/>"
        return
    yield f"{opening}>{escape(node.text)}"
    for child in node.children:
        yield from _lines(child, depth + 1)
    yield f"{space}</{node.name}>"
