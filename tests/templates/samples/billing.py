"""Sample context of the pages about money: months, open amounts, the bank's lines, and a facility's own invoices."""

from datetime import date
from typing import Any

from tests.templates.samples.ground import ADMIN, NO_PAGER, PAGER, PROVIDER_ADMIN, Page, ago

NEXT = {"month": "2026-11", "first_day": date(2026, 11, 1)}
CLOSED: list[dict[str, Any]] = [
    {"month": "2026-10", "first_day": date(2026, 10, 1), "closed_at": ago(days=20), "invoices": 38, "subtotal": 412_000, "tax": 41_200, "total": 453_200, "credit_notes": 2, "credited": 3_400},
    {"month": "2026-09", "first_day": date(2026, 9, 1), "closed_at": ago(days=50), "invoices": 37, "subtotal": 398_000, "tax": 39_800, "total": 437_800, "credit_notes": 0, "credited": 0},
]  # fmt: skip
MONTHS: dict[str, Any] = {"going": None, "following": NEXT, "ended": True, "months": CLOSED}
PREVIEW: dict[str, Any] = {
    "month": NEXT, "more": 12, "charged": 421_000, "credited": 1_200,
    "rows": [{"facility": "第一クリニック", "charged": 14_900, "credited": 0}, {"facility": "みどり病院", "charged": 1_000, "credited": 1_200}],
}  # fmt: skip
OPEN: dict[str, Any] = {
    "rows": [
        {"id": "i1", "number": "KI-000041", "url": "/billing/invoices/i1.pdf", "facility": "第一クリニック", "due_on": date(2026, 10, 31), "total": 16_390, "outstanding": 16_390, "held": 0, "statement_url": "#"},
        {"id": "i2", "number": "KI-000044", "url": "/billing/invoices/i2.pdf", "facility": "みどり病院", "due_on": date(2026, 11, 30), "total": 1_100, "outstanding": 600, "held": 3_000, "statement_url": "#"},
        {"id": "i3", "number": "KI-000040", "url": "/billing/invoices/i3.pdf", "facility": "みどり病院", "due_on": date(2026, 10, 31), "total": 11_000, "outstanding": -8_257, "held": 3_000, "statement_url": "#"},
    ],
    "total": 16_990, "typed": {}, "errors": {},
    "movements": [
        {"id": "d2", "kind": "refunded", "facility": "みどり病院", "amount": -500, "on": date(2026, 11, 21), "undoable": False},
        {"id": "d1", "kind": "kept", "facility": "みどり病院", "amount": 3_500, "on": date(2026, 11, 20), "undoable": True},
    ],
    "held": [{"code": "midori", "facility": "みどり病院", "amount": 3_000}],
    "payments": [
        {"id": "p2", "url": "#", "number": "KR-000012", "invoice": "KI-000044", "facility": "みどり病院", "amount": 500, "received_on": date(2026, 11, 20), "reversed": False},
        {"id": "p1", "url": "#", "number": "KR-000011", "invoice": "KI-000041", "facility": "第一クリニック", "amount": 16_390, "received_on": date(2026, 11, 19), "reversed": True},
    ],
}  # fmt: skip
PROPOSAL: dict[str, Any] = {
    "why": "payer",
    "sure": True,
    "sum": 16_390,
    "numbers": "KI-000041",
    "facilities": "第一クリニック",
}
BANK_LINE: dict[str, Any] = {
    "id": "l1",
    "received_on": date(2026, 11, 27),
    "payer": "ダイイチクリニツク",
    "reference": "振込",
    "amount": 16_390,
    "open": 16_390,
}
BANK: dict[str, Any] = {
    "rows": [
        {**BANK_LINE, "proposal": {**PROPOSAL, "sum": 17_490, "numbers": "KI-000041 KI-000044"}},
        {**BANK_LINE, "id": "l2", "payer": "シラヌヒト", "reference": "", "open": 700, "proposal": None},
    ],
    "count": 2,
    "amount": 17_090,
    "errors": {},
    "typed": {},
    "columns": "",
    "settled": [
        {
            **BANK_LINE,
            "id": "l3",
            "open": 0,
            "paid": [{"number": "KI-000012", "facility": "みどり病院", "amount": 1_100}],
            "kept": 15_290,
            "set_aside": None,
        },
        {
            **BANK_LINE,
            "id": "l4",
            "payer": "利息",
            "amount": 3,
            "open": 3,
            "paid": [],
            "kept": 0,
            "set_aside": "普通預金の利息",
        },
    ],
}
BANK_PREVIEW: dict[str, Any] = {
    "file": {"id": "f1", "name": "meisai_202611.csv", "left_out": 3, "taken_at": None},
    "more": 0,
    "new": 3,
    "total": 33_480,
    "rows": [
        {**BANK_LINE, "known": False, "proposal": PROPOSAL},
        {**BANK_LINE, "known": False, "proposal": {**PROPOSAL, "sure": False}},
        {**BANK_LINE, "payer": "シラヌヒト", "reference": "", "amount": 700, "known": False, "proposal": None},
        {**BANK_LINE, "known": True, "proposal": None},
    ],
}
INVOICES: dict[str, Any] = {
    "invoices": [
        {"number": "KI-000044", "url": "/invoices/i2.pdf", "month": "2026-10-01", "due_on": date(2026, 11, 30), "lines": [{"target": "内視鏡室 1", "amount": 14_900}, {"target": "病棟", "amount": 1_000}], "subtotal": 15_900, "tax": 1_590, "total": 17_490, "outstanding": 17_490, "receipts": [], "credit_notes": []},
        {"number": "KI-000012", "url": "/invoices/i1.pdf", "month": "2026-09-01", "due_on": date(2026, 10, 31), "lines": [{"target": "病棟", "amount": 1_000}], "subtotal": 1_000, "tax": 100, "total": 1_100, "outstanding": 0, "receipts": [{"number": "KR-000003", "url": "#"}], "credit_notes": [{"number": "KC-000001", "url": "#"}]},
    ],
    "pager": PAGER,
}  # fmt: skip
PAGES = (
    Page("billing-months", "billing/months.html", PROVIDER_ADMIN, MONTHS),
    Page("billing-months-going", "billing/months.html", PROVIDER_ADMIN, {**MONTHS, "following": None, "going": {**NEXT, "done": 1_200, "areas": 4_000}}),
    Page("billing-months-early", "billing/months.html", PROVIDER_ADMIN, {**MONTHS, "ended": False}),
    Page("billing-months-none", "billing/months.html", PROVIDER_ADMIN, {**MONTHS, "following": None, "months": []}),
    Page("billing-preview", "billing/preview.html", PROVIDER_ADMIN, PREVIEW),
    Page("billing-preview-none", "billing/preview.html", PROVIDER_ADMIN, {**PREVIEW, "rows": [], "more": 0, "charged": 0, "credited": 0}),
    Page("billing-open", "billing/open.html", PROVIDER_ADMIN, OPEN),
    Page("billing-open-refused", "billing/open.html", PROVIDER_ADMIN, {**OPEN, "typed": {"invoice": "i2", "amount": "900", "received_on": "2026-11-20", "reference": "振込"}, "errors": {"amount": "この請求書の未収額は600円です。"}}),
    Page("billing-open-none", "billing/open.html", PROVIDER_ADMIN, {**OPEN, "rows": [], "total": 0, "held": [], "payments": [], "movements": []}),
    Page("billing-bank", "billing/bank.html", PROVIDER_ADMIN, BANK),
    Page("billing-bank-refused", "billing/bank.html", PROVIDER_ADMIN, {**BANK, "errors": {"file": "3行目: 金額「-11,000」がマイナスです。何も取り込んでいません。", "l1": "この入金では選んだ請求書のすべてに足りません。選ぶ請求書を減らしてください。"}, "columns": "date=取引日"}),
    Page("billing-bank-none", "billing/bank.html", PROVIDER_ADMIN, {**BANK, "rows": [], "count": 0, "amount": 0, "settled": []}),
    Page("billing-bank-preview", "billing/bank_preview.html", PROVIDER_ADMIN, BANK_PREVIEW),
    Page("billing-bank-preview-known", "billing/bank_preview.html", PROVIDER_ADMIN, {**BANK_PREVIEW, "new": 0, "total": 0, "rows": BANK_PREVIEW["rows"][3:]}),
    Page("facility-invoices", "facility/invoices.html", ADMIN, INVOICES),
    Page("facility-invoices-none", "facility/invoices.html", ADMIN, {"invoices": [], "pager": NO_PAGER}),
)  # fmt: skip
