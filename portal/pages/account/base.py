"""The blueprint of these pages."""

from apiflask import APIBlueprint

bp = APIBlueprint("account", __name__, enable_openapi=False)
