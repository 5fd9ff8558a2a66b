"""The site with its cast on a real database, and a visitor for each of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from web.cast import EMAILS, Cast, Clock, Visitor, stage

from qbwc_bridge.config import Config, Server, Web
from qbwc_bridge.store.database import Database
from qbwc_bridge.web.app import create_app

Enter = Callable[[str], Visitor]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cast(database: Database, clock: Clock) -> Cast:
    return stage(database, clock)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(web=Web(secret_key_file=tmp_path / "key.secret"))


@pytest.fixture
def secure_config(config: Config) -> Config:
    return replace(config, server=Server(public_url="https://pay.example", trusted_proxies=1))


@pytest.fixture
def app(cast: Cast, config: Config) -> Flask:
    return create_app(cast.database, config, cast.clock)


@pytest.fixture
def enter(app: Flask) -> Enter:
    """Somebody of the cast, signed in."""

    def visitor(who: str) -> Visitor:
        somebody = Visitor(app)
        assert somebody.sign_in(EMAILS[who]).status_code == 303
        return somebody

    return visitor


@pytest.fixture
def admin(enter: Enter) -> Visitor:
    return enter("admin")


@pytest.fixture
def staff(enter: Enter) -> Visitor:
    return enter("staff")


@pytest.fixture
def client(enter: Enter) -> Visitor:
    return enter("client")


@pytest.fixture
def outsider(enter: Enter) -> Visitor:
    return enter("outsider")


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    """Nobody is signed in."""
    return Visitor(app)
