"""Pages for people: one blueprint an audience; a view loads, checks, makes one call and answers."""

from apiflask import APIFlask

from portal.pages.account.base import bp as account
from portal.pages.admin.base import bp as admin
from portal.pages.analyst.base import bp as analyst
from portal.pages.billing import bp as billing
from portal.pages.demo import bp as demo
from portal.pages.department.base import bp as department
from portal.pages.facility.base import bp as facility
from portal.pages.patient import bp as patient


def install(app: APIFlask) -> None:
    """Register the pages; the demo's only where the settings say so."""
    for blueprint in (account, facility, department, analyst, admin, billing, patient):
        app.register_blueprint(blueprint)
    if app.extensions["kura"].settings.demo.enabled:
        app.register_blueprint(demo)
