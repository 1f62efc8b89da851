"""Pages of a department: its queue, and one assignment with everything needed to answer."""

from apiflask import APIBlueprint

bp = APIBlueprint("department", __name__, enable_openapi=False)

from portal.pages.department import acts, assignment, queue  # noqa: E402, F401
