"""The blueprint of these pages."""

from apiflask import APIBlueprint

bp = APIBlueprint("facility", __name__, enable_openapi=False)
