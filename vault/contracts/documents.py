"""The text that both sides agree to, in Japanese and English, and the digest that names it."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from templates.filters import Reader
from vault.base import clock, texts
from vault.base.errors import NotFound
from vault.base.scope import Scope, get_for
from vault.contracts.models import Contract, Offer
from vault.contracts.points import fee_of, points_of, terms_a_line
from vault.contracts.terms import Terms
from vault.tenancy import facilities
from vault.tenancy.models import Provider

TEXT = "print/contract.txt"


@dataclass(frozen=True)
class Document:
    """The text in each language; both are one document, under one digest."""

    ja: str
    en: str

    @property
    def digest(self) -> str:
        """SHA-256 over both, the Japanese one first, parted by an empty line."""
        return hashlib.sha256(f"{self.ja}\n{self.en}".encode()).hexdigest()


def written(session: Session, scope: Scope, terms: Terms, plan: dict[str, Any] | None, began: date | None) -> Document:
    """The document of these terms for the scope's facility; `began` is the start of the contract that it replaces."""
    facility = facilities.of(session, scope)
    provider = session.scalar(select(Provider))
    values = {
        "provider": provider.name if provider else "",
        "facility": facility.name,
        "code": facility.code,
        "terms": terms,
        "plan": plan,
        "points": points_of(terms.period),
        "term": terms_a_line(terms),
        "fee": fee_of(terms),
        "began": began,
    }
    zone = ZoneInfo(facility.zone)
    ja, en = (texts.written(TEXT, Reader(lang, zone, clock.now()), **values).strip() + "\n" for lang in ("ja", "en"))
    return Document(ja, en)


def document(session: Session, scope: Scope, contract_id: str) -> Document:
    """The text of an offer or contract: as it was signed, or, where it came by a file, as its terms say."""
    try:
        offer = get_for(session, scope, Offer, contract_id)
    except NotFound:
        contract = get_for(session, scope, Contract, contract_id)
        return written(session, scope, contract.terms, contract.plan, None)
    return Document(offer.text_ja, offer.text_en)
