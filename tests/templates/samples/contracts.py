"""Sample context of the pages about contracts, of both sides."""

from datetime import date
from typing import Any

from tests.templates.samples.ground import ADMIN, NO_PAGER, PAGER, PROVIDER_ADMIN, Page, ago

GIB = 2**30
ROW: dict[str, Any] = {
    "id": "c1", "target": "内視鏡室 1", "standing": "active", "period": "annual", "terms": 1, "by_year": True, "start": date(2026, 4, 1), "end": date(2027, 3, 31), "timing": "nightly", "at": "02:00",
    "unit": "facility", "kinds": ["still", "clip", "chart", "file"], "default_in": True, "except_patients": 1, "capacity": 10 * GIB, "used": 6 * GIB, "unit_price": 1000, "fee": 10_000,
    "display_tool_cases": 100, "class": "economy", "copies": 0, "encrypted_discs": False, "next": {"what": "ends", "on": date(2027, 3, 31)},
    "can_end": False, "end_day": date(2027, 3, 31), "can_change": True, "can_renew": True, "can_suspend": True, "can_resume": False,
}  # fmt: skip
MONTHLY = {**ROW, "id": "c2", "target": "病棟", "period": "monthly", "by_year": False, "terms": 0, "end": None, "timing": "per-exam", "unit": "patient", "default_in": False, "except_patients": 3, "capacity": None, "fee": 2590, "unit_price": 2590, "class": "deluxe", "copies": 4, "encrypted_discs": True, "next": {"what": "renews", "on": date(2026, 12, 1)}, "can_renew": False, "can_end": True, "end_day": date(2026, 11, 30)}  # fmt: skip
ENDED = {**ROW, "id": "c3", "standing": "ended", "start": date(2025, 4, 1), "end": date(2026, 3, 31), "class": "", "next": {"what": "ended", "on": date(2026, 3, 31)}, "can_change": False, "can_renew": False, "can_suspend": False}  # fmt: skip
OFFER = {name: False if name.startswith("can_") else value for name, value in ROW.items()} | {"id": "o1", "target": "内視鏡室 2", "standing": "offered", "start": date(2026, 12, 1), "next": {"what": "to-sign", "on": None}}  # fmt: skip
TEXT = """バックアップ契約書

提供会社: Example Endoscopy Service
施設: 第一クリニック (f001)
バックアップ対象: 内視鏡室 1

1. サービス期間
1年、2026年4月1日(水)から2027年3月31日(水)まで。最終日をもって終了します。

3. 料金
クラス: エコノミー: 1,000円
1ポイントの単価: 1,000円
料金: 10ポイント × 1年 × 1,000円 = 10,000円
消費税は各期の初日の税率で加算します。
"""
DIGEST = "4f" * 32
ACT: dict[str, Any] = {"at": ago(days=3), "what": "signed", "side": "facility", "name": "高橋 恵", "who": "f001-admin", "address": "192.0.2.7", "text_digest": DIGEST, "why": None, "day": None}  # fmt: skip
ACTS = [{**ACT, "side": "system", "what": "reminded", "text_digest": None, "address": "", "day": date(2027, 3, 31)}, {**ACT, "side": "provider", "name": "Kato Jun", "what": "suspended", "why": "お支払いの確認中", "text_digest": None}, ACT, {**ACT, "what": "offered"}]  # fmt: skip
PAPERS = [
    {"language": "en", "digest": "7c" * 32, "made_at": ago(days=3)},
    {"language": "ja", "digest": "9a" * 32, "made_at": ago(days=3)},
]
FACILITY = {"code": "f001", "name": "第一クリニック"}
SHOWN: dict[str, Any] = {"side": "facility", "active": "facility.contracts", "facility": FACILITY, "contract": ROW, "text": TEXT, "digest": DIGEST, "by_file": False, "signed": ["facility", "provider"], "acts": ACTS, "papers": PAPERS, "quotation": {"number": "KQ-000012", "valid_until": date(2026, 12, 23)}}  # fmt: skip
THERE = {"side": "provider", "active": "admin.contracts"}
TYPED = {"target": "内視鏡室 1", "period": "annual", "years": "1", "months": "", "start": "2026-12-01", "timing": "nightly", "at": "02:00", "unit": "facility", "kinds": ["still", "clip"], "default": "in", "except": "P-9", "capacity": "45", "class": "economy", "cases": "150", "copies": "", "discs": "plain"}  # fmt: skip
PLAN = {"number": 3, "economy": 1000, "deluxe": 1800, "included": 20 * GIB, "step": 10 * GIB, "step_price": 150, "open_price": 900, "cases_price": 40, "copies": 2, "copy_price": 300}  # fmt: skip
PRICE: dict[str, Any] = {
    "why": "", "parts": [{"what": "economy", "count": 1, "each": 1000, "amount": 1000}, {"what": "capacity", "count": 3, "each": 150, "amount": 450}, {"what": "cases", "count": 1, "each": 40, "amount": 40}],
    "unit_price": 1490, "points": 10, "term": 1, "period": "annual", "fee": 14_900, "start": date(2026, 12, 1), "end": date(2027, 11, 30), "number": 3,
}  # fmt: skip
NEW: dict[str, Any] = {"side": "facility", "active": "facility.contracts", "facility": FACILITY, "typed": TYPED, "price": PRICE, "plan": PLAN, "targets": ["内視鏡室 1", "病棟"], "replaces": None}  # fmt: skip
PRICES = {name: str(value // GIB if value > 2**20 else value) for name, value in PLAN.items() if name != "number"}
HISTORY = [{"number": 2, "set_at": ago(days=3), "set_by": "admin1", "prices": {name: int(value) for name, value in PRICES.items()}}, {"number": 1, "set_at": ago(days=200), "set_by": "admin1", "prices": {name: int(value) for name, value in PRICES.items()}}]  # fmt: skip
ALL = {"view": "ends", "rows": [{**ROW, "facility": "第一クリニック", "url": "/c/1"}, {**MONTHLY, "facility": "みどり病院", "url": "/c/2"}], "counts": {"to-sign": 1, "ends": 1, "running": 40, "all": 61}, "pager": PAGER}  # fmt: skip

PAGES = (
    Page("facility-contracts", "facility/contracts.html", ADMIN, {"offers": [OFFER], "contracts": [ROW, MONTHLY, ENDED], "readable_until": None}),
    Page("facility-contracts-none", "facility/contracts.html", ADMIN, {"offers": [], "contracts": [], "readable_until": None}),
    Page("facility-contracts-end", "facility/contracts.html", ADMIN, {"offers": [], "contracts": [{**ENDED, "standing": "wound-down", "next": {"what": "readable", "on": date(2027, 1, 20)}}], "readable_until": date(2027, 1, 20)}),
    Page("contract-new", "contracts/new.html", ADMIN, NEW),
    Page("contract-new-refused", "contracts/new.html", ADMIN, {**NEW, "price": {"why": "容量は20のようにGiBで入力するか、空欄にしてください。"}, "replaces": {"id": "c1", "target": "内視鏡室 1", "start": date(2026, 4, 1)}, "errors": {"": "契約の現在の状態では、この操作はできません。", "capacity": "容量は20のようにGiBで入力するか、空欄にしてください。", "start": "開始日が古すぎます。"}}),
    Page("contract-new-no-plan", "contracts/new.html", ADMIN, {**NEW, "plan": None, "price": {"why": "x"}}),
    Page("contract-new-there", "contracts/new.html", PROVIDER_ADMIN, {**NEW, **THERE, "price": {**PRICE, "period": "monthly", "points": 1, "term": 1, "fee": 1490, "end": None}}),
    Page("contract", "contracts/show.html", ADMIN, SHOWN),
    Page("contract-ends", "contracts/show.html", ADMIN, {**SHOWN, "contract": MONTHLY, "by_file": True, "acts": [], "papers": [], "quotation": None}),
    Page("contract-to-sign", "contracts/show.html", ADMIN, {**SHOWN, "contract": OFFER, "signed": [], "acts": ACTS[-1:], "papers": []}),
    Page("contract-lapsed", "contracts/show.html", ADMIN, {**SHOWN, "contract": {**OFFER, "next": {"what": "lapsed", "on": date(2026, 12, 23)}}, "signed": ["facility"], "acts": ACTS[-1:], "papers": []}),
    Page("contract-paper-to-come", "contracts/show.html", ADMIN, {**SHOWN, "papers": []}),
    Page("contract-there", "contracts/show.html", PROVIDER_ADMIN, {**SHOWN, **THERE}),
    Page("contract-suspended-there", "contracts/show.html", PROVIDER_ADMIN, {**SHOWN, **THERE, "contract": {**ROW, "standing": "suspended", "can_suspend": False, "can_resume": True}}),
    Page("contract-withdrawn-there", "contracts/show.html", PROVIDER_ADMIN, {**SHOWN, **THERE, "contract": {**OFFER, "standing": "withdrawn", "next": {"what": "withdrawn", "on": None}}, "papers": []}),
    Page("admin-contracts", "admin/contracts.html", PROVIDER_ADMIN, ALL),
    Page("admin-contracts-to-sign", "admin/contracts.html", PROVIDER_ADMIN, {**ALL, "view": "to-sign", "rows": [{**OFFER, "facility": "第一クリニック", "url": "/c/1"}], "pager": NO_PAGER}),
    Page("admin-contracts-none", "admin/contracts.html", PROVIDER_ADMIN, {"view": "ends", "rows": [], "counts": {}, "pager": NO_PAGER}),
    Page("admin-plans", "admin/plans.html", PROVIDER_ADMIN, {"typed": PRICES, "history": HISTORY}),
    Page("admin-plans-first", "admin/plans.html", PROVIDER_ADMIN, {"typed": {**PRICES, "deluxe": "-1"}, "errors": {"deluxe": "料金は0円以上の整数で入力してください。"}, "history": []}),
)  # fmt: skip
