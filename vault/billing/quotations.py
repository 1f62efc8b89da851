"""Quotations: what an offer costs, with tax, under a number of its own and for as long as the offer holds."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from templates import LANGUAGES
from templates.filters import Reader
from vault.base import clock, printing
from vault.base.errors import NotFound
from vault.base.scope import Scope, get_for, scoped
from vault.base.settings import Settings
from vault.billing import issuing, numbers
from vault.billing.charges import Charge, charges
from vault.billing.models import Quotation
from vault.billing.numbers import Series
from vault.billing.tax import Rates, taxed
from vault.contracts.models import Offer
from vault.contracts.terms import Terms
from vault.tenancy import facilities


def issue(session: Session, scope: Scope, settings: Settings, offer: Offer) -> Quotation:
    """Quote the offer's price, with the tax of its first day; the quotation is never changed."""
    head, facility = issuing.letterhead(session, settings), facilities.of(session, scope)
    line = line_of(offer.terms)
    taxes = taxed([(Rates.of(settings.billing.further_rates()).on(line.first_day), line.amount.amount)])
    tax = sum(one.tax for one in taxes)
    made = Quotation(
        facility_id=scope.area,
        offer_id=offer.id,
        number=numbers.take(session, Series.QUOTATION),
        issued_on=head.issued_on,
        quoted_to={"code": facility.code, "name": facility.name},
        issuer=head.issuer,
        subtotal=line.amount.amount,
        tax=tax,
        total=line.amount.amount + tax,
        taxes=[one.values() for one in taxes],
    )
    session.add(made)
    session.flush()
    return made


def line_of(terms: Terms) -> Charge:
    """The first line that an invoice will have: all years agreed, or the first month."""
    return next(charges(terms, None, first=0, through=terms.start))


@dataclass(frozen=True)
class Quoted:
    """A quotation and the offer that it is of."""

    quotation: Quotation
    offer: Offer

    @property
    def number(self) -> str:
        """As it is written."""
        return numbers.written(Series.QUOTATION, self.quotation.number)


def of(session: Session, scope: Scope, offer_id: str) -> Quoted | None:
    """The quotation of an offer of the caller's area; None for one from before there were quotations."""
    found = session.scalar(scoped(select(Quotation), scope, Quotation).where(Quotation.offer_id == offer_id))
    return None if found is None else Quoted(found, get_for(session, scope, Offer, offer_id))


def one(session: Session, scope: Scope, offer_id: str) -> Quoted:
    """As `of`; NotFound where there is none."""
    found = of(session, scope, offer_id)
    if found is None:
        raise NotFound("quotation")
    return found


def pdf(settings: Settings, quoted: Quoted, lang: str) -> bytes:
    """The quotation as it was issued, in Japanese or English; Unavailable where this installation cannot print."""
    reader = Reader(lang if lang in LANGUAGES else "ja", ZoneInfo(settings.provider.zone), clock.now())
    return printing.pdf(
        "print/quotation.html",
        reader,
        settings.billing.font,
        number=quoted.number,
        quotation=quoted.quotation,
        offer=quoted.offer,
        terms=quoted.offer.terms,
        line=line_of(quoted.offer.terms),
    )
