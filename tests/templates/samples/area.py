"""Sample context of the facility's pages about its area: files, space, record, people."""

from datetime import timedelta
from typing import Any

from tests.templates.samples.ground import ADMIN, NO_PAGER, NOW, NURSE, PAGER, Page, ago, ahead

GIB = 2**30
USES: dict[str, Any] = {
    "used": int(7.3 * GIB), "reserved": GIB // 50, "left": int(12.6 * GIB), "capacity": 20 * GIB, "level": 0,
    "parts": [{"what": "exams", "bytes": 6 * GIB}, {"what": "files", "bytes": GIB}, {"what": "old", "bytes": GIB // 4}, {"what": "requests", "bytes": GIB // 20}, {"what": "reserved", "bytes": GIB // 50}],
}  # fmt: skip
FULL = {**USES, "used": int(19.6 * GIB), "left": int(0.4 * GIB), "level": 95}
ROOT = {"name": "", "url": "/files"}
FOLDER = {"kind": "folder", "path": "洗浄記録/2026-10", "name": "2026-10", "url": "/f", "more_url": "/m", "holds": 31, "changed_at": ago(days=20), "who": ""}  # fmt: skip
FILES: dict[str, Any] = {
    "folder": "洗浄記録", "area": "a1", "endpoint": "/api/v1/uploads", "largest": 50 * GIB, "parents": [ROOT, {"name": "洗浄記録", "url": "/files?folder=x"}], "gone": None, "uses": USES,
    "entries": [FOLDER, {"kind": "file", "path": "洗浄記録/11-22.pdf", "name": "11-22.pdf", "url": "/f/1", "more_url": "/m", "size": 84_123, "changed_at": ago(days=1), "who": "佐藤 由美"},
                {"kind": "file", "path": "洗浄記録/フィルター交換.mov", "name": "フィルター交換.mov", "url": "/f/2", "more_url": "/m", "size": 812_345_678, "changed_at": ago(days=3), "who": "田中 一郎"}],
    "pager": NO_PAGER,
}  # fmt: skip
LONG_FILE = "2026年度_内視鏡洗浄消毒器_定期点検記録および消耗品交換履歴_第一内視鏡室_第二内視鏡室"
VERSION = {"version": 3, "newest": True, "size": 84_123, "put_at": ago(days=1), "who": "f001-nurse", "url": "/v/3"}
ITEM: dict[str, Any] = {
    "kind": "file", "name": "11-22.pdf", "path": "洗浄記録/11-22.pdf", "folder": "洗浄記録", "parents": [ROOT, {"name": "洗浄記録", "url": "/f"}], "folders": ["洗浄記録", "洗浄記録/2026-10"],
    "url": "/f/1", "versions": [VERSION, {**VERSION, "version": 2, "newest": False, "size": 80_000, "put_at": ago(days=4)}, {**VERSION, "version": 1, "newest": False, "size": 79_000, "put_at": ago(days=9)}],
}  # fmt: skip
DELETED: dict[str, Any] = {
    "days": 30, "pager": NO_PAGER,
    "deleted": [{"id": "1", "kind": "file", "name": "古い一覧.xlsx", "folder": "", "path": "x", "deleted_at": ago(days=2), "until": ahead(days=28)},
                {"id": "2", "kind": "folder", "name": "2024", "folder": "洗浄記録", "path": "y", "deleted_at": ago(days=3), "until": ahead(days=27)}],
}  # fmt: skip
AREA: dict[str, Any] = {
    "area": {"facility": "第一クリニック", "class": "economy", "capacity": 20 * GIB, "used": int(7.3 * GIB), "files": 212, "exams": 1840},
    "uses": USES,
    "targets": [{"name": "内視鏡室 1", "capacity": 10 * GIB, "used": 6 * GIB}],
}  # fmt: skip


def look(minutes: int, name: str, side: str, what: str, why: str, item: str) -> dict[str, Any]:
    """A line of the access log."""
    return {
        "at": ago(minutes=minutes),
        "name": name,
        "side": side,
        "what": what,
        "why": why,
        "items": [{"words": item, "url": "/r/1"}] if item else [],
    }


LOOKS = [
    look(3, "Ueda Rin", "provider", "search.found", "緑帯不具合の調査 2026-11", "画像に緑色の帯が出る"),
    look(20, "Mori Ken", "provider", "assignment.viewed", "request:01J", "画像に緑色の帯が出る"),
    look(60, "佐藤 由美", "staff", "exam.viewed", "", "上部消化管内視鏡 P-0001"),
    look(75, "内視鏡室 1", "device", "exam.held", "", "上部消化管内視鏡 P-0001"),
]
PERSON = {
    "id": "p1",
    "login": "f001-nurse",
    "name": "佐藤 由美",
    "role": "staff",
    "second_factor": False,
    "disabled": False,
    "seen_at": ago(minutes=2),
}
DEVICE = {
    "id": "d1",
    "login": "f001-capture1",
    "name": "内視鏡室 1 の記録装置",
    "target": "内視鏡室 1",
    "disabled": False,
    "seen_at": ago(minutes=9),
    "version": "kura-capture 0.1.0",
}
PEOPLE: dict[str, Any] = {
    "people": [PERSON, {**PERSON, "id": "p2", "name": "高橋 恵", "login": "f001-admin", "role": "facility-admin", "second_factor": True}, {**PERSON, "id": "p3", "name": "前田 学", "login": "f001-old", "disabled": True, "seen_at": None}],
    "devices": [DEVICE], "made": {"login": "f001-nurse2", "kind": "link", "secret": "https://kura.example/sign-in/link/3fVxk2…"},
}  # fmt: skip

DRILL: dict[str, Any] = {
    "made_at": ago(days=3), "images": 32, "files": 10, "bytes": 84_123_456, "seconds": 1.74, "receipts": 20,
    "failed": 0, "proof": "/drills/d1/proof.json",
}  # fmt: skip

MARKS = {"x": "missed", "f": "failed", "l": "late", "r": "running", "v": "finished", "o": "off"}


def nights(marks: str, made_good: str = "") -> list[dict[str, Any]]:
    """A night a letter, the last one today's; those at the places that `made_good` marks with a `g` were made good."""
    first = NOW.date() - timedelta(days=len(marks) - 1)
    good = made_good.ljust(len(marks))
    return [
        {"night": first + timedelta(days=place), "state": MARKS[mark], "made_good": good[place] == "g"}
        for place, mark in enumerate(marks)
    ]


STATION = {"name": "f001-capture1", "seen_at": ago(minutes=3), "run_at": ago(hours=12), "state": "finished", "missing": 0, "error": ""}  # fmt: skip
WELL: dict[str, Any] = {
    "name": "内視鏡室 1", "timing": "nightly", "at": "02:00", "unit": "facility", "whole_at": ago(hours=12), "rests": False, "next_at": ahead(hours=12), "last": nights("v")[0], "open": 0,
    "nights": nights("v" * 9 + "xf" + "oo" + "v" * 17, " " * 9 + "gg"), "stations": [STATION, {**STATION, "name": "f001-capture2", "seen_at": None, "run_at": None, "state": None}],
}  # fmt: skip
ILL: dict[str, Any] = {
    **WELL, "name": "病棟", "unit": "patient", "whole_at": ago(days=3), "last": nights("x")[0], "open": 3, "nights": nights("v" * 26 + "xfx" + "l"),
    "stations": [{**STATION, "name": "f001-ward", "run_at": ago(days=2), "state": "failed", "missing": 41, "error": "over_capacity", "seen_at": ago(days=2)}],
}  # fmt: skip
LIVE: dict[str, Any] = {**WELL, "name": "内視鏡室 2", "timing": "simultaneous", "at": "", "unit": "exam", "rests": False, "next_at": None, "last": None, "nights": [], "stations": []}  # fmt: skip

PAGES = (
    Page("facility-backups", "facility/backups.html", NURSE, {"targets": [WELL, {**ILL, "last": nights("l")[0]}, LIVE]}),
    Page("facility-backups-late", "facility/backups.html", ADMIN, {"targets": [{**ILL, "open": 0, "nights": nights("v" * 29 + "l"), "last": nights("l")[0], "stations": [{**STATION, "state": "open"}, {**STATION, "state": "failed", "error": "interrupted"}]}]}),
    Page("facility-backups-none", "facility/backups.html", NURSE, {"targets": []}),
    Page("facility-drills", "facility/drills.html", NURSE, {"days": 30, "drills": [{**DRILL, "failed": 2}, {**DRILL, "made_at": ago(days=33)}, {**DRILL, "made_at": ago(days=63), "images": 1, "files": 1, "receipts": 1}]}),
    Page("facility-drills-none", "facility/drills.html", NURSE, {"days": 30, "drills": []}),
    Page("facility-files", "facility/files.html", NURSE, FILES),
    Page("facility-files-empty", "facility/files.html", NURSE, {**FILES, "folder": "", "parents": [ROOT], "entries": []}),
    Page("facility-files-long", "facility/files.html", NURSE, {**FILES, "entries": [{**FOLDER, "name": LONG_FILE, "holds": 10_000}, {**FILES["entries"][1], "name": f"{LONG_FILE}_最終版_修正済み.pdf", "who": "勅使河原 クリスティーナ由美子"}, {**FILES["entries"][1], "name": "a" * 120 + ".dcm"}], "pager": PAGER}),
    Page("facility-files-full", "facility/files.html", NURSE, {**FILES, "uses": FULL, "gone": {"path": "x", "name": "古い一覧.xlsx"}}),
    Page("facility-file-item", "facility/file_item.html", NURSE, ITEM),
    Page("facility-folder-item", "facility/file_item.html", NURSE, {**ITEM, "kind": "folder", "name": "2026-10", "path": "洗浄記録/2026-10", "versions": []}),
    Page("facility-files-deleted", "facility/files_deleted.html", NURSE, DELETED),
    Page("facility-files-deleted-none", "facility/files_deleted.html", NURSE, {**DELETED, "deleted": []}),
    Page("facility-area", "facility/area.html", NURSE, AREA),
    Page("facility-area-full", "facility/area.html", NURSE, {**AREA, "area": {**AREA["area"], "used": int(19.6 * GIB)}, "uses": FULL}),
    Page("facility-access-log", "facility/access_log.html", ADMIN, {"view": "", "sides": ["staff", "provider", "device"], "looks": LOOKS, "pager": PAGER}),
    Page("facility-access-log-none", "facility/access_log.html", ADMIN, {"view": "provider", "sides": ["staff", "provider", "device"], "looks": [], "pager": NO_PAGER}),
    Page("facility-people", "facility/people.html", ADMIN, PEOPLE),
)  # fmt: skip
