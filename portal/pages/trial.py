"""Type a sentence, see where it goes and why: the router in use, asked without filing anything."""

import time
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import transactions
from portal.pages.reasons import decided_by, phrases
from portal.pages.thread import Names
from routing.departments.models import TRIAGE
from routing.router.queries import load_router
from routing.router.rules import Facts
from vault.base.errors import Invalid

EXAMPLES = (
    "画像に緑色の帯が出る。スコープの故障か? 鎮静の薬も追加したい。",
    "10月分の請求書の宛名を変えてください。",
    "The suction button sticks after cleaning.",
    "夜間のバックアップが終わっていません。",
    "明日の天気はどうですか?",
)
LONGEST = 5000


def asked() -> str:
    """The sentence of the form; Invalid when it is empty or too long."""
    text = (request.form.get("example") or request.form.get("text", "")).strip()
    if not text:
        raise Invalid("missing", field="text")
    if len(text) > LONGEST:
        raise Invalid("too_long", field="text")
    return text


def decide(session: Session, text: str) -> dict[str, Any]:
    """The decision as `components/trial.html` shows it."""
    router, names = load_router(session, transactions.installation().settings), Names.read(session)
    began = time.perf_counter()
    decision = router.decide(Facts(body=text))
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    shown = [
        {
            "department": names.of_code(one.department),
            "probability": one.probability,
            "reasons": phrases(one.reasons_as_data()),
            "chosen": True,
        }
        for one in decision.choices
    ]
    if decision.triage:
        shown.append(
            {
                "department": names.of_code(TRIAGE),
                "probability": None,
                "reasons": phrases([decision.triage.as_data()]),
                "chosen": True,
            }
        )
    shown += [
        {"department": names.of_code(one.department), "probability": one.probability, "reasons": [], "chosen": False}
        for one in decision.others
    ]
    by = "triage" if decision.triage and not decision.choices else "learned"
    if decision.choices:
        by = decided_by([reason for one in decision.choices for reason in one.reasons_as_data()])
    return {"text": text, "by": by, "decided": shown, "ms": milliseconds}


def knows(session: Session) -> str:
    """What the router in use has learned from, in a sentence."""
    model = load_router(session, transactions.installation().settings).model
    if model is None:
        return str(_("It knows what the departments say of themselves."))
    return str(_("It has learned from %(count)s examples.", count=sum(model.learned.counts)))
