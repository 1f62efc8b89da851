"""Pages of a patient: their own chart."""

from apiflask import APIBlueprint
from flask import render_template
from flask.typing import ResponseReturnValue

from portal.guards import requires
from vault.base.scope import Role

bp = APIBlueprint("patient", __name__, enable_openapi=False)


@bp.get("/my-chart")
@requires(Role.PATIENT)
def home() -> ResponseReturnValue:
    """No chart is readable yet: the page says so."""
    return render_template("patient/home.html", charts=[])
