"""The blueprint of these pages."""

from apiflask import APIBlueprint

bp = APIBlueprint("analyst", __name__, enable_openapi=False)
