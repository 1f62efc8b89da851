"""Sample context of the pages for facility staff and administrators."""

from typing import Any

from tests.templates.samples import area
from tests.templates.samples.ground import NO_PAGER, NOW, NURSE, PAGER, SHARED, Page, ago, ahead, file, image

PEOPLE = [{"id": "p1", "name": "佐藤 由美"}, {"id": "p2", "name": "田中 一郎"}, {"id": "p3", "name": "Nguyen Lan"}]
EXAM: dict[str, Any] = {
    "id": "e1",
    "url": "/exams/e1",
    "kind": "上部消化管内視鏡",
    "patient_id": "P-0001",
    "performed_at": ago(hours=1),
}
LONG_PLACE = "独立行政法人国立病院機構北関東消化器内視鏡・呼吸器内視鏡総合医療センター附属第二クリニック"
LONG_NAME = "勅使河原 クリスティーナ由美子"
LONG_SUBJECT = "上部消化管内視鏡検査の途中で画像の右側三分の一に緑色の帯が繰り返し現れ、光源装置を替えても、スコープを替えても同じように出る件について"
LONG_DEPARTMENT = "内視鏡システム修理・保守サービスセンター東日本"
BODY = "画像に緑色の帯が出る。スコープの故障か?\n前処置のプロナーゼを溶かし直しても変わらない。"


def exam_card(number: int) -> dict[str, Any]:
    """A card of the album."""
    return {
        "id": f"e{number}",
        "url": f"/exams/e{number}",
        "kind": ("上部消化管内視鏡", "Colonoscopy", "気管支鏡")[number % 3],
        "patient_id": f"P-{number:04d}",
        "performed_at": ago(hours=3 * number + 1),
        "images": 24 + number,
        "thumbs": [f"/sample/{'band' if number == 1 else 'plain'}-{(number + i) % 6}.jpg" for i in range(4)],
        "state": "receiving" if number == 2 else "held",
    }


def row(number: int, state: str, subject: str, assignments: list[dict[str, Any]]) -> dict[str, Any]:
    """A row of the list of requests."""
    return {
        "id": f"r{number}",
        "url": f"/requests/r{number}",
        "subject": subject,
        "state": state,
        "urgency": "urgent" if number == 1 else "normal",
        "filed_at": ago(hours=number),
        "filed_by": "佐藤 由美",
        "thumb_url": f"/sample/band-{number % 6}.jpg" if number % 2 else "",
        "assignments": assignments,
    }


def standing(department: str, state: str, *, promise: bool = True) -> dict[str, Any]:
    """Where a request stands in one department."""
    return {
        "department": department,
        "state": state,
        "since": ago(minutes=40),
        "promise": ahead(hours=20) if promise else None,
    }


ASKED = [row(1, "asked", "画像に緑色の帯が出る", [standing("修理", "asked")])]
ROWS = [
    row(
        2,
        "delivered",
        "送水ボタンが戻らない",
        [standing("修理", "claimed"), standing("臨床支援", "waiting", promise=False)],
    ),
    row(3, "filed", "Invoice for October shows two targets", []),
]
MESSAGES = [
    {"side": "department", "who": "Mori Ken", "department": "修理", "body": "帯は全ての検査で出ますか、それともこのスコープだけですか?", "at": ago(minutes=30), "kind": "ask", "until": None},
    {"side": "facility", "who": "佐藤 由美", "department": "", "body": "このスコープ(シリアル 2210457)だけです。", "at": ago(minutes=22), "kind": "reply", "until": None},
    {"side": "department", "who": "Mori Ken", "department": "修理", "body": "部品を手配しました。", "at": ago(minutes=15), "kind": "interim", "until": ahead(days=4)},
]  # fmt: skip


def answer(state: str = "ready", **more: Any) -> dict[str, Any]:
    """An answer of Repair."""
    return {
        "id": "a1",
        "department": "修理",
        "who": "Mori Ken",
        "body": "撮像素子の信号線の劣化です。スコープの使用を止め、代替機をお使いください。引き取りは明日 10:00 に伺います。",
        "at": ago(minutes=5),
        "files": [file("印を付けた画像.jpg", 210_000, "/sample/band-1.jpg"), file("貸出票.pdf", 84_000)],
        "state": state,
        "picked_by": "佐藤 由美" if state == "picked-up" else "",
        "picked_at": ago(minutes=1) if state == "picked-up" else None,
        "corrects": None,
        **more,
    }


REQUEST: dict[str, Any] = {"id": "r1", "subject": "画像に緑色の帯が出る", "body": BODY, "state": "answered", "urgency": "urgent",
           "filed_at": ago(minutes=50), "filed_by": "佐藤 由美", "channel": "web", "caller": ""}  # fmt: skip
