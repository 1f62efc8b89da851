"""Sample context of the provider administrator's pages."""

from datetime import date
from typing import Any

from tests.templates.samples.area import DEVICE, GIB, PEOPLE, PERSON, nights
from tests.templates.samples.department import WORK
from tests.templates.samples.ground import NO_PAGER, PAGER, PROVIDER_ADMIN, Page, ago, ahead

CHECKS = [
    {"name": "database", "health": "well", "words": "SQLite、版は最新"},
    {"name": "index", "health": "well", "words": "Whoosh、2,041件"},
    {
        "name": "recovery file",
        "health": "warning",
        "words": "写しが開くことをまだ確かめていません。`kura check --recovery FILE` で確かめられます",
    },
]
JOBS = [
    {"kind": "サムネイル", "state": "running", "done": 640, "total": 2000, "words": "あと2分", "at": ago(minutes=1)},
    {
        "kind": "通知",
        "state": "failed",
        "done": 0,
        "total": 0,
        "words": "Mail server refused the message (550)",
        "at": ago(minutes=12),
    },
]
QUEUES = [
    {
        "code": "repair",
        "name": "修理",
        "waiting": 3,
        "claimed": 2,
        "asked": 1,
        "overdue": 1,
        "oldest_at": ago(hours=5),
        "url": "",
    },
    {
        "code": "triage",
        "name": "振り分け",
        "waiting": 0,
        "claimed": 0,
        "asked": 0,
        "overdue": 0,
        "oldest_at": None,
        "url": "/queue",
    },
]
OVERVIEW: dict[str, Any] = {
    "figures": {"facilities": 40, "exams": 12_840, "images": 413_002, "held": 310 * GIB, "requests_today": 17, "waiting": 3, "overdue": 1},
    "attention": [{"part": "", "words": "修理: 1件が約束の時刻を過ぎています", "url": "/queue", "hue": "bad"}, {"part": "recovery file", "words": "復旧ファイルの写しが、まだ確かめられていません。", "url": "", "hue": "care"}],
    "departments": QUEUES, "jobs": JOBS, "checks": CHECKS,
}  # fmt: skip
FACILITY = {
    "code": "f001",
    "name": "第一クリニック",
    "url": "/f/1",
    "class": "economy",
    "used": 7 * GIB,
    "capacity": 20 * GIB,
    "open_requests": 3,
    "seen_at": ago(minutes=9),
}
TRIAL = {"text": "画像に緑色の帯が出る。スコープの故障か?", "by": "learned", "decided": WORK["decided"], "ms": 1.1}
EXAMPLES = ["緑色の帯が出る", "請求書の宛名を変えたい", "How long does pronase take to dissolve?"]
ROUTER: dict[str, Any] = {
    "trial": TRIAL,
    "examples": EXAMPLES,
    "model": {"trained_at": ago(days=1), "requests": 2000, "words": ""},
}
ROW = {
    "at": ago(minutes=3),
    "name": "Ueda Rin",
    "side": "provider",
    "facility": "第一クリニック",
    "what": "search.found",
    "why": "緑帯不具合の調査",
    "items": ["request 01J…"],
    "digest": "9f3c21ab",
}

HOLD = {"id": "h1", "kind": "patient", "subject": "P-0001", "reason": "証拠保全命令 令和8年(モ)12号", "placed_at": ago(days=3), "placed_by": "admin1", "lifted_at": None, "lifted_by": None, "lift_reason": None}  # fmt: skip
OFFICE = {
    "code": "office",
    "zone": "Asia/Tokyo",
    "country": "JP",
    **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00, 13:00-17:30"),
    "sat": "",
    "sun": "",
    "closed": "2026-12-29\n2026-12-30",
    "opened": "",
}
ERASURE = {"id": "x1", "reason": "契約終了(2026-11-20 通知)", "ordered_at": ago(days=1), "ordered_by": "admin1", "due_at": ahead(days=89), "cancelled_at": None, "cancelled_by": None, "cancel_reason": None, "began_at": None, "erased_at": None}  # fmt: skip
KEEPING: dict[str, Any] = {
    "facility": {"code": "f001", "name": "第一クリニック"},
    "holds": [],
    "erasures": [],
    "days": 90,
    "typed": {},
    "errors": {},
}

