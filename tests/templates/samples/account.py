"""Sample context of signing in, the second factor, the shared screen and one's own account."""

from typing import Any

import segno

from tests.templates.samples.ground import ADMIN, NURSE, PROVIDER_ADMIN, SHARED, Page, ago, ahead

ACCOUNT: dict[str, Any] = {
    "account": {"login": "f001-nurse", "name": "佐藤 由美", "role": "staff", "language": "ja", "has_pin": True, "can_share": True, "shared": False, "second_factor": True, "codes_left": 7, "is_told": True, "email": "yumi@example.com", "email_problem": None},
    "tokens": [{"id": "t1", "label": "検査台帳の連携", "created_at": ago(days=40), "used_at": ago(minutes=4)}], "new_token": "kura_9fA3…Qx",
    "sign_ins": [{"id": "s1", "mine": True, "shared": False, "created_at": ago(hours=3), "seen_at": ago(minutes=0), "expires_at": ahead(hours=9)},
                 {"id": "s2", "mine": False, "shared": True, "created_at": ago(days=1), "seen_at": ago(hours=5), "expires_at": ahead(hours=9)}],
}  # fmt: skip
SECRET = "JBSW Y3DP EHPK 3PXP"
QR = segno.make(f"otpauth://totp/Kura:f001?secret={SECRET}").svg_data_uri(scale=4, border=2)
FACES = [
    {"login": "a", "name": "佐藤 由美"},
    {"login": "b", "name": "田中 一郎"},
    {"login": "c", "name": "Nguyen Lan"},
    {"login": "d", "name": "高橋 恵"},
]

GIB = 2**30
TOLD: list[dict[str, Any]] = [
    {"kind": "contract.news", "at": ago(minutes=5), "unread": True, "place": "", "url": "/c/1", "values": {"what": "ends", "target": "内視鏡室 1", "on": "2027-03-31"}},
    {"kind": "assignment.overdue", "at": ago(minutes=10), "unread": True, "place": "", "url": "/admin/", "values": {"ja": "修理", "en": "Repair", "holder": "", "due": "2026-11-24T01:00:00+00:00"}},
    {"kind": "area.filled", "at": ago(minutes=20), "unread": True, "place": "", "url": "/area", "values": {"level": 90, "filled": 18 * GIB, "capacity": 20 * GIB}},
    {"kind": "backup.late", "at": ago(hours=3), "unread": True, "place": "", "url": "/backups", "values": {"target": "内視鏡室 1", "night": "2026-11-23", "count": 1}},
    {"kind": "backup.missed", "at": ago(hours=4), "unread": True, "place": "", "url": "/backups", "values": {"target": "病棟", "night": "2026-11-22", "count": 3}},
    {"kind": "backup.missed", "at": ago(hours=4), "unread": True, "place": "", "url": "/backups", "values": {"target": "病棟", "night": "2026-11-22", "count": 1}},
    {"kind": "backup.failed", "at": ago(hours=4), "unread": True, "place": "", "url": "/backups", "values": {"target": "病棟", "night": "2026-11-21", "count": 1}},
    {"kind": "vault.damaged", "at": ago(hours=5), "unread": True, "place": "", "url": "/exams/e1", "values": {"facility": "f001", "digest": "9f", "exams": ["e1"]}},
    {"kind": "media.ready", "at": ago(days=1), "unread": False, "place": "", "url": "/media", "values": {"target": "内視鏡室 1", "on": "2026-11-01", "discs": 2}},
    {"kind": "media.waits", "at": ago(days=1), "unread": False, "place": "第一クリニック", "url": "/admin/media/m1", "values": {"target": "内視鏡室 1", "on": "2026-11-01", "discs": 2, "problem": "disk_full"}},
    {"kind": "drill.failed", "at": ago(days=2), "unread": False, "place": "", "url": "/drills", "values": {"failed": 1, "images": 20, "files": 10}},
]  # fmt: skip
NO_PAGES = {"newer_url": "", "older_url": ""}

PAGES = (
    Page("account-sign-in", "account/sign_in.html", None, {"next": "", "demo": True}),
    Page("account-sign-in-refused", "account/sign_in.html", None, {"next": "", "demo": False, "typed": {"login": "f001"}, "errors": {"login": "ログインIDまたはパスワードが違います。両方を確かめて、もう一度入力してください。"}}),
    Page("account-link", "account/link.html", None, {"name": "佐藤 由美", "login": "f001-nurse", "secret": "x"}),
    Page("account-link-spent", "account/link_spent.html"),
    Page("account-set-password", "account/set_password.html", None, {"login": "f001-nurse", "shortest": 10}),
    Page("account-totp", "account/totp.html", None, {"next": "", "demo": True}),
    Page("account-totp-setup", "account/totp_setup.html", None, {"secret": SECRET, "qr": QR, "required": True}),
    Page("account-recovery-codes", "account/recovery_codes.html", None, {"codes": [f"{n}f3k-9q{n}x" for n in range(10)], "next": "/"}),
    Page("account-lock", "account/lock.html", None, {"faces": FACES, "chosen": "a", "next": ""}),
    Page("account-notices", "account/notices.html", ADMIN, {"notices": TOLD, "unread": 2, "upto": 9, "pager": NO_PAGES, "counts": {"account.notices": 2}}),
    Page("account-notices-provider", "account/notices.html", PROVIDER_ADMIN, {"notices": [{**one, "place": "第一クリニック"} for one in TOLD], "unread": 2, "upto": 9, "pager": NO_PAGES, "counts": {"account.notices": 2}}),
    Page("account-notices-none", "account/notices.html", NURSE, {"notices": [], "unread": 0, "upto": 0, "pager": NO_PAGES}),
    Page("account-mine", "account/my_account.html", NURSE, ACCOUNT),
    Page("account-mine-bare", "account/my_account.html", SHARED, {**ACCOUNT, "account": {**ACCOUNT["account"], "shared": True, "second_factor": False, "has_pin": False, "email_problem": "550 5.1.1 no such user"}, "tokens": [], "new_token": ""}),
)  # fmt: skip