EVENTS = [
    {"at": ago(minutes=50), "what": "filed", "department": "", "who": "佐藤 由美"},
    {"at": ago(minutes=49), "what": "routed", "department": "修理", "who": ""},
    {"at": ago(minutes=49), "what": "routed", "department": "臨床支援", "who": ""},
    {"at": ago(minutes=40), "what": "claimed", "department": "修理", "who": ""},
    {"at": ago(minutes=5), "what": "answered", "department": "修理", "who": ""},
]
SHOWN: dict[str, Any] = {
    "request": REQUEST, "exams": [EXAM], "images": [image(1, marked=True), image(4, marked=True)], "files": [], "messages": MESSAGES,
    "answers": [answer()], "assignments": [standing("修理", "answered"), standing("臨床支援", "claimed")], "events": EVENTS, "people": [],
    "moves": ["reply", "close", "rate"], "rating": None, "draft_url": "/draft", "draft_at": None,
}  # fmt: skip
NEW: dict[str, Any] = {
    "exam": EXAM,
    "images": [image(n) for n in range(12)],
    "recent": [],
    "without": False,
    "draft_at": ago(minutes=1),
    "draft_url": "/draft",
    "people": [],
}
SHEET: dict[str, Any] = {
    "exam": {**EXAM, "note": "送水不良あり", "state": "held", "scope": {"model": "KV-290", "serial": "2210457"}, "device": "内視鏡室 1",
             "bytes": 9_800_000, "held_at": ago(minutes=55), "receipt_url": "/receipt", "bundle_url": "/bundle", "kept_words": ""},
    "images": [image(n, broken=n == 5, bare=n == 9) for n in range(14)], "missing": 0, "requests": ASKED,
}  # fmt: skip

PAGES = (
    Page("facility-home", "facility/home.html", NURSE, {"uses": {"left": 900_000_000, "level": 95}, "missed": 2, "answers": [{"id": "a1", "url": "/r/1", "subject": "画像に緑色の帯が出る", "department": "修理", "at": NOW}], "asked": ASKED, "requests": ROWS, "exams": [exam_card(n) for n in range(1, 7)]}),
    Page("facility-home-empty", "facility/home.html", NURSE, {"uses": {"left": None, "level": 0}, "missed": 0, "answers": [], "asked": [], "requests": [], "exams": []}),
    Page("facility-exams", "facility/exams.html", NURSE, {"exams": [exam_card(n) for n in range(1, 9)], "pager": PAGER, "filtered": False}),
    Page("facility-exams-none", "facility/exams.html", NURSE, {"exams": [], "pager": NO_PAGER, "filtered": True, "typed": {"patient_id": "P-9999"}}),
    Page("facility-exam", "facility/exam.html", NURSE, SHEET),
    Page("facility-exam-bare", "facility/exam.html", NURSE, {**SHEET, "exam": {**SHEET["exam"], "state": "receiving", "held_at": None, "receipt_url": "", "note": "", "scope": None}, "images": [], "missing": 14, "requests": []}),
    Page("facility-exam-kept", "facility/exam.html", NURSE, {**SHEET, "exam": {**SHEET["exam"], "kept_words": "法令または契約により2031年4月1日(火)までは削除できません。"}}),
    Page("facility-exams-deleted", "facility/exams_deleted.html", NURSE, {"days": 30, "exams": [{**EXAM, "deleted_at": ago(days=2), "deleted_by": "f001-nurse", "until": ahead(days=28)}]}),
    Page("facility-exams-deleted-none", "facility/exams_deleted.html", NURSE, {"days": 30, "exams": []}),
    Page("facility-exam-arriving", "facility/exam.html", NURSE, {**SHEET, "exam": {**SHEET["exam"], "state": "receiving", "held_at": None, "receipt_url": ""}, "missing": 3, "requests": []}),
    Page("facility-request-pick", "facility/request_new.html", NURSE, {**NEW, "exam": None, "images": [], "recent": [exam_card(n) for n in range(1, 7)]}),
    Page("facility-request-new", "facility/request_new.html", NURSE, {**NEW, "typed": {"subject": "緑色の帯", "body": BODY, "urgency": "urgent", "images": ["e1/0001.jpg", "e1/0004.jpg"]}}),
    Page("facility-request-refused", "facility/request_new.html", SHARED, {**NEW, "exam": None, "images": [], "without": True, "people": PEOPLE, "draft_at": None, "errors": {"subject": "一行で書いてください。", "person": "お名前を選んでください。"}}),
    Page("facility-requests", "facility/requests.html", NURSE, {"view": "open", "counts_by_view": {"open": 3, "asked": 1}, "rows": ASKED + ROWS, "pager": PAGER}),
    Page("facility-requests-long", "facility/requests.html", {**NURSE, "place": LONG_PLACE, "name": LONG_NAME}, {"view": "open", "counts_by_view": {"open": 10_000, "asked": 1_204}, "rows": [row(1, "asked", LONG_SUBJECT, [standing(LONG_DEPARTMENT, "asked")]), row(2, "delivered", "Supercalifragilisticexpialidocious" * 4, [standing(LONG_DEPARTMENT, "claimed"), standing("臨床支援", "waiting")])], "pager": {"newer_url": "/requests", "older_url": "?after=1"}}),
    Page("facility-requests-none", "facility/requests.html", NURSE, {"view": "asked", "counts_by_view": {}, "rows": [], "pager": NO_PAGER}),
    Page("facility-request", "facility/request.html", NURSE, SHOWN),
    Page("facility-request-shared", "facility/request.html", SHARED, {**SHOWN, "people": PEOPLE, "messages": [], "images": []}),
    Page("facility-request-closed", "facility/request.html", NURSE, {**SHOWN, "request": {**REQUEST, "state": "closed"}, "answers": [answer("replaced"), answer("picked-up", id="a2", corrects="a1")], "moves": ["reopen"], "rating": {"stars": 5, "comment": "すぐ代替機が届いた。"}}),
    Page("facility-inbox", "facility/inbox.html", SHARED, {"view": "ready", "answers": [answer(url="/r/1", subject="画像に緑色の帯が出る")], "last_at": NOW, "people": PEOPLE, "pager": NO_PAGER}),
    Page("facility-inbox-empty", "facility/inbox.html", NURSE, {"view": "ready", "answers": [], "last_at": NOW, "people": [], "pager": NO_PAGER}),
    *area.PAGES,
)  # fmt: skip
