"""Who the demo's people and facilities are."""

from typing import Any

HERO, STRANGER = "f001", "f002"
BANDED = ("f007", "f018", "f031")
"""The three areas that report green bands."""

_PLACES = (
    "青葉", "緑ヶ丘", "桜台", "港南", "若宮", "東山", "西川", "南風", "北野", "朝日",
    "白樺", "清水", "松原", "梅田", "竹園", "藤沢", "柏木", "泉", "星野", "月見",
    "川口", "浜松", "山手", "海老名", "大和", "小倉", "中央", "新町", "本郷", "御所",
    "若葉", "花園", "日和", "水無瀬", "雲雀", "鶴見", "亀岡", "鷹匠", "鳩山", "鴨川",
)  # fmt: skip
_SORTS = ("内視鏡クリニック", "消化器内科", "総合病院", "市民病院")

DEPARTMENTS: list[dict[str, Any]] = [
    {
        "code": "repair",
        "name": {"ja": "修理", "en": "Repair"},
        "about": "故障 修理 部品 交換 画像ノイズ 送気 送水 漏水 scope failure, image noise, broken part, leak",
    },
    {
        "code": "clinical",
        "name": {"ja": "臨床支援", "en": "Clinical Support"},
        "about": "薬剤 鎮静 前処置 観察条件 読影 手技 drug, sedation, preparation, findings, technique",
    },
    {
        "code": "accounts",
        "name": {"ja": "経理", "en": "Accounts"},
        "about": "請求 支払 領収書 契約金額 見積 invoice, payment, receipt, price, quotation",
    },
    {
        "code": "it",
        "name": {"ja": "システム", "en": "IT and Network"},
        "about": "接続 ネットワーク 端末 パスワード 保存 バックアップ network, terminal, password, backup, software",
    },
]

PROVIDER_PEOPLE: list[dict[str, Any]] = [
    {"login": "repair1", "name": "修理 高橋", "role": "department", "departments": ["repair"]},
    {"login": "repair2", "name": "修理 渡辺", "role": "department", "departments": ["repair"]},
    {"login": "clinical1", "name": "臨床支援 伊藤", "role": "department", "departments": ["clinical"]},
    {"login": "accounts1", "name": "経理 山本", "role": "department", "departments": ["accounts"]},
    {"login": "it1", "name": "システム 中村", "role": "department", "departments": ["it"]},
    {"login": "analyst1", "name": "分析 小林", "role": "analyst"},
    {"login": "admin1", "name": "管理 加藤", "role": "admin"},
]


def facility_name(number: int) -> str:
    """The name of facility `number` (from 1)."""
    return _PLACES[number - 1] + _SORTS[(number - 1) % len(_SORTS)]


def facilities(count: int = 40) -> list[dict[str, Any]]:
    """The facilities of the apply file: the first has a nurse, an administrator and a capture device."""
    found = []
    for number in range(1, count + 1):
        code = f"f{number:03d}"
        facility: dict[str, Any] = {
            "code": code,
            "name": facility_name(number),
            "capacity": "20GiB",
            "class": "economy",
        }
        nurse = {"login": f"{code}-nurse", "name": _nurse(number), "role": "staff"}
        facility["people"] = [nurse | ({"pin": "2468"} if code == HERO else {})]
        if code in (HERO, STRANGER):
            facility["people"].append(
                {
                    "login": f"{code}-admin",
                    "name": f"事務長 {_FAMILY[(number + 7) % len(_FAMILY)]}",
                    "role": "facility-admin",
                }
            )
        if code == HERO:
            facility["devices"] = [{"login": f"{code}-capture1", "target": "内視鏡室1"}]
            facility["contracts"] = [_contract()]
        found.append(facility)
    return found


_FAMILY = ("佐藤", "鈴木", "田中", "斎藤", "井上", "木村", "林", "清水", "山崎", "森")


def _nurse(number: int) -> str:
    return f"看護師 {_FAMILY[(number - 1) % len(_FAMILY)]}"


def _contract() -> dict[str, Any]:
    return {
        "target": "内視鏡室1",
        "period": "annual",
        "terms": 1,
        "timing": "per-exam",
        "unit": "exam",
        "capacity": "10GiB",
        "unit_price": 1000,
        "patients": {"default": "in", "except": ["P-9"]},
    }


def apply_file(start: Any) -> dict[str, Any]:
    """The whole file of `kura apply`; the contract starts on the civil date `start`."""
    rented = facilities()
    for facility in rented:
        for contract in facility.get("contracts", []):
            contract["start"] = start
    return {
        "provider": {"name": "蔵内視鏡サービス", "phone": "03-0000-0000", "hours": "平日 9:00–18:00"},
        "departments": DEPARTMENTS,
        "rules": [{"when": {"subject_or_body": "請求|領収書|invoice"}, "to": ["accounts"]}],
        "people": PROVIDER_PEOPLE,
        "facilities": rented,
    }
