"""Sample context of the pages about money: months, open amounts, and a facility's own invoices."""

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
        {"id": "i1", "number": "KI-000041", "url": "/billing/invoices/i1.pdf", "facility": "第一クリニック", "due_on": date(2026, 10, 31), "total": 16_390, "outstanding": 16_390},
        {"id": "i2", "number": "KI-000044", "url": "/billing/invoices/i2.pdf", "facility": "みどり病院", "due_on": date(2026, 11, 30), "total": 1_100, "outstanding": 600},
    ],
    "total": 16_990, "typed": {}, "errors": {},
}  # fmt: skip
INVOICES: dict[str, Any] = {
    "invoices": [
        {"number": "KI-000044", "url": "/invoices/i2.pdf", "month": "2026-10-01", "due_on": date(2026, 11, 30), "lines": [{"target": "内視鏡室 1", "amount": 14_900}, {"target": "病棟", "amount": 1_000}], "subtotal": 15_900, "tax": 1_590, "total": 17_490, "outstanding": 17_490},
        {"number": "KI-000012", "url": "/invoices/i1.pdf", "month": "2026-09-01", "due_on": date(2026, 10, 31), "lines": [{"target": "病棟", "amount": 1_000}], "subtotal": 1_000, "tax": 100, "total": 1_100, "outstanding": 0},
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
    Page("billing-open-none", "billing/open.html", PROVIDER_ADMIN, {**OPEN, "rows": [], "total": 0}),
    Page("facility-invoices", "facility/invoices.html", ADMIN, INVOICES),
    Page("facility-invoices-none", "facility/invoices.html", ADMIN, {"invoices": [], "pager": NO_PAGER}),
)  # fmt: skip
