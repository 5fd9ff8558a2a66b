"""Pages for what went wrong, in words: what happened, what was kept, what to do.

In: an HTTP error or one of ours. Out: a page with the right status, or for a program a document. A client never reads a cause.
"""

import logging
from types import TracebackType

from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from qbwc_bridge.config.logs import described, request_id
from qbwc_bridge.errors import BridgeError, DatabaseAway, InvalidValue, NotFound, Refused
from qbwc_bridge.web import api_problems
from qbwc_bridge.web.access import CompanyNeeded, SignInNeeded

log = logging.getLogger("qbwc_bridge.web")
STATUS: dict[type[BridgeError], int] = {NotFound: 404, Refused: 409, InvalidValue: 422, DatabaseAway: 503}
TITLES = {
    400: "This request can’t be read",
    403: "This is not open to you",
    404: "There is nothing here",
    405: "This can’t be done here",
    409: "Not possible just now",
    413: "This is too large",
    422: "Something needs a correction",
    429: "Too many tries",
    500: "Something broke on our side",
    503: "Not available just now",
}
WORDS = {
    400: "The browser sent something we don’t understand. Go back and try again.",
    404: "The address may be mistyped, or what was here is gone or not shared with you.",
    405: "Go back to the page and use its buttons.",
    413: "Send less at a time.",
    500: "It has been written to the log. Nothing you entered before was lost. Try again in a minute.",
    503: "Try again in a minute. Nothing was changed.",
}


def register(app: Flask) -> None:
    """Answer every error with a page."""
    app.register_error_handler(SignInNeeded, _to_sign_in)
    app.register_error_handler(CompanyNeeded, lambda _: redirect(url_for("companies.new"), 303))
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(BridgeError, _of_ours)
    app.log_exception = _log_what_broke  # type: ignore[assignment]


def page(status: int, sentence: str = "", hint: str = "") -> Response:
    """A page with one title, one sentence and perhaps a hint."""
    title = TITLES.get(status, "This did not work")
    words = sentence or WORDS.get(status, "Go back and try again.")
    number = request_id() if status == 500 else ""
    told = render_template("problem.html", title=title, sentence=words, hint=hint, number=number)
    return make_response(told, status)


def _log_what_broke(info: tuple[type, BaseException, TracebackType]) -> None:
    """Where, and not on what: Flask's own line has the path, which may be a client's link, and the text of the error."""
    log.error("A page failed: %s", described(info[1]))


def _to_sign_in(error: HTTPException) -> AnyResponse:
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("signin.form", next=None if back in (None, "/") else back), 303)


def _of_http(error: HTTPException) -> AnyResponse:
    if api_problems.concerns():
        return api_problems.of_http(error)
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    ours = error.code in (403, 409, 422) and error.description != type(error).description
    return page(error.code, error.description or "" if ours else "")


def _of_ours(error: BridgeError) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if api_problems.concerns():
        return api_problems.of_ours(error, status)
    person = g.get("person")
    if status == 404 or (person is not None and not person.is_staff):
        return page(status)
    return page(status, error.sentence, error.hint)
