"""qbXML in both directions: requests are rendered from templates, answers are parsed into records. Pure.

What flows in: records and text. What flows out: text and records. This room knows no database, no network and no queue.
"""

from qbwc_bridge.qbxml.host import Host, read_host
from qbwc_bridge.qbxml.parse import read_answers
from qbwc_bridge.qbxml.render import Query, render
from qbwc_bridge.qbxml.tree import Node, Tree, indented, printable, read_tree, whole_document
from qbwc_bridge.qbxml.versions import negotiate
from qbwc_bridge.qbxml.xml import impersonal, impersonal_pieces

__all__ = [
    "Host",
    "Node",
    "Query",
    "Tree",
    "impersonal",
    "impersonal_pieces",
    "indented",
    "negotiate",
    "printable",
    "read_answers",
    "read_host",
    "read_tree",
    "render",
    "whole_document",
]
