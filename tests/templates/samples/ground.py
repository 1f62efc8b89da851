"""What all samples stand on: people, a moment, pictures, and the shape of a sample page."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
PROVIDER = {"name": "Example Endoscopy Service", "phone": "03-0000-0000", "hours": "平日 8:30–18:00"}

NURSE = {"name": "佐藤 由美", "login": "f001-nurse", "role": "staff", "place": "第一クリニック", "device": False}
ADMIN = {"name": "高橋 恵", "login": "f001-admin", "role": "facility-admin", "place": "第一クリニック", "device": False}
SHARED = {"name": "内視鏡室 1", "login": "f001-capture1", "role": "device", "place": "第一クリニック", "device": True}
REPAIR = {"name": "Mori Ken", "login": "repair1", "role": "department", "place": "修理", "device": False}
ANALYST = {"name": "Ueda Rin", "login": "analyst1", "role": "analyst", "place": PROVIDER["name"], "device": False}
PROVIDER_ADMIN = {"name": "Kato Jun", "login": "admin1", "role": "admin", "place": PROVIDER["name"], "device": False}
PATIENT = {"name": "P-0001", "login": "p-0001", "role": "patient", "place": "第一クリニック", "device": False}

NO_PAGER = {"newer_url": "", "older_url": ""}
PAGER = {"newer_url": "", "older_url": "?before=01"}


@dataclass(frozen=True)
class Page:
    """A template with context. `name` tells its states apart; `me` is who looks."""

    name: str
    template: str
    me: dict[str, Any] | None = None
    context: dict[str, Any] = field(default_factory=dict)


def ago(**span: float) -> datetime:
    """A moment before the samples' present."""
    return NOW - timedelta(**span)


def ahead(**span: float) -> datetime:
    """A moment after the samples' present."""
    return NOW + timedelta(**span)


def image(number: int, *, marked: bool = False, broken: bool = False, bare: bool = False) -> dict[str, Any]:
    """An image of the exam e1 as pages are given it. `bare`: its thumbnail is not made yet."""
    url = f"/sample/{'band' if marked else 'plain'}-{number % 6}.jpg"
    return {
        "name": f"{number:04d}.jpg",
        "exam": "e1",
        "thumb_url": "" if bare else url,
        "url": url,
        "original_url": url,
        "width": 1280,
        "height": 720,
        "captured_at": ago(minutes=40 - number),
        "marked": marked,
        "marks": [{"x": 0.62, "y": 0.42, "r": 0.08}] if marked else [],
        "broken": broken,
    }


def file(name: str, size: int, picture: str = "") -> dict[str, Any]:
    """A file beside a text; `picture` is its thumbnail's address."""
    return {"name": name, "url": picture or f"/files/{name}", "size": size, "thumb_url": picture}
