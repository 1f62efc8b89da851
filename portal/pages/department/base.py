"""The blueprint of these pages."""

from apiflask import APIBlueprint

bp = APIBlueprint("department", __name__, enable_openapi=False)
