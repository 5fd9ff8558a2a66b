"""Random damage to a real answer: it is read, or refused in words; nothing else escapes."""

from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from qbwc_bridge.errors import AnswerUnreadable
from qbwc_bridge.qbxml import Host, read_answers, read_host

FILES = sorted(path.read_text(encoding="utf-8") for path in (Path(__file__).parents[1] / "answers").glob("*.xml"))
PIECES = st.sampled_from(
    ["<", ">", "&", "]]>", "<!DOCTYPE x>", "&#1;", "\x00", "<Memo>", "</QBXML>", "é", "\ud800", "-1", ""]
)
DAMAGE = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 40), PIECES), min_size=1, max_size=4)


def damaged(text: str, damage: list[tuple[int, int, str]]) -> str:
    for place, cut, piece in damage:
        text = text[:place] + piece + text[place + cut :]
    return text


@settings(max_examples=500, deadline=None)
@given(text=st.sampled_from(FILES), damage=DAMAGE)
def test_a_damaged_answer_is_read_or_refused_in_words(text: str, damage: list[tuple[int, int, str]]) -> None:
    with suppress(AnswerUnreadable):
        answers = read_answers(damaged(text, damage))
        assert all(isinstance(answer.rows, tuple) for answer in answers)


@settings(max_examples=300, deadline=None)
@given(text=st.sampled_from(FILES), damage=DAMAGE)
def test_a_damaged_introduction_is_a_quickbooks_that_said_little(text: str, damage: list[tuple[int, int, str]]) -> None:
    assert isinstance(read_host(damaged(text, damage), "{6B063959-81B0-4622-85D6-F548C8CCB517}"), Host)
