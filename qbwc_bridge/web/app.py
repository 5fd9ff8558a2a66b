"""The site put together: what it stands on, what guards it, and its pages, one module for each area."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask, g
from werkzeug.routing import IntegerConverter, Map

from qbwc_bridge import __version__
from qbwc_bridge.config import Config
from qbwc_bridge.connector.throttle import throttle
from qbwc_bridge.store.database import Database
from qbwc_bridge.web import (
    accounting,
    activity,
    api,
    archiving,
    audit,
    checks,
    companies,
    financials,
    first_run,
    history,
    notices,
    payments,
    people,
    problems,
    programs,
    projects,
    rereading,
    runs,
    security,
    session,
    setup,
    sharing,
    signin,
    system,
)
from qbwc_bridge.web.site import Site

PAGES = (
    signin,
    first_run,
    companies,
    checks,
    projects,
    setup,
    archiving,
    financials,
    history,
    payments,
    sharing,
    accounting,
    activity,
    runs,
    rereading,
    people,
    notices,
    programs,
    audit,
    api,
    system,
)
SETTINGS = (
    ("accounting.show", "Accounting Settings"),
    ("people.index", "Users"),
    ("notices.show", "Notices"),
    ("programs.index", "Programs"),
    ("audit.show", "Audit"),
)
"""The pages of an admin, as tabs."""
LARGEST_FORM = 1_000_000
LARGEST_ID = 2**31 - 1


class RowId(IntegerConverter):
    """A number in an address that the database could have given; a larger one names nothing."""

    def __init__(self, map: Map) -> None:  # noqa: A002 (werkzeug's name)
        super().__init__(map, max=LARGEST_ID)


def create_app(database: Database, config: Config, clock: Callable[[], datetime]) -> Flask:
    """The site as a WSGI application. ``clock`` gives aware instants; nothing else here reads the time."""
    app = Flask(__name__)
    app.extensions["qbwc_bridge"] = Site(database, config, clock, throttle(config.server.redis_url, "site"))
    _settle_sessions(app, config)
    app.before_request(security.check_form_token)
    app.after_request(security.add_headers)
    app.context_processor(_everywhere)
    app.url_map.converters["int"] = RowId
    problems.register(app)
    for module in PAGES:
        app.register_blueprint(module.pages)
    return app


def _settle_sessions(app: Flask, config: Config) -> None:
    secure = config.server.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=security.secret_key(config.web.secret_key_file),
        SESSION_COOKIE_NAME="__Host-qbwc" if secure else "qbwc",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=config.web.session_days),
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _everywhere() -> dict[str, object]:
    return {
        "person": g.get("person"),
        "form_token": session.form_token,
        "version": __version__,
        "settings_pages": SETTINGS,
    }