PAGES = (
    Page("admin-overview", "admin/overview.html", PROVIDER_ADMIN, OVERVIEW),
    Page("admin-overview-well", "admin/overview.html", PROVIDER_ADMIN, {**OVERVIEW, "attention": [], "jobs": [], "checks": CHECKS[:2]}),
    Page("admin-health", "admin/health.html", PROVIDER_ADMIN, {"checks": CHECKS, "jobs": JOBS, "queues": [{"name": "thumbnails", "waiting": 1360, "oldest_at": ago(minutes=1)}]}),
    Page("admin-backups", "admin/backups.html", PROVIDER_ADMIN, {"rows": [
        {"facility": "第一クリニック", "url": "/f/1", "target": "病棟", "missed": 3, "open": 3, "late": True, "whole_at": ago(days=4), "nights": nights("v" * 26 + "xfxl")},
        {"facility": "みどり病院", "url": "/f/2", "target": "内視鏡室 1", "missed": 0, "open": 0, "late": True, "whole_at": ago(days=1), "nights": nights("v" * 29 + "l")},
        {"facility": "青葉クリニック", "url": "/f/3", "target": "内視鏡室 2", "missed": 1, "open": 0, "late": False, "whole_at": None, "nights": nights("v" * 20 + "x" + "v" * 9, " " * 20 + "g")},
    ], "open": 2, "places": 2, "pager": PAGER}),
    Page("admin-backups-none", "admin/backups.html", PROVIDER_ADMIN, {"rows": [], "open": 0, "places": 0, "pager": NO_PAGER}),
    Page("admin-facilities", "admin/facilities.html", PROVIDER_ADMIN, {"facilities": [FACILITY, {**FACILITY, "code": "f002", "name": "みどり病院", "seen_at": None}], "pager": PAGER}),
    Page("admin-facilities-none", "admin/facilities.html", PROVIDER_ADMIN, {"facilities": [], "pager": NO_PAGER, "typed": {"q": "x"}}),
    Page("admin-facility", "admin/facility.html", PROVIDER_ADMIN, {"facility": {**FACILITY, "zone": "Asia/Tokyo", "exams": 1840, "files": 212}, "people": PEOPLE["people"], "devices": [DEVICE], "contracts": [{"target": "内視鏡室 1", "period": "annual", "start": date(2026, 4, 1), "end": date(2027, 3, 31), "fee": 10_000, "url": "/c/1"}], "made": None}),
    Page("admin-holds", "admin/holds.html", PROVIDER_ADMIN, {"holds": [{**HOLD, "facility": "第一クリニック", "url": "/f/1"}]}),
    Page("admin-holds-none", "admin/holds.html", PROVIDER_ADMIN, {"holds": []}),
    Page("admin-keeping", "admin/keeping.html", PROVIDER_ADMIN, KEEPING),
    Page("admin-keeping-held", "admin/keeping.html", PROVIDER_ADMIN, {**KEEPING, "holds": [HOLD, {**HOLD, "kind": "area", "subject": "", "lifted_at": ago(days=1), "lifted_by": "admin1", "lift_reason": "取下げ"}], "erasures": [ERASURE, {**ERASURE, "cancelled_at": ago(days=9), "cancelled_by": "admin1", "cancel_reason": "契約更新"}], "typed": {"hold": {"kind": "exam", "subject": "x", "reason": "y"}}, "errors": {"hold": {"subject": "この領域にその検査はありません。"}}}),
    Page("admin-keeping-erased", "admin/keeping.html", PROVIDER_ADMIN, {**KEEPING, "erasures": [{**ERASURE, "began_at": ago(minutes=9), "erased_at": ago(minutes=8)}]}),
    Page("admin-departments", "admin/departments.html", PROVIDER_ADMIN, {"departments": [{"code": "repair", "name_ja": "修理", "name_en": "Repair", "about": "故障 修理 部品 scope failure, image noise, broken part", "members": ["Mori Ken", "Abe Sho"], "waiting": 3, "typed": {"calendar": "office", "normal": "17", "urgent": "4"}, "errors": {}}, {"code": "night", "name_ja": "当直", "name_en": "On call", "about": "夜間・休日の緊急対応", "members": [], "waiting": 0, "typed": {"calendar": "round the clock", "normal": "8", "urgent": "x", "urgent_at_any_hour": "on"}, "errors": {"urgent": "数で書いてください。"}}], "calendars": ["office", "round the clock"]}),
    Page("admin-hours", "admin/hours.html", PROVIDER_ADMIN, {"calendars": [OFFICE, {**OFFICE, "code": "round the clock", "country": "", **dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")}], "countries": ["DE", "JP", "US"], "typed": {}, "errors": {}}),
    Page("admin-hours-wrong", "admin/hours.html", PROVIDER_ADMIN, {"calendars": [OFFICE], "countries": ["DE", "JP", "US"], "typed": {**OFFICE, "mon": "17:30-09:00"}, "errors": {"week": "始まりは終わりより前にしてください。", "closed": "日付は 2026-12-29 のように書いてください。"}}),
    Page("admin-rules", "admin/rules.html", PROVIDER_ADMIN, {"rules": [{"when": [{"field": "subject_or_body", "pattern": "請求|invoice"}], "to": ["請求"]}, {"when": [{"field": "urgency", "pattern": "urgent"}, {"field": "body", "pattern": "煙|smoke"}], "to": ["修理", "臨床支援"]}]}),
    Page("admin-rules-none", "admin/rules.html", PROVIDER_ADMIN, {"rules": []}),
    Page("admin-people", "admin/people.html", PROVIDER_ADMIN, {"people": [{**PERSON, "role": "department", "login": "repair1", "name": "Mori Ken"}], "made": None, "departments": [{"code": "repair", "name": "修理"}]}),
    Page("admin-router", "admin/router.html", PROVIDER_ADMIN, ROUTER),
    Page("admin-router-first", "admin/router.html", PROVIDER_ADMIN, {**ROUTER, "trial": None, "model": {"trained_at": None, "requests": 0, "words": "各部署の担当内容を手がかりにしています。"}}),
    Page("admin-audit", "admin/audit.html", PROVIDER_ADMIN, {"rows": [ROW, {**ROW, "name": "佐藤 由美", "side": "staff", "what": "exam.viewed", "why": None}], "chain": {"well": True, "words": "4,112 / 4,112"}, "pager": PAGER}),
)  # fmt: skip
