"""The README says what the code says: the words for what can go wrong, the packages, the options.

``python tests/test_readme.py`` writes the tables anew.
"""

import configparser
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from qbwc_bridge.config import OPTIONS
from qbwc_bridge.connector.outcomes import Outcome, table

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FIRST = "<!-- outcomes: written by tests/test_readme.py -->"
LAST = "<!-- outcomes end -->"


# What can go wrong ----------------------------------------------------------------------------------------------------


def written() -> str:
    """The tables, as they belong between the two comments. A status of a single request is only ever part of these."""
    outcomes = table()
    office = [one for one in outcomes if not one.code.isdigit() and not one.code.startswith("QBWC")]
    connector = [one for one in outcomes if one.code.startswith("QBWC")]
    return "\n".join([
        FIRST, "", *_table(office), "",
        "<details><summary>The Web Connector’s own codes, QBWC1000 and up</summary>", "",
        *_table(connector), "", "</details>", "", LAST,
    ])  # fmt: skip


def _table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    codes: dict[tuple[str, str, str], list[str]] = {}
    for one in outcomes:
        codes.setdefault((one.sentence, one.cause, one.who), []).append(f"`{one.code}`")
    yield "| message | cause | who does what |"
    yield "| --- | --- | --- |"
    for (sentence, cause, who), names in codes.items():
        yield f"| {sentence} {', '.join(names)} | {cause} | {who} |".replace("\n", " ")


def _parts() -> tuple[str, str, str]:
    before, first, rest = README.read_text("utf-8").partition(FIRST)
    between, last, after = rest.partition(LAST)
    assert first, FIRST
    assert last, LAST
    return before, first + between + last, after


def test_what_can_go_wrong_is_what_the_code_says() -> None:
    assert _parts()[1] == written(), "python tests/test_readme.py writes the tables anew"


def test_every_code_an_office_can_meet_is_there_once() -> None:
    office, _, connector = _parts()[1].partition("<details>")
    for one in table():
        place = connector if one.code.startswith("QBWC") else office
        assert place.count(f"`{one.code}`") == (0 if one.code.isdigit() else 1), one.code


def test_no_cell_breaks_its_row() -> None:
    rows = [line for line in _parts()[1].splitlines() if line.startswith("|")]
    assert len(rows) > 60
    assert {row.count("|") for row in rows} == {4}


# What it stands on ----------------------------------------------------------------------------------------------------

SHORT = {"axe-playwright-python": "axe"}
STUBS = re.compile(r"types-|.*-stubs")  # types for mypy; they stand for the package they describe


def test_every_package_has_its_reason() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    needed = setup["options"]["install_requires"] + setup["options.extras_require"]["test"]
    wanted = {re.split(r"[\[>=]", line)[0] for line in needed.split("\n") if line and not line.startswith("#")}
    found = README.read_text("utf-8").partition("### What it stands on")[2].partition("###")[0]
    named = {name for row in re.findall(r"^\| ([^|]+) \|", found, re.MULTILINE) for name in row.split(", ")}
    assert {SHORT.get(name, name) for name in wanted if not STUBS.match(name)} == named - {"package", "---"}


# Options --------------------------------------------------------------------------------------------------------------


def test_every_option_the_readme_speaks_of_is_one() -> None:
    """It has no list of them: that is config.example.ini, which has a test of its own."""
    spoken = re.findall(r"`(?:\[\w+\] )?([a-z]+(?:_[a-z]+)+)(?: = \w+)?`", _parts()[0])
    assert {"public_url", "tls_certificate", "tls_private_key", "trusted_proxies"} <= set(spoken)
    assert set(spoken) <= {option.name for option in OPTIONS}
    assert "every option is in there with its default" in _parts()[0]


if __name__ == "__main__":
    before, _, after = _parts()
    README.write_text(before + written() + after, "utf-8")
