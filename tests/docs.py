"""The pages of docs/ as tests read them: blocks of code, by their language and by the file they are."""

import re
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    language: str
    file: str
    text: str


def blocks(page: str) -> list[Block]:
    """All of a page, in their order."""
    return [Block(*found) for found in BLOCK.findall((DOCS / page).read_text("utf-8"))]


def file_in(page: str, path: str) -> str:
    """The file that the page says belongs at this path."""
    (found,) = (block.text for block in blocks(page) if block.file == path)
    return found
