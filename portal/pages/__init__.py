"""Pages for people: one blueprint an audience; a view loads, checks, makes one call and answers."""

from apiflask import APIFlask

from portal.pages import account, admin, analyst, demo, department, facility, patient


def install(app: APIFlask) -> None:
    """Register the pages; the demo's only where the settings say so."""
    for module in (account, facility, department, analyst, admin, patient):
        app.register_blueprint(module.bp)
    if app.extensions["kura"].settings.demo.enabled:
        app.register_blueprint(demo.bp)
