"""What other programs read: projects and their payments as JSON, with a token of the company.

In: a token and an address below /api/v1. Out: the documents of the command line, page by page, with an ETag. Nothing can be
changed here, no session is looked at, and problems are JSON too (``api_problems``).
"""

import hashlib
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, g, request, url_for
from werkzeug.routing import RequestRedirect

from qbwc_bridge.errors import BridgeError
from qbwc_bridge.store import projects as stored
from qbwc_bridge.store import summaries, tokens
from qbwc_bridge.store.summaries import Overview, ProjectStatus
from qbwc_bridge.web import access, api_problems, api_query, documents, exports, openapi
from qbwc_bridge.web import filters as narrowing
from qbwc_bridge.web.api_problems import ROOT
from qbwc_bridge.web.site import now, poll_minutes, public, reading, site, writing

pages = Blueprint("api", __name__, url_prefix=ROOT)
read = partial(pages.get, provide_automatic_options=False)


@read("/projects")
def projects() -> Response:
    """All projects of the company, in the order in which they were made."""
    overview = _overview()
    api_query.only(request.args, api_query.PAGING)
    wanted = api_query.page(request.args, (int,))
    lines, cursor = api_query.cut(sorted(overview.projects, key=api_query.project_key), api_query.project_key, wanted)
    return _answer(
        {"company": overview.company.name, "projects": [_project(line) for line in lines], "next": _next(cursor)}
    )


@read("/projects/<int:project_id>")
def project(project_id: int) -> Response:
    """One project, as in the list; also an archived one, which is in no list but stays where it was."""
    with reading() as c:
        company = access.program(c)
        asked = (c, company.id, now(), poll_minutes())
        wanted = stored.by_id(c, company.id, project_id)
        known = summaries.archived(*asked) if wanted.archived_at else summaries.overview(*asked).projects
    api_query.only(request.args, ())
    return _answer(next(_project(line) for line in known if line.project.id == project_id))


@read("/projects/<int:project_id>/payments")
def payments(project_id: int) -> Response:
    """The payments of a project, oldest first. Figures and running totals are of all, whatever is filtered or on the page."""
    with reading() as c:
        company = access.program(c)
        whole = summaries.load(c, company.id, project_id, now(), poll_minutes())
    api_query.only(request.args, (*api_query.FILTERS, *api_query.PAGING))
    wanted = api_query.page(request.args, (str, str, int))
    shown = narrowing.narrowed(whole, api_query.filters(request.args))
    lines, cursor = api_query.cut(shown.lines, api_query.payment_key, wanted)
    document = exports.json_document(replace(whole, lines=tuple(lines)))
    return _answer({**document, "next": _next(cursor)})


@read("/openapi.json")
def description() -> Response:
    """This interface, for programs that write programs. It needs no token."""
    return _answer(openapi.document(site().config.server.public_url))


@pages.before_app_request
def no_detours() -> None:
    """What a program asks for is exact: an address that people would be redirected from names nothing here."""
    if api_problems.concerns() and isinstance(request.routing_exception, RequestRedirect):
        abort(404)


@pages.after_request
def note_use(answer: Response) -> Response:
    """Write down now and then that a token is in use. A database that cannot be written to is no reason to refuse a reader."""
    token = g.get("token")
    if token is not None and token.is_to_be_noted(now()):
        with suppress(BridgeError), writing() as c:
            tokens.used(c, token.company_id, token.id, now())
    return answer


def _overview() -> Overview:
    with reading() as c:
        company = access.program(c)
        return summaries.overview(c, company.id, now(), poll_minutes())


def _project(line: ProjectStatus) -> dict[str, Any]:
    return {"id": line.project.id, **documents.project(line)}


def _next(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = urlencode({**request.args, "cursor": cursor})
    return public(f"{url_for(request.endpoint or '', **(request.view_args or {}))}?{query}")


def _answer(document: dict[str, Any]) -> Response:
    """The document, or 304 to a program that has this very one already."""
    body = exports.json_bytes(document)
    tag = hashlib.sha256(body).hexdigest()
    known = request.if_none_match.contains_weak(tag)
    answer = Response(status=304) if known else Response(body, content_type="application/json")
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Authorization"
    return answer
