"""Sample context of the pages for department staff."""

from typing import Any

from tests.templates.samples.facility import BODY, EXAM, LONG_NAME, LONG_PLACE, LONG_SUBJECT, MESSAGES, answer
from tests.templates.samples.ground import NO_PAGER, NOW, PAGER, REPAIR, Page, ago, ahead, file, image


def item(number: int, subject: str, **more: Any) -> dict[str, Any]:
    """A row of the queue."""
    return {
        "id": f"q{number}", "url": f"/assignments/q{number}", "subject": subject, "excerpt": BODY, "facility": ("第一クリニック", "みどり病院")[number % 2],
        "urgency": "normal", "state": "waiting", "holder": "", "mine": False, "due_at": ahead(hours=number), "clock": "running", "filed_at": ago(minutes=50),
        "thumb_url": f"/sample/band-{number % 6}.jpg" if number % 2 else "", "reasons": ["緑色の帯", "スコープ"], **more,
    }  # fmt: skip


ITEMS = [
    item(1, "画像に緑色の帯が出る", urgency="urgent", due_at=ago(hours=3), clock="late"),
    item(2, "送水ボタンが戻らない", state="claimed", holder="Mori Ken", mine=True),
    item(3, "Image flickers after reprocessing, only with the old light source", state="claimed", holder="Abe Sho"),
    item(4, "吸引が弱い", state="asked", clock="paused", reasons=[]),
    item(5, "Angulation knob is stiff", clock="soon"),
]
QUEUE: dict[str, Any] = {
    "department": {"code": "repair", "name": "修理"}, "departments": [{"code": "repair", "name": "修理", "count": 3}, {"code": "clinical", "name": "臨床支援", "count": 1}],
    "view": "open", "counts_by_view": {"open": 5, "waiting": 2, "mine": 1, "asked": 1, "due": 1}, "items": ITEMS, "last_item_at": NOW, "pager": PAGER,
}  # fmt: skip
WORK: dict[str, Any] = {
    "assignment": {"id": "q1", "department": "修理", "department_code": "repair", "state": "claimed", "holder": "Mori Ken", "mine": True, "due_at": ahead(hours=2), "clock": "running", "since": ago(minutes=40)},
    "request": {"id": "r1", "subject": "画像に緑色の帯が出る", "body": BODY, "urgency": "urgent", "facility": "第一クリニック", "filed_at": ago(minutes=50), "filed_by": "佐藤 由美", "channel": "web", "caller": ""},
    "images": [image(1, marked=True), image(4, marked=True)],
    "exams": [{**EXAM, "patient_id": "P-…01", "scope": {"model": "KV-290", "serial": "2210457"}, "note": "", "images": [image(n, marked=n in (1, 4)) for n in range(10)]}],
    "files": [file("エラー画面.pdf", 120_000)], "messages": MESSAGES[:2], "answers": [],
    "notes": [{"side": "department", "who": "Abe Sho", "department": "修理", "body": "同じ症状が今月 3 件目。", "at": ago(minutes=10), "kind": "note", "until": None}],
    "decided_by": "learned",
    "decided": [
        {"department": "修理", "probability": 0.93, "reasons": ["緑色の帯", "スコープ → 修理", "故障"], "chosen": True},
        {"department": "臨床支援", "probability": 0.61, "reasons": ["プロナーゼ"], "chosen": True},
        {"department": "請求", "probability": 0.02, "reasons": [], "chosen": False},
    ],
    "others": [{"department": "臨床支援", "state": "waiting", "holder": ""}],
    "similar": [{"subject": "緑の縦線が入る", "snippet": "信号線の断線でした。代替機を送り、修理は 5 日でした。", "url": "/s/1", "at": ago(days=20)}],
    "departments": [{"code": "clinical", "name": "臨床支援"}, {"code": "accounts", "name": "請求"}],
    "moves": ["release", "ask", "interim", "answer", "transfer", "note"], "sent": None, "act": "",
    "draft": {"body": "撮像素子の信号線の劣化と思われます。", "saved_at": ago(minutes=1)}, "draft_url": "/draft",
}  # fmt: skip

PAGES = (
    Page("department-queue", "department/queue.html", REPAIR, QUEUE),
    Page("department-queue-empty", "department/queue.html", REPAIR, {**QUEUE, "items": [], "counts_by_view": {}, "pager": NO_PAGER}),
    Page("department-queue-first", "department/queue.html", REPAIR, {**QUEUE, "departments": QUEUE["departments"][:1], "items": [], "counts_by_view": {}, "last_item_at": None, "pager": NO_PAGER}),
    Page("department-queue-long", "department/queue.html", REPAIR, {**QUEUE, "counts_by_view": {"open": 10_000, "waiting": 9_204, "mine": 12, "asked": 301, "due": 88}, "items": [item(1, LONG_SUBJECT, facility=LONG_PLACE, urgency="urgent", due_at=ago(days=3), clock="late"), item(2, "x" * 150, facility=LONG_PLACE, state="claimed", holder=LONG_NAME)]}),
    Page("department-assignment", "department/assignment.html", REPAIR, WORK),
    Page("department-assignment-waiting", "department/assignment.html", REPAIR, {**WORK, "assignment": {**WORK["assignment"], "state": "waiting", "holder": "", "mine": False, "clock": "late", "due_at": ago(hours=1)}, "moves": ["claim", "note"], "draft": {"body": "", "saved_at": None}}),
    Page("department-assignment-answered", "department/assignment.html", REPAIR, {**WORK, "assignment": {**WORK["assignment"], "state": "answered", "clock": "ended"}, "answers": [answer()], "moves": ["correct", "note"], "sent": {"answer_id": "a1", "back_until": ahead(seconds=25)}, "act": "transfer", "errors": {"to": "部署を選んでください。"}}),
)  # fmt: skip
