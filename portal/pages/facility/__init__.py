"""Pages of a facility: its exams, requests, answers, files, space, people and who looked."""

from apiflask import APIBlueprint

bp = APIBlueprint("facility", __name__, enable_openapi=False)

from portal.pages.facility import area, exams, files, home, inbox, people, requests  # noqa: E402, F401
