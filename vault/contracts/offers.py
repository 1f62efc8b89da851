"""Offers: terms priced by the plan, put into a text, signed by both sides; with the second signature a contract."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import clock, jobs
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Role, Scope, get_for, scoped
from vault.contracts import acts, documents, price_plans, queries, winding
from vault.contracts import service as agreements
from vault.contracts.acts import Party
from vault.contracts.lifecycle import Move, Standing, moved
from vault.contracts.models import Contract, ContractState, Offer, OfferState
from vault.contracts.money import Yen
from vault.contracts.parsing import terms_from
from vault.contracts.points import fee_of
from vault.contracts.prices import Choice, Part, ServiceClass, parts, unit_price
from vault.contracts.tasks import PRINT
from vault.contracts.terms import Terms
from vault.tenancy import facilities, holds
from vault.tenancy.models import Space, Target

PAST = timedelta(days=31)
AHEAD = timedelta(days=731)
VALID = timedelta(days=30)
"""An offer can be agreed to for so long."""


@dataclass(frozen=True)
class Wish:
    """What somebody chooses: terms as `terms_from` takes them, without a price; class, and copies on media a term."""

    values: Mapping[str, Any]
    service_class: ServiceClass = ServiceClass.ECONOMY
    copies: int = 0


@dataclass(frozen=True)
class Quote:
    """A wish with its price by the plan of now."""

    terms: Terms
    number: int
    service_class: ServiceClass
    copies: int
    parts: tuple[Part, ...]

    @property
    def fee(self) -> Yen:
        """What a line of the invoice will say."""
        return fee_of(self.terms)

    def plan(self) -> dict[str, Any]:
        """As `Offer.plan` keeps it."""
        made = [part.values() for part in self.parts]
        return {"number": self.number, "class": self.service_class.value, "copies": self.copies, "parts": made}


def quote(session: Session, wish: Wish) -> Quote:
    """What the wish costs; Invalid names the field that cannot be taken, Conflict while the provider has no plan."""
    plan = price_plans.offered(session)
    terms = terms_from({**wish.values, "unit_price": 0})
    deluxe = wish.service_class is ServiceClass.DELUXE
    copies = max(wish.copies, plan.prices.copies) if deluxe else wish.copies
    found = parts(plan.prices, Choice(wish.service_class, terms.capacity, terms.display_tool_cases, copies))
    return Quote(replace(terms, unit_price=unit_price(found)), plan.number, wish.service_class, copies, found)


def offer(session: Session, scope: Scope, wish: Wish, *, replaces: str | None = None, address: str = "") -> Offer:
    """
    Put the wish, priced by the plan of now, into a text for both sides; it binds nobody until both have signed.

    With `replaces` it is to follow that contract of the same target, from its own first day on.
    """
    scope.require(Role.FACILITY_ADMIN, Role.ADMIN)
    made = quote(session, wish)
    before = None if replaces is None else get_for(session, scope, Contract, replaces)
    check(session, scope, made.terms, before)
    text = documents.written(session, scope, made.terms, made.plan(), None if before is None else before.start)
    row = Offer(
        facility_id=scope.area,
        state=OfferState.OFFERED.value,
        offered_terms=made.terms.values(),
        plan=made.plan(),
        text_ja=text.ja,
        text_en=text.en,
        digest=text.digest,
        replaces=replaces,
        offered_at=clock.now(),
        valid_until=queries.today(session, scope) + VALID,
    )
    session.add(row)
    session.flush()
    acts.add(session, scope, row.id, "offered", address=address, text_digest=row.digest)
    return row


def sign(
    session: Session, scope: Scope, offer_id: str, digest: str, *, address: str = "", language: str = "ja"
) -> Offer:
    """
    Agree, for the caller's side, to the text of that digest, read in that language; signing twice signs once.

    With the second side's signature the contract is there, and its paper is to be printed. Raises Conflict where
    another text was read, the offer no longer holds, the day for a change has passed or what it needs is no longer so;
    IllegalMove where it was withdrawn.
    """
    side = acts.party(scope)
    row = get_for(session, scope, Offer, offer_id, lock=True)
    if side in (signed := signatures(session, scope, row)):
        return row
    moved(standing_of(row), Move.AGREE)
    if digest != row.digest:
        raise Conflict("other_text")
    if row.valid_until is not None and row.valid_until < queries.today(session, scope):
        raise Conflict("offer_lapsed", until=row.valid_until.isoformat())
    acts.add(session, scope, row.id, "signed", address=address, text_digest=row.digest, language=language)
    other = acts.other(side)
    if other in signed:
        _conclude(session, scope, row)
        acts.tell(session, scope, other, row.id, "agreed", target=row.terms.target, on=row.terms.start)
    else:
        acts.tell(session, scope, other, row.id, "to-sign", target=row.terms.target, on=row.terms.start)
    return row


def withdraw(session: Session, scope: Scope, offer_id: str, reason: str, *, address: str = "") -> Offer:
    """Take an offer back, or decline the other side's, with a reason; nothing was bound by it."""
    side = acts.party(scope)
    row = get_for(session, scope, Offer, offer_id, lock=True)
    moved(standing_of(row), Move.WITHDRAW)
    row.state = OfferState.WITHDRAWN.value
    acts.add(session, scope, row.id, "withdrawn", address=address, why=holds.checked_reason(reason))
    other = acts.other(side)
    if signatures(session, scope, row):
        acts.tell(session, scope, other, row.id, "withdrawn", target=row.terms.target)
    return row


