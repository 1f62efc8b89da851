"""Sample context of the pages about copies on discs."""

from datetime import date
from typing import Any

from tests.templates.samples.ground import ADMIN, NO_PAGER, PAGER, PROVIDER_ADMIN, Page, ago, ahead

SUM = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def disc(number: int, *, made: bool = True, fetched: bool = True, burned: bool = False) -> dict[str, Any]:
    """A disc of a copy."""
    return {
        "number": number,
        "label": f"KURA_20261101_7HQ2MX_{number:03d}",
        "size": 4_611_203_072 - number if made else None,
        "sha256": SUM if made else None,
        "exams": 412 + number,
        "first_patient": f"P-{number:02d}01",
        "last_patient": f"P-{number:02d}99",
        "burned_at": ago(days=1) if burned else None,
        "burned_by": "yamada" if burned else None,
        "url": f"/media/m1/disc-{number}.iso" if made and fetched else "",
    }


READY: dict[str, Any] = {
    "id": "m1", "facility": "第一クリニック", "code": "f001", "target": "内視鏡室 1", "due_on": date(2026, 11, 1), "state": "ready", "medium": "dvd",
    "encrypted": False, "passphrase": False, "shown_at": None, "shown_by": None, "problem": None, "done": 0, "total": 0, "exams": 826, "files": 12,
    "left_out": 0, "made_at": ago(days=3), "keep_until": ahead(days=87), "removed_at": None, "removed_why": None, "posted_at": None, "posted_by": None,
    "discs": [disc(1, burned=True), disc(2)], "list_url": "/admin/media/m1", "pdf_url": "/admin/media/m1.pdf", "facility_url": "/admin/facilities/f001",
}  # fmt: skip
SEALED = {
    **READY,
    "id": "m2",
    "target": "病棟",
    "encrypted": True,
    "passphrase": True,
    "left_out": 1,
    "medium": "bd",
    "discs": [disc(1)],
}
SHOWN = {**SEALED, "id": "m3", "passphrase": False, "shown_at": ago(days=1), "shown_by": "sato"}
MAKING = {
    **READY,
    "id": "m4",
    "state": "making",
    "made_at": None,
    "keep_until": None,
    "done": 3 * 10**9,
    "total": 9 * 10**9,
    "discs": [disc(1, fetched=False), disc(2, made=False)],
}
ORDERED = {**MAKING, "id": "m5", "state": "ordered", "done": 0, "total": 0, "discs": []}
WAITING = {**MAKING, "id": "m6", "problem": "disk_full", "done": 0, "total": 0}
POSTED = {
    **READY,
    "id": "m7",
    "posted_at": ago(days=1),
    "posted_by": "yamada",
    "discs": [disc(1, burned=True), disc(2, burned=True)],
}
REMOVED = {
    **POSTED,
    "id": "m8",
    "state": "removed",
    "removed_at": ago(hours=3),
    "removed_why": "time",
    "discs": [disc(1, burned=True, fetched=False)],
}
BURNED = {**POSTED, "posted_at": None, "posted_by": None}
EVERY = [MAKING, WAITING, ORDERED, READY, SEALED, SHOWN, POSTED, REMOVED]
MINE: dict[str, Any] = {"copies": EVERY, "shown": None, "days": 90, "pager": PAGER}
ALL: dict[str, Any] = {"copies": EVERY, "taken": 14 * 10**9, "pager": PAGER}
PAGES = (
    Page("facility-media", "facility/media.html", ADMIN, MINE),
    Page("facility-media-none", "facility/media.html", ADMIN, {**MINE, "copies": [], "pager": NO_PAGER}),
    Page(
        "facility-media-shown",
        "facility/media.html",
        ADMIN,
        {
            **MINE,
            "copies": [SEALED],
            "shown": {"id": "m2", "words": "7K2M-0QXV-TT4A-9RD1-HHJ6-WC3Z-B58E"},
            "pager": NO_PAGER,
        },
    ),
    Page("admin-media", "admin/media.html", PROVIDER_ADMIN, ALL),
    Page("admin-media-none", "admin/media.html", PROVIDER_ADMIN, {**ALL, "copies": [], "taken": 0, "pager": NO_PAGER}),
    Page("admin-picking", "admin/picking.html", PROVIDER_ADMIN, {"copy": READY}),
    Page("admin-picking-burned", "admin/picking.html", PROVIDER_ADMIN, {"copy": {**BURNED, "encrypted": True}}),
    Page("admin-picking-posted", "admin/picking.html", PROVIDER_ADMIN, {"copy": POSTED}),
    Page("admin-picking-making", "admin/picking.html", PROVIDER_ADMIN, {"copy": MAKING}),
    Page("admin-picking-full", "admin/picking.html", PROVIDER_ADMIN, {"copy": WAITING}),
)
