"""Contracts as pages show them: the terms, how each stands, what happens next and when, who signed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from vault.contracts import running
from vault.contracts.acts import Party
from vault.contracts.lifecycle import Move, Standing, may, standing_on
from vault.contracts.models import Contract, ContractAct, Offer, Paper, WindDown
from vault.contracts.offers import standing_of
from vault.contracts.points import fee_of
from vault.contracts.reminders import followed
from vault.contracts.renewal import next_term
from vault.contracts.terms import Period, Terms


def terms_row(terms: Terms, plan: dict[str, Any] | None) -> dict[str, Any]:
    """What is agreed or offered, as components/contracts.html shows it."""
    return {
        "target": terms.target,
        "period": terms.period.value,
        "terms": terms.terms,
        "start": terms.start,
        "timing": terms.timing.occasion.value,
        "at": terms.timing.at.strftime("%H:%M") if terms.timing.at else "",
        "unit": terms.unit.value,
        "kinds": sorted(kind.value for kind in terms.kinds),
        "default_in": terms.patients.default == "in",
        "except_patients": len(terms.patients.exceptions),
        "capacity": terms.capacity,
        "unit_price": terms.unit_price.amount,
        "fee": fee_of(terms).amount,
        "by_year": terms.period is Period.ANNUAL,
        "display_tool_cases": terms.display_tool_cases,
        "class": plan["class"] if plan else "",
        "copies": plan["copies"] if plan else 0,
        "encrypted_discs": terms.encrypted_discs,
    }


def contract_row(row: Contract, today: date, others: list[Contract], running_out: WindDown | None) -> dict[str, Any]:
    """An agreed contract; `others` are those of its area, itself among them."""
    wound = running_out is not None and running_out.contract_id == row.id
    standing = Standing.WOUND_DOWN if wound else standing_on(today, row.facts)
    return terms_row(row.terms, row.plan) | {
        "id": row.id,
        "standing": standing.value,
        "end": row.ends_on,
        "next": _next(row, standing, today, others, running_out),
        "can_end": may(standing, Move.END) and (row.ends_on is None or running.last_day(row, today) < row.ends_on),
        "end_day": running.last_day(row, today),
        "can_change": may(standing, Move.CHANGE) and not _followed(row, others),
        "can_renew": may(standing, Move.RENEW) and row.ends_on is not None and not _followed(row, others),
        "can_suspend": may(standing, Move.SUSPEND),
        "can_resume": may(standing, Move.RESUME),
    }


def offer_row(row: Offer, signed: set[Party], reader: Party, today: date) -> dict[str, Any]:
    """An offer; `reader` is the side that looks at it."""
    standing = standing_of(row)
    what = "withdrawn" if standing is Standing.WITHDRAWN else "to-sign" if reader not in signed else "to-sign-there"
    lapsed = standing is Standing.OFFERED and row.valid_until is not None and row.valid_until < today
    return terms_row(row.terms, row.plan) | {
        **dict.fromkeys(("can_end", "can_change", "can_renew", "can_suspend", "can_resume"), False),
        "id": row.id,
        "standing": standing.value,
        "end": row.terms.end,
        "next": {"what": "lapsed", "on": row.valid_until} if lapsed else {"what": what, "on": None},
    }


def act_rows(done: Sequence[ContractAct]) -> list[dict[str, Any]]:
    """The history, the newest first."""
    names = ("at", "what", "side", "name", "who", "address", "text_digest", "why", "day")
    return [{name: getattr(one, name) for name in names} for one in reversed(done)]


def paper_rows(papers: Sequence[Paper]) -> list[dict[str, Any]]:
    """What was agreed to, on paper, by language."""
    return [{name: getattr(one, name) for name in ("language", "digest", "made_at")} for one in papers]


def _followed(row: Contract, others: list[Contract]) -> bool:
    return any(one.replaces == row.id for one in others) or followed(row, others)


def _next(
    row: Contract, standing: Standing, today: date, others: list[Contract], running_out: WindDown | None
) -> dict[str, Any]:
    """{what, on}: what happens next to it, and on which day."""
    if standing is Standing.WOUND_DOWN and running_out is not None:
        return {"what": "erasure-ordered" if running_out.ordered_at else "readable", "on": running_out.until}
    if standing is Standing.ENDED:
        return {"what": "ended", "on": row.ends_on}
    if standing is Standing.AGREED:
        return {"what": "begins", "on": row.start}
    if row.ends_on is not None:
        return {"what": "followed" if _followed(row, others) else "ends", "on": row.ends_on}
    if standing is Standing.SUSPENDED:
        return {"what": "rests", "on": None}
    return {"what": "renews", "on": next_term(row.terms, today)}
