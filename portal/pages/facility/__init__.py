"""Pages of a facility: its exams, requests, answers, files, space, people and who looked."""

from portal.pages.facility import area, deleted, drills, exams, files, home, inbox, people, requests
from portal.pages.facility.base import bp

__all__ = ["area", "bp", "deleted", "drills", "exams", "files", "home", "inbox", "people", "requests"]
