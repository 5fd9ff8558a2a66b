"""A document to look at: a tree of limited size from any text at all, with nothing of persons in it."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from qbwc_bridge.qbxml import Node, impersonal, indented, read_tree, whole_document
from qbwc_bridge.qbxml.tree import DEEPEST, LONGEST

ANSWERS = Path(__file__).parents[1] / "answers"
FILES = sorted(path.read_text(encoding="utf-8") for path in ANSWERS.glob("*.xml"))
SECRETS = ("Acme", "10456", "Inv 21", "12-3456789", "078-05-1120", "Accounts Receivable")
PIECES = [
    "<",
    ">",
    "&",
    "]]>",
    "<!DOCTYPE x>",
    "<![CDATA[",
    "<!--",
    "&#1;",
    "\x00",
    "<Memo>",
    "</QBXML>",
    "é",
    "\ud800",
    "'",
    '"',
]
DAMAGE = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 40), st.sampled_from(PIECES)), max_size=4)


def answer(name: str) -> str:
    return (ANSWERS / f"{name}.xml").read_text(encoding="utf-8")


def every(node: Node) -> list[Node]:
    return [node, *(below for child in node.children for below in every(child))]


def test_an_answer_is_a_tree_of_its_elements() -> None:
    tree = read_tree(answer("plain"))
    assert tree.root
    assert (tree.root.name, tree.cut, tree.problem) == ("QBXML", False, "")
    (messages,) = tree.root.children
    (asked,) = messages.children
    assert asked.attributes[:2] == (("requestID", "1.1"), ("statusCode", "0"))
    assert {one.name: one.text for one in every(tree.root)}["TotalAmount"] == "399.77"
    assert len(every(tree.root)) == tree.elements


@pytest.mark.parametrize("name", ["plain", "introduction", "customers", "accents", "linked-transactions"])
def test_nothing_of_persons_is_in_it(name: str) -> None:
    for text in (impersonal(answer(name)), indented(read_tree(answer(name))), whole_document(answer(name))):
        assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize(
    "text",
    [
        "<Memo>secret</Memo>", "<Memo >secret</Memo>", '<Memo a="1>2">secret</Memo>', "<Memo><![CDATA[secret]]></Memo>",
        "<Memo>secret", "<Memo><b>secret</b></Memo>", "<A><b/>secret</A>", "<Memo><TxnID>1</TxnID>secret</Memo>",
        "<!-- secret -->", "<![CDATA[secret", "<Password>secret</Password>", "<Memo a='\"'>secret</Memo>",
        "<TxnIDs>secret</TxnIDs>",
        "<Memo a=\"1' \"' \"'>secret<b>", "<Memo\n>\n secret</Memo>",
    ],
)  # fmt: skip
def test_it_is_left_out_however_it_is_written(text: str) -> None:
    kept = impersonal(text)
    assert "secret" not in kept
    assert impersonal(kept) == kept


def test_what_is_needed_to_understand_an_answer_stays() -> None:
    kept = impersonal(answer("plain"))
    for words in ("<TxnID>4ECE-1741018000</TxnID>", "<TxnDate>2025-03-03</TxnDate>", 'statusMessage="Status OK"'):
        assert words in kept


def test_the_text_has_an_element_a_line_and_is_xml_again() -> None:
    text = indented(read_tree(answer("plain")))
    assert "\n      <ReceivePaymentRet>\n        <TxnID>4ECE-1741018000</TxnID>\n" in text
    assert etree.fromstring(text).tag == "QBXML"


def test_a_large_document_is_cut() -> None:
    tree = read_tree("<QBXML>" + "<TxnID>1</TxnID>" * 9000 + "</QBXML>")
    assert (tree.elements, tree.cut, tree.problem) == (2000, True, "")
    assert tree.root
    assert len(tree.root.children) == 1999
    assert etree.fromstring(indented(tree)) is not None


def test_a_text_longer_than_anybody_reads_is_cut() -> None:
    tree = read_tree(f"<TxnID a='{'x' * 5000}'>{'y' * 5000}</TxnID>")
    assert tree.root
    assert len(tree.root.text) == len(tree.root.attributes[0][1]) == LONGEST + 1


def test_a_deep_document_is_cut() -> None:
    tree = read_tree("<a>" * 200 + "</a>" * 200)
    assert (tree.elements, tree.cut) == (DEEPEST, True)


def test_a_document_that_is_cut_off_shows_what_is_there() -> None:
    tree = read_tree(answer("plain")[:700])
    assert "ReceivePaymentRet" in indented(tree)
    assert tree.problem.startswith("Reading stopped here: ")


@pytest.mark.parametrize("text", ["", "   ", "no XML", "<", "<>", "\x00"])
def test_what_is_no_xml_has_no_tree(text: str) -> None:
    assert read_tree(text).root is None


def test_a_doctype_is_not_even_read() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x y="&b;">&b;</x>'
    tree = read_tree(bomb)
    assert tree.root is None
    assert "DOCTYPE" in tree.problem
    assert "<!" not in whole_document(bomb)


def test_signs_that_would_hide_others_are_replaced() -> None:
    tree = read_tree("<TxnID>a\u202eb\x07&#8;\u0000c</TxnID>")
    assert tree.root
    assert tree.root.text == "a\ufffdbc"


HOSTILE = {
    "deep": "<a>" * 400_000,
    "open quotes": "<a b='x" * 200_000,
    "only brackets": "<" * 900_000,
    "mixed quotes": "<a '\"b" * 200_000,
    "open sections": "<![CDATA[" * 100_000,
    "open comments": "<!--" * 200_000,
    "quotes in quotes": '<a b="' + "c\"'" * 300_000,
    "many attributes": "<a " + "b='1' " * 200_000,
    "empty lines": "<Memo>" + "\n" * 900_000 + "x",
    "one long name": "<" + "a" * 900_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_cheap(name: str) -> None:
    started = time.process_time()
    read_tree(HOSTILE[name])
    assert time.process_time() - started < 5


@settings(max_examples=300, deadline=None)
@given(text=st.sampled_from(FILES), damage=DAMAGE, most=st.integers(1, 60))
def test_whatever_comes_has_a_tree_of_limited_size(text: str, damage: list[tuple[int, int, str]], most: int) -> None:
    for place, cut, piece in damage:
        text = text[:place] + piece + text[place + cut :]
    tree = read_tree(text, most)
    shown = every(tree.root) if tree.root else []
    assert len(shown) == tree.elements <= most
    assert all(sign.isprintable() or sign in "\t\n" for node in shown for sign in node.name + node.text)
    if tree.root:
        assert etree.fromstring(indented(tree)).tag == tree.root.name
    whole_document(text).encode("utf-8", "replace")
