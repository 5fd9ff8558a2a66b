"""What programs can read, as an OpenAPI 3.1 document: addresses, parameters, shapes, examples and problems.

In: the address people outside use. Out: a dictionary. The shapes say what ``exports`` and ``documents`` make; a test reads both.
"""

from typing import Any

from qbwc_bridge import __version__
from qbwc_bridge.records import State
from qbwc_bridge.web.api_problems import KIND, ROOT
from qbwc_bridge.web.api_query import MOST, USUAL
from qbwc_bridge.web.filters import LONGEST_WORDS

Schema = dict[str, Any]

ABOUT = """\
Reads what the projects of one company have been paid, as QuickBooks Desktop tells it. Nothing can be changed.

Send `Authorization: Bearer` with a token; an admin makes tokens under Settings, Programs. `HEAD` works wherever `GET` does.
Send the `ETag` of the last answer as `If-None-Match`, and an unchanged one comes back as an empty 304.

Money is text with two decimals, never a number. Instants are UTC, dates are those QuickBooks has. Lists come in pages:
follow `next` until it is null. More keys may be added to these documents; none is taken away or changes its meaning.

QuickBooks cannot be called, so figures are as old as `synced_at` says, and `state` says whether to trust them: `current` is
fresh, `stale`, `failed` and `held` may lack recent payments, `queued` and `syncing` are about to change, `off` are payments
typed by people.
"""

# Pieces ---------------------------------------------------------------------------------------------------------------


def _ref(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _text(about: str = "", **more: Any) -> Schema:
    return {"type": "string", **({"description": about} if about else {}), **more}


def _or_null(one: Schema, about: str) -> Schema:
    return {"anyOf": [one, {"type": "null"}], "description": about}


def _object(about: str, properties: Schema) -> Schema:
    """Every key is always there; a missing value is null or empty."""
    return {"type": "object", "description": about, "required": list(properties), "properties": properties}


def _list(of: str, about: str = "") -> Schema:
    return {"type": "array", "items": _ref(of), **({"description": about} if about else {})}


COUNT = {"type": "integer", "minimum": 0, "description": "How many payments count; void ones do not."}
NEXT = _or_null({"type": "string", "format": "uri"}, "The address of the next page, or null on the last one.")

# Shapes ---------------------------------------------------------------------------------------------------------------

PROJECT = {
    "customer": _or_null(_ref("Customer"), "The QuickBooks customer or job it is linked to."),
    "client_payments": {"type": "boolean", "description": "Are its payments taken from QuickBooks?"},
    "contract_price": _or_null(_ref("Money"), "Null when nobody entered one."),
    "paid_to_date": _ref("Money"),
    "count": COUNT,
    "state": _ref("State"),
    "synced_at": _or_null(_ref("Instant"), "The last successful sync; null before the first."),
}
PAYMENT = {
    "txn_id": _or_null(_text(), "QuickBooks' lasting key; null for a payment typed by a person."),
    "source": _text(enum=["quickbooks", "manual"]),
    "kind": _text(const="payment"),
    "status": _text("A voided payment counts 0.00.", enum=["posted", "voided"]),
    "date": _text(format="date"),
    "method": _text("Such as Check; may be empty."),
    "ref_number": _text("The check number or another reference; may be empty."),
    "memo": _text("May be empty."),
    "amount": {**_ref("Money"), "description": "What counts for this project."},
    "total_amount": {**_ref("Money"), "description": "The whole payment, which may be spread over several jobs."},
    "running_total": {**_ref("Money"), "description": "Paid to date with this payment, of all payments up to it."},
    "received_from": _text("The customer or job it was received from, by today's name."),
    "applied_to": _list("Application", "The project's own invoices it pays."),
}
APPLICATION = {
    "txn_id": _text("QuickBooks' lasting key of the invoice."),
    "txn_type": _text(),
    "ref_number": _text("The invoice number."),
    "amount": _ref("Money"),
}
PAYMENTS = {
    "company": _text(),
    "project": _text(),
    **PROJECT,
    "currency": _text("The customer's; empty in a company file with one currency."),
    "unapplied": {**_ref("Money"), "description": "Received from its own customer or job and not yet applied."},
    "payments": _list("Payment", "Oldest first."),
    "next": NEXT,
}
PROBLEM: Schema = {
    "type": "object",
    "description": "What happened and what to do (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _text(),
        "title": _text("The name of the status."),
        "status": {"type": "integer"},
        "detail": _text("In words."),
        "parameter": _text("Which parameter cannot be used."),
    },
}
SCHEMAS: Schema = {
    "Money": _text("Two decimals; never a number.", pattern=r"^-?[0-9]+\.[0-9]{2}$"),
    "Instant": _text("UTC, to the second.", format="date-time", pattern="^[0-9-]{10}T[0-9:]{8}Z$"),
    "State": _text("How fresh the figures are.", enum=[state.value for state in State]),
    "Customer": _object(
        "A customer or job in QuickBooks.", {"list_id": _text("Its lasting key."), "full_name": _text()}
    ),
    "Project": _object(
        "A project and what it has been paid.",
        {
            "id": {"type": "integer", "minimum": 1},
            "project": _text("Its name."),
            "include_jobs": {"type": "boolean", "description": "Do the payments of the jobs below count too?"},
            **PROJECT,
        },
    ),
    "Projects": _object("A page of projects.", {"company": _text(), "projects": _list("Project"), "next": NEXT}),
    "Application": _object("The part of a payment that pays one invoice.", APPLICATION),
    "Payment": _object("One payment, as far as it concerns the project.", PAYMENT),
    "Payments": _object("The figures of a project, which are of all its payments, and a page of them.", PAYMENTS),
    "Problem": PROBLEM,
}

