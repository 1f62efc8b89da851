"""The blueprint of these pages."""

from apiflask import APIBlueprint

bp = APIBlueprint("admin", __name__, url_prefix="/admin", enable_openapi=False)
