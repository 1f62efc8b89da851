"""Pages of a facility: its exams, requests, answers, files, space, people and who looked."""

from portal.pages.facility import (
    area,
    backups,
    contracts,
    deleted,
    drills,
    exams,
    figures,
    file_acts,
    files,
    home,
    inbox,
    invoices,
    item,
    media,
    people,
    requests,
)
from portal.pages.facility.base import bp

__all__ = [
    "area",
    "backups",
    "bp",
    "contracts",
    "deleted",
    "drills",
    "exams",
    "figures",
    "file_acts",
    "files",
    "home",
    "inbox",
    "invoices",
    "item",
    "media",
    "people",
    "requests",
]