# Examples -------------------------------------------------------------------------------------------------------------

FIGURES = {
    "customer": {"list_id": "80000002-1", "full_name": "Smith:Kitchen"}, "client_payments": True,
    "contract_price": "240000.00", "paid_to_date": "182400.00", "count": 8, "state": "current",
    "synced_at": "2026-11-23T20:04:00Z",
}  # fmt: skip
A_PROJECT = {"id": 1, "project": "Smith kitchen", "include_jobs": False, **FIGURES}
SOME_PAYMENTS = {
    "company": "Acme Builders", "project": "Smith kitchen", **FIGURES, "currency": "", "unapplied": "400.00",
    "payments": [{
        "txn_id": "4ECE-1360116101", "source": "quickbooks", "kind": "payment", "status": "posted", "date": "2026-03-03",
        "method": "Check", "ref_number": "1043", "memo": "Deposit", "amount": "12000.00", "total_amount": "12000.00",
        "running_total": "12000.00", "received_from": "Smith:Kitchen",
        "applied_to": [
            {"txn_id": "4EB8-1359947001", "txn_type": "Invoice", "ref_number": "77", "amount": "12000.00"}
        ],
    }],
    "next": None,
}  # fmt: skip
EXAMPLES = {
    "Project": A_PROJECT,
    "Projects": {"company": "Acme Builders", "projects": [A_PROJECT], "next": None},
    "Payments": SOME_PAYMENTS,
}

# Answers --------------------------------------------------------------------------------------------------------------


def _header(about: str, **schema: Any) -> Schema:
    return {"description": about, "required": True, "schema": {"type": "string", **schema}}


FRESHNESS = {
    "ETag": _header("Names exactly this answer.", pattern='^"[0-9a-f]+"$'),
    "Cache-Control": _header("Ask again before using a kept answer.", const="private, no-cache"),
}
SECONDS = _header("Seconds to wait.", pattern="^[0-9]+$")


def _problem(about: str, headers: Schema | None = None) -> Schema:
    return {"description": about, "headers": headers or {}, "content": {KIND: {"schema": _ref("Problem")}}}


