"""A history that looks lived in: 2,000 answered requests of the last months, three areas with green bands of late."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from portal.demo.names import BANDED

REQUESTS = 2000
BANDS_EACH = 4

_MODELS = ("EV-290", "EV-310", "GX-180", "CX-260", "EV-H5")
_ROOMS = ("1番検査室", "2番検査室", "救急の検査室", "健診センター")

_TOPICS: tuple[tuple[str, str, str, str], ...] = (
    (
        "repair",
        "{model}の送気ができない",
        "{room}で検査中に送気が弱くなりました。ボタンを押し直しても変わりません。",
        "送気管路の詰まりが考えられます。代替機を{day}日以内に送ります。",
    ),
    (
        "repair",
        "画面にノイズが入る",
        "{model}で{room}の検査中、横すじのノイズが出ます。ケーブルを替えても同じです。",
        "コネクタ基板の接点不良です。引き取り修理を手配しました。",
    ),
    (
        "repair",
        "アングルが戻らない",
        "{model}のアップアングルが途中で止まります。無理に動かさず使用を止めています。",
        "ワイヤの交換が必要です。使用を止めていただきありがとうございます。",
    ),
    (
        "repair",
        "漏水テストで不合格",
        "{room}の{model}が漏水テストで気泡が出ました。洗浄機に入れてよいか教えてください。",
        "洗浄機には入れないでください。先端部の被覆を交換します。",
    ),
    (
        "repair",
        "Light source keeps dimming",
        "The light source in room {number} dims after ten minutes with the {model}. The lamp is new.",
        "The fan of the light source is blocked. We send a technician within {day} days.",
    ),
    (
        "repair",
        "Suction button sticks",
        "The suction button of our {model} sticks after cleaning. We changed the seal once already.",
        "Please use the seal of the newer type; five are on their way to you.",
    ),
    (
        "clinical",
        "鎮静薬の投与間隔について",
        "高齢の患者さんで鎮静薬を追加する間隔の目安を知りたいです。{room}では酸素飽和度を見ています。",
        "添付文書と施設の手順書をご確認ください。参考文献を三つ添えます。",
    ),
    (
        "clinical",
        "前処置の飲み残し",
        "大腸の前処置で腸管洗浄剤を{number}割飲み残した方の検査は続けられますか。",
        "便の性状で判断します。判定表をお送りします。",
    ),
    (
        "clinical",
        "色素散布後の見え方",
        "{model}で色素を散布すると境界がわかりにくいです。推奨の強調設定はありますか。",
        "構造強調を一段上げてください。設定の画像を添えます。",
    ),
    (
        "clinical",
        "Withdrawal time for screening",
        "What observation time do you recommend for screening with the {model} after polyp removal?",
        "At least six minutes without treatment; a paper is attached.",
    ),
    (
        "accounts",
        "請求書の宛名を変えたい",
        "{month}月分から宛名を医療法人名に変えてください。",
        "{month}月分から変更しました。登録番号はそのままです。",
    ),
    (
        "accounts",
        "領収書の再発行",
        "{month}月の領収書を紛失しました。再発行をお願いします。",
        "再発行と明記して画面に載せました。",
    ),
    (
        "accounts",
        "Quotation for one more room",
        "Please send a quotation for a second endoscopy room, annual term, 20 GiB.",
        "The quotation is in your area; it is valid for {number}0 days.",
    ),
    (
        "it",
        "端末からつながらない",
        "{room}の端末が今朝からネットワークにつながりません。LANの差し替えはしました。",
        "証明書の期限切れでした。更新の手順を添えます。",
    ),
    (
        "it",
        "夜間バックアップが終わらない",
        "昨夜のバックアップが朝まで終わっていません。{number}件残っています。",
        "回線の混雑です。開始時刻を一時間早めるようご提案します。",
    ),
    (
        "it",
        "Password of the viewer",
        "A colleague left; how do we change the password of the terminal in room {number}?",
        "Your administrator can do it under People and devices.",
    ),
)

_BANDS: tuple[tuple[str, str], ...] = (
    (
        "画像に緑色の帯が出る",
        "{model}(製造番号 {serial})の画像の中央に縦の緑色の帯が出ます。{room}、検査の途中からです。",
    ),
    ("緑色の帯が消えない", "再起動しても緑色の帯が消えません。{model}、{room}です。記録した画像にも写っています。"),
    ("斜めの緑色の帯", "抜去のときだけ斜めに緑色の帯が走ります。{model}の製造番号は {serial} です。"),
    ("Green band across the image", "A green band crosses the picture of our {model} since Monday, in {room}."),
)
_BAND_ANSWER = "撮像素子の信号線の不良と見られます。{model}の同じ製造時期のものを調べています。代替機を送ります。"


def lines(now: datetime, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Requests as `kura import requests` takes them, oldest first; `now` (aware) is the present."""
    chance = random.Random(seed)  # noqa: S311 - invented history, no secret
    found = [_ordinary(chance, now) for _ in range(REQUESTS - BANDS_EACH * len(BANDED))]
    found += [_band(chance, now, facility, turn) for facility in BANDED for turn in range(BANDS_EACH)]
    yield from sorted(found, key=lambda line: str(line["filed_at"]))


def _ordinary(chance: random.Random, now: datetime) -> dict[str, Any]:
    department, subject, body, answer = chance.choice(_TOPICS)
    filed = now - timedelta(days=chance.uniform(8, 400), hours=chance.uniform(0, 9))
    return _line(chance, f"f{chance.randint(1, 40):03d}", department, filed, subject, body, answer)


def _band(chance: random.Random, now: datetime, facility: str, turn: int) -> dict[str, Any]:
    subject, body = _BANDS[turn % len(_BANDS)]
    filed = now - timedelta(days=turn + chance.uniform(0.5, 1.0))
    return _line(chance, facility, "repair", filed, subject, body, _BAND_ANSWER, model="EV-310")


def _line(
    chance: random.Random,
    facility: str,
    department: str,
    filed: datetime,
    subject: str,
    body: str,
    answer: str,
    *,
    model: str = "",
) -> dict[str, Any]:
    values = {
        "model": model or chance.choice(_MODELS),
        "room": chance.choice(_ROOMS),
        "serial": f"31{chance.randint(10000, 99999)}",
        "number": chance.randint(1, 4),
        "month": chance.randint(1, 12),
        "day": chance.randint(1, 5),
    }
    answered = filed + timedelta(minutes=chance.uniform(20, 600))
    return {
        "facility": facility,
        "subject": subject.format(**values),
        "body": body.format(**values),
        "filed_at": filed.isoformat(),
        "departments": [department],
        "answers": [{"department": department, "body": answer.format(**values), "at": answered.isoformat()}],
    }
