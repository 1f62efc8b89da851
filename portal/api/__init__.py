"""API v1 for programs: one file a noun; errors are problem details, lists are pages."""

from apiflask import APIFlask

from portal.api import operations
from portal.api.v1 import blueprint


def install(app: APIFlask) -> None:
    """Register the API and the operations' addresses."""
    app.register_blueprint(blueprint.bp)
    app.register_blueprint(operations.bp)
