"""A command loads what it needs and no more: that is what a person waits for."""

import os
import re
import subprocess
import sys

import pytest
from office import Office

SLOW = {"alembic", "cheroot", "cryptography", "flask", "jinja2", "spyne", "xlsxwriter", "zeep"}


def loaded(environ: dict[str, str], *words: str) -> set[str]:
    """The modules a real process imports."""
    command = [sys.executable, "-X", "importtime", "-m", "qbwc_bridge", *words]
    ran = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True, check=True)
    return set(re.findall(r"^import time:.*\| +([\w.]+)$", ran.stderr, re.MULTILINE))


def test_help_needs_no_more_than_click(environ: dict[str, str]) -> None:
    assert not loaded(environ, "--help") & (SLOW | {"sqlalchemy"})


@pytest.mark.parametrize("words", ["sync status Acme", "company list", "project list Acme", "sync request Acme"])
def test_a_look_at_the_database_needs_no_site_and_no_migrations(
    synced: Office, environ: dict[str, str], words: str
) -> None:
    found = loaded(environ, *words.split())
    assert "sqlalchemy.dialects.sqlite" in found
    assert not found & (SLOW | {"sqlalchemy.dialects.postgresql"})


def test_payments_need_no_workbook_until_one_is_asked_for(synced: Office, environ: dict[str, str]) -> None:
    words = ("payments", "Acme", "Smith kitchen", "--format")
    assert not loaded(environ, *words, "json") & SLOW
    assert "xlsxwriter" in loaded(environ, *words, "xlsx", "-o", os.devnull)
