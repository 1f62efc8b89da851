"""The form in which a contract is put together: what was typed as a wish, with its price; an older one as typed."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.wording import sentence
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Scope
from vault.contracts import offers, price_plans, queries, renewal
from vault.contracts.models import Contract
from vault.contracts.offers import Quote, Wish
from vault.contracts.points import points_of, terms_a_line
from vault.contracts.prices import ServiceClass
from vault.contracts.terms import DataKind, Period, Terms

GIB = 2**30
FIELDS = (
    "target",
    "period",
    "years",
    "months",
    "start",
    "timing",
    "at",
    "unit",
    "default",
    "except",
    "capacity",
    "class",
)
PLAIN: dict[str, Any] = {
    **dict.fromkeys((*FIELDS, "cases", "copies"), ""),
    "period": "annual",
    "years": "1",
    "timing": "nightly",
    "at": "02:00",
    "unit": "facility",
    "kinds": [kind.value for kind in DataKind],
    "default": "in",
    "capacity": "20",
    "class": "economy",
    "cases": "100",
    "copies": "",
    "discs": "plain",
}
"""What stands in the form at first."""


def typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """What the form holds, to be shown again."""
    held: dict[str, Any] = {name: form.get(name, "").strip() for name in PLAIN}
    return held | {"kinds": form.getlist("kinds")}


def wish(held: Mapping[str, Any]) -> Wish:
    """What somebody chooses; Invalid names the field that cannot be read."""
    period = str(held["period"])
    length = {"annual": "years", "monthly": "months"}.get(period)
    terms = 0 if length is None or (length == "months" and not held["months"]) else _whole(held[length], "terms")
    values = {
        "target": held["target"],
        "period": period,
        "terms": terms,
        "start": held["start"],
        "timing": f"nightly@{held['at']}" if held["timing"] == "nightly" else held["timing"],
        "unit": held["unit"],
        "kinds": held["kinds"],
        "patients": {"default": held["default"], "except": _lines(held["except"])},
        "capacity": _bytes(held["capacity"]),
        "display_tool_cases": _whole(held["cases"] or "100", "display_tool_cases"),
        "encrypted_discs": held["class"] == ServiceClass.DELUXE.value and held["discs"] == "encrypted",
    }
    if held["class"] not in set(ServiceClass):
        raise Invalid("unknown_value", field="class", known=[one.value for one in ServiceClass])
    return Wish(values, ServiceClass(held["class"]), _whole(held["copies"] or "0", "copies"))


def at_first(session: Session, scope: Scope, before: Contract | None, *, renews: bool) -> dict[str, Any]:
    """What stands in the form: the provider's usual, or what the contract says that it is to follow."""
    today = queries.today(session, scope)
    if before is None:
        return PLAIN | {"start": today.isoformat()}
    return _as_typed(before.terms, before.plan) | {"start": _start(before, today, renews=renews).isoformat()}


def patients(before: Contract | None) -> dict[str, str]:
    """Whose data is backed up, as the contract that is followed has it; without one everybody's."""
    return {
        name: PLAIN[name] if before is None else _as_typed(before.terms, None)[name] for name in ("default", "except")
    }


def price(session: Session, held: Mapping[str, Any]) -> dict[str, Any]:
    """What is chosen in figures; where it cannot be priced, why not."""
    try:
        return _priced(offers.quote(session, wish(held)))
    except (Invalid, Conflict) as problem:
        return {"why": sentence(problem.code, problem.reason, problem.values)}


def plan(session: Session) -> dict[str, Any] | None:
    """The prices beside the choices; None while there are none."""
    found = price_plans.current(session)
    return None if found is None else {"number": found.number, **found.values}


def _priced(quote: Quote) -> dict[str, Any]:
    terms = quote.terms
    return {
        "why": "",
        "parts": [part.values() for part in quote.parts],
        "unit_price": terms.unit_price.amount,
        "points": points_of(terms.period),
        "term": terms_a_line(terms),
        "period": "annual" if terms.period is Period.ANNUAL else "monthly",
        "fee": quote.fee.amount,
        "start": terms.start,
        "end": terms.end,
        "number": quote.number,
    }


def _start(before: Contract, today: date, *, renews: bool) -> date:
    if renews and before.ends_on is not None:
        return before.ends_on + timedelta(days=1)
    return renewal.next_term(before.terms, max(today, before.start))


def _as_typed(terms: Terms, plan: Mapping[str, Any] | None) -> dict[str, Any]:
    length = {Period.ANNUAL: "years", Period.MONTHLY: "months"}.get(terms.period)
    return PLAIN | {
        "target": terms.target,
        "period": terms.period.value,
        **({length: str(terms.terms or "")} if length else {}),
        "timing": terms.timing.occasion.value,
        "at": terms.timing.at.strftime("%H:%M") if terms.timing.at else "02:00",
        "unit": terms.unit.value,
        "kinds": sorted(kind.value for kind in terms.kinds),
        "default": terms.patients.default,
        "except": "\n".join(sorted(terms.patients.exceptions)),
        "capacity": "" if terms.capacity is None else f"{Decimal(terms.capacity) / GIB:.3f}".rstrip("0").rstrip("."),
        "class": plan["class"] if plan else "economy",
        "cases": str(terms.display_tool_cases),
        "copies": str(plan["copies"] or "") if plan else "",
        "discs": "encrypted" if terms.encrypted_discs else "plain",
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _whole(text: str, field: str) -> int:
    plain = normalize("NFKC", text)
    if not re.fullmatch(r"-?[0-9]{1,9}", plain):
        raise Invalid("number", field=field)
    return int(plain)


def _bytes(text: str) -> int | None:
    """From GiB as they are typed; None where nothing was."""
    plain = normalize("NFKC", text)
    if not plain:
        return None
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,3})?", plain):
        raise Invalid("gib", field="capacity")
    return int(Decimal(plain) * GIB)
