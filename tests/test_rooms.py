"""The rooms of the house: small files, said in words, tested where they stand."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "qbwc_bridge"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)
LONGEST = 350
VAGUE = ("manager", "handler", "helper", "util")
NO_ROOM = {"answers", "browser", "conformance", "conversations"}
"""Folders of tests that stand for no room: data, a real browser, the vendor's schemas."""
ELSEWHERE = {"config": TESTS / "test_config.py", "server": TESTS / "cli" / "test_serving.py"}
NOUNS = {"records"}
"""A room that decides nothing, so that there is nothing to test but the others."""


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _silent(path: Path) -> list[str]:
    """The module, and its public classes and functions, if they have no docstring. A click command has its help text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    public = [node for node in named if not node.name.startswith("_") and not _is_command(node)]
    return [_name(path)] * (not ast.get_docstring(tree)) + [
        f"{_name(path)}: {node.name}" for node in public if not ast.get_docstring(node)
    ]


def _is_command(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return any("click.command" in ast.unparse(one) for one in node.decorator_list)


def _long() -> set[str]:
    return {_name(path) for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST}


def test_every_file_is_short_enough_to_be_read_in_one_go() -> None:
    assert not _long()


@pytest.mark.parametrize("simulator", [False, True], ids=["product", "simulator"])
def test_whatever_is_public_says_what_it_is_for(simulator: bool) -> None:
    asked = [path for path in FILES if ("simulator" in path.parts) is simulator]
    assert [name for path in asked for name in _silent(path)] == []


def test_no_name_is_vague() -> None:
    names = {(_name(path), path.stem) for path in FILES}
    for path in FILES:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
        names |= {(_name(path), node.name) for node in nodes if isinstance(node, kinds)}
    assert [name for name in sorted(names) if any(vague in name[1].lower() for vague in VAGUE)] == []


def test_every_folder_of_tests_stands_for_a_room() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir()}
    folders = {path.name for path in TESTS.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))}
    assert folders - NO_ROOM - rooms == set()


ROOMS = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}


@pytest.mark.parametrize("room", sorted(ROOMS - NOUNS))
def test_every_room_has_its_tests(room: str) -> None:
    assert list((TESTS / room).glob("test_*.py")) or ELSEWHERE[room].exists()
