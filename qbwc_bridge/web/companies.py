"""Adding a company: the first one at the first run, further ones by whoever runs the installation.

In: a name and a time zone. Out: the company, and its connector's password, shown this once. It never knows what the Web
Connector will do with it.
"""

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from qbwc_bridge.connector import new_company
from qbwc_bridge.errors import NameTaken
from qbwc_bridge.records import Company
from qbwc_bridge.web import access
from qbwc_bridge.web.forms import Form, timezone, zones
from qbwc_bridge.web.site import now, reading, writing

pages = Blueprint("companies", __name__)
TAKEN = "There is a company of this name already."


@pages.get("/companies/new")
def new() -> str:
    """An empty form."""
    with reading() as c:
        access.operator(c)
    return _form(Form({"timezone": "UTC"}), fresh=True)


@pages.post("/companies/new")
def add() -> Response:
    """Add it, act in it from now on, and show its connector's password."""
    form = Form(request.form)
    name, zone = read(form)
    try:
        with writing() as c:
            operator = access.operator(c)
            if not form.errors:
                company, password = new_company.add(c, name, zone, operator.name or operator.email, now())
                access.choose_company(c, company.id)
                access.signed_in(c)
                return made(company, password)
    except NameTaken:
        form.fail("company", TAKEN)
    return make_response(_form(form), 422)


def read(form: Form) -> tuple[str, str]:
    """The name and the time zone of a company; what is wrong with them is noted in the form."""
    name = form.required("company", "Enter the name of your company, as clients know it.")
    if not name.isprintable():
        form.fail("company", "The name has a sign that can’t be shown. Type it again.")
    return name, form.read("timezone", timezone) or ""


def made(company: Company, password: str) -> Response:
    """What the Web Connector needs, shown this once."""
    return make_response(render_template("company_made.html", company=company, password=password))


def _form(form: Form, *, fresh: bool = False) -> str:
    return render_template("company_new.html", form=form, zones=zones(), fresh=fresh)
