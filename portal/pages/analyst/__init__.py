"""Pages of the analyst: search over all areas under a stated purpose, and the cases that state it."""

from apiflask import APIBlueprint

bp = APIBlueprint("analyst", __name__, enable_openapi=False)

from portal.pages.analyst import cases, search  # noqa: E402, F401
