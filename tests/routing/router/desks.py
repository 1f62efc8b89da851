"""The provider's departments in these tests, and texts as their facilities write them."""

import json
from pathlib import Path

from routing.router.about import Profile
from routing.router.train import Example

DEPARTMENTS = (
    Profile("repair", ("修理", "Repair"), "故障 修理 部品 scope failure, image noise, broken part"),
    Profile("clinical", ("臨床支援", "Clinical Support"), "薬剤 手技 所見 drugs, procedures, findings"),
    Profile("accounts", ("経理", "Accounts"), "請求 支払い invoices and payments"),
    Profile("sales", ("営業", "Sales"), "見積 契約 quotations, contracts"),
    Profile("network", ("情報システム", "IT and Network"), "接続 ログイン backup, sign-in"),
    Profile("training", ("研修", "Training"), "講習 使い方 courses"),
)

COLD_START = Path(__file__).parent / "cold_start.jsonl"


def cold_start() -> list[Example]:
    """Requests that nothing was tuned on; one without departments is nobody's."""
    lines = map(json.loads, COLD_START.read_text(encoding="utf-8").splitlines())
    return [Example(line["text"], tuple(line["departments"])) for line in lines]


def month() -> list[Example]:
    """Answered requests enough to learn from: each department's topics in sentences that vary."""
    topics = {
        "repair": ["緑色の帯", "画面のノイズ", "a green band", "a flickering image", "吸引の不良"],
        "clinical": ["鎮静剤の量", "生検の適応", "the dose of midazolam", "a marked lesion", "前処置の薬"],
        "accounts": ["請求書の金額", "振込の期限", "the amount of the invoice", "a double payment", "領収書の宛名"],
    }
    frames = [
        "{}について教えてください",
        "{}が気になります",
        "please look at {}",
        "{} again today",
        "至急、{}の件",
        "about {}",
    ]
    return [
        Example(frame.format(topic), (code,)) for frame in frames for code, named in topics.items() for topic in named
    ]