RESPONSES: Schema = {
    "Unchanged": {"description": "The answer you have already (If-None-Match).", "headers": FRESHNESS},
    "NoToken": _problem(
        "There is no token, or it is unknown or revoked.", {"WWW-Authenticate": _header("", pattern="^Bearer ")}
    ),
    "NotFound": _problem("The company of this token has no such project."),
    "WrongMethod": _problem("Programs can only read.", {"Allow": _header("What works.")}),
    "BadParameter": _problem("A parameter cannot be used; the problem names it."),
    "SlowDown": _problem(
        "Several wrong tokens came from this address. A right one never waits.", {"Retry-After": SECONDS}
    ),
    "Broken": _problem("Something broke on our side; it is in our log."),
    "Away": _problem("The database cannot be reached just now.", {"Retry-After": SECONDS}),
}
ALWAYS = {"405": "WrongMethod", "500": "Broken"}
WITH_TOKEN = {"304": "Unchanged", "401": "NoToken", "422": "BadParameter", "429": "SlowDown", "503": "Away"}


def _responses(shape: str, problems: dict[str, str]) -> Schema:
    content = {"schema": _ref(shape), "example": EXAMPLES[shape]}
    found = {"description": "The answer.", "headers": FRESHNESS, "content": {"application/json": content}}
    named = {**WITH_TOKEN, **problems, **ALWAYS}
    return {"200": found, **{status: _ref(name, "responses") for status, name in sorted(named.items())}}


# Parameters -----------------------------------------------------------------------------------------------------------


def _query(name: str, about: str, **schema: Any) -> Schema:
    return {"name": name, "in": "query", "description": about, "schema": {"type": "string", **schema}}


PARAMETERS: Schema = {
    "project_id": {
        "name": "project_id", "in": "path", "required": True, "description": "The id in the list of projects.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    },
    "limit": _query("limit", "How many at a time.", type="integer", minimum=1, maximum=MOST, default=USUAL),
    "cursor": _query("cursor", "Where the page begins. Only ever taken from an address in next.", minLength=1),
    "from": _query("from", "Payments of this day or later.", format="date"),
    "to": _query("to", "Payments of this day or earlier.", format="date"),
    "method": _query("method", "Payments made this way, such as Check.", maxLength=LONGEST_WORDS),
    "q": _query("q", "Payments with these words in their references, memo, names or amount.", maxLength=LONGEST_WORDS),
    "known": {
        "name": "If-None-Match", "in": "header", "description": "The ETag of the answer you have.",
        "schema": {"type": "string"}, "example": '"5f3a"',
    },
}  # fmt: skip


def _read(name: str, about: str, shape: str, parameters: tuple[str, ...], problems: dict[str, str]) -> Schema:
    asked = [_ref(each, "parameters") for each in (*parameters, "known")]
    return {"get": {
        "operationId": name, "summary": about, "parameters": asked, "responses": _responses(shape, problems),
    }}  # fmt: skip


PATHS: Schema = {
    "/projects": _read(
        "listProjects", "All projects, in the order they were made", "Projects", ("limit", "cursor"), {}
    ),
    "/projects/{project_id}": _read("getProject", "One project", "Project", ("project_id",), {"404": "NotFound"}),
    "/projects/{project_id}/payments": _read(
        "listPayments",
        "The figures of a project and its payments, oldest first",
        "Payments",
        ("project_id", "from", "to", "method", "q", "limit", "cursor"),
        {"404": "NotFound"},
    ),
}


def document(public_url: str) -> dict[str, Any]:
    """The whole description; ``public_url`` is without a slash at its end."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "qbwc-bridge",
            "version": __version__,
            "summary": "What has been paid.",
            "description": ABOUT,
        },
        "servers": [{"url": public_url}],
        "security": [{"token": []}],
        "paths": {f"{ROOT}{path}": operations for path, operations in PATHS.items()},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Begins with qbwc_"}},
            "parameters": PARAMETERS,
            "schemas": SCHEMAS,
            "responses": RESPONSES,
        },
    }