def standing_of(row: Offer) -> Standing:
    """How an offer stands, before there is a contract."""
    return {OfferState.OFFERED: Standing.OFFERED, OfferState.WITHDRAWN: Standing.WITHDRAWN}.get(
        OfferState(row.state), Standing.AGREED
    )


def signatures(session: Session, scope: Scope, row: Offer) -> set[Party]:
    """The sides that have signed its text."""
    return {Party(act.side) for act in acts.signed(session, scope, row.id, row.digest)}


def open_offers(session: Session, scope: Scope) -> list[Offer]:
    """Those of the scope's area that wait for a signature, the oldest first."""
    mine = scoped(select(Offer), scope, Offer).where(Offer.state == OfferState.OFFERED)
    return list(session.scalars(mine.order_by(Offer.id)))


def check(session: Session, scope: Scope, terms: Terms, before: Contract | None) -> None:
    """Raise Invalid where the days cannot be, overlap another contract, or the capacity is less than what is held."""
    today = queries.today(session, scope)
    if before is not None:
        _check_follows(session, scope, terms, before, today)
    if terms.start < today - PAST:
        raise Invalid("start_long_past", field="start", earliest=(today - PAST).isoformat())
    if terms.start > today + AHEAD:
        raise Invalid("start_far_ahead", field="start", latest=(today + AHEAD).isoformat())
    target = facilities.target_by(session, scope, terms.target)
    if target is None:
        return
    others = [one for one in agreements.of_target(session, scope, target.id) if before is None or one.id != before.id]
    agreements.check_free(others, terms)
    _check_room(session, scope, target, terms)


def _check_follows(session: Session, scope: Scope, terms: Terms, before: Contract, today: date) -> None:
    """What takes another contract's place is of its target, begins later than it did, and not before today."""
    if before.terms.target != terms.target:
        raise Invalid("other_target", field="target", target=before.terms.target)
    renews = before.ends_on is not None and terms.start > before.ends_on
    moved(queries.standing(session, scope, before), Move.RENEW if renews else Move.CHANGE)
    if not renews and terms.start < max(today, before.start + timedelta(days=1)):
        raise Invalid("change_too_early", field="start", earliest=max(today, before.start + timedelta(days=1)))


def _check_room(session: Session, scope: Scope, target: Target, terms: Terms) -> None:
    mine = scoped(select(Space.used + Space.reserved), scope, Space).where(Space.target_id == target.id)
    held = session.scalar(mine) or 0
    if terms.capacity is not None and terms.capacity < held:
        raise Invalid("capacity_below_held", field="capacity", held=f"{held:,}")


def _conclude(session: Session, scope: Scope, row: Offer) -> None:
    """Both have signed: the contract is there, and the one it replaces ends on its eve."""
    terms = row.terms
    target = facilities.ensure_target(session, scope, terms.target)
    get_for(session, scope, Target, target.id, lock=True)
    before = None if row.replaces is None else get_for(session, scope, Contract, row.replaces, lock=True)
    check(session, scope, terms, before)
    if before is not None and (before.ends_on is None or before.ends_on >= terms.start):
        before.ends_on, before.ended_at = terms.start - timedelta(days=1), clock.now()
        before.state = ContractState.ENDED.value
        acts.add(session, scope, before.id, "replaced", day=before.ends_on)
    row.state = OfferState.AGREED.value
    agreements.add(session, scope, target, terms, id_=row.id, plan=row.plan, replaces=row.replaces)
    winding.stop(session, scope)
    jobs.add(session, PRINT, key=PRINT)
