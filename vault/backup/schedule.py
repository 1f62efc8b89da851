"""
The nights that contracts ask for, kept by the server: each is made before its hour, and again after any jump of the
clock, as one row for a target and a civil date. Nights before this installation kept any are not its own to judge.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Text, and_, delete, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from vault.backup.models import DueRun, DueState
from vault.base import clock, ids
from vault.base.database import insert_if_absent
from vault.base.scope import Scope, scoped
from vault.contracts import queries as contracts
from vault.contracts.models import Contract
from vault.tenancy import facilities
from vault.tenancy.models import Facility

LOOK_BACK = timedelta(days=35)
NIGHTLY = "nightly"
UNSETTLED = (DueState.WAITING, DueState.RUNNING, DueState.FAILED, DueState.LATE)
"""States that may still change by themselves while a night is not over."""


@dataclass(frozen=True)
class Asked:
    """A night that a contract asks for."""

    contract: Contract
    night: date
    due_at: datetime


def make(session: Session, scope: Scope) -> None:
    """Every night of the scope's area that has been due since nights are kept, and the next one of each target."""
    zone, now = facilities.of(session, scope).zone, clock.now()
    since = max(now - LOOK_BACK, session.scalar(select(func.min(DueRun.made_at))) or now)
    agreed = _contracts(session, scope, since)
    asked = [one for contract in agreed for one in _asked_by(contract, zone, since, now)]
    paused = {contract.id for contract in agreed if is_paused(session, scope, contract)}
    _take_back(session, scope, zone, asked, paused)
    for one in asked:
        _insert(session, scope, zone, one, _state_of(one.contract.id, paused))


def is_paused(session: Session, scope: Scope, contract: Contract) -> bool:
    """Whether it holds today and devices are given no plan by it all the same."""
    if not contract.holds_on(contracts.today(session, scope)):
        return False
    return contracts.active_for(session, scope, contract.terms.target) is None


def areas_to_make(session: Session) -> list[str]:
    """The areas where the next night of a contract is not made yet, or was made by what no longer holds."""
    now = clock.now()
    coming = and_(DueRun.contract_id == Contract.id, DueRun.due_at > now)
    nightly = type_coerce(Contract.agreed_terms, Text).contains('"timing":"nightly@')
    running_on = or_(Contract.ends_on.is_(None), Contract.ends_on >= now.date() - timedelta(days=1))
    unmade = select(Contract.facility_id).where(nightly, running_on, ~select(DueRun.id).where(coming).exists())
    moved = (
        select(DueRun.facility_id)
        .join(Facility, Facility.id == DueRun.facility_id)
        .join(Contract, coming)
        .where(or_(DueRun.zone != Facility.zone, Contract.ends_on < DueRun.night))
    )
    return sorted({*session.scalars(unmade.distinct()), *session.scalars(moved.distinct())})


def last_asked(session: Session, scope: Scope, target: str | None) -> Asked | None:
    """The last night, whose hour has come, of the contract that holds for the target; None before its first."""
    contract = contracts.active_for(session, scope, target)
    if contract is None:
        return None
    now = clock.now()
    found = contract.terms.timing.last_night(now, facilities.of(session, scope).zone)
    if found is None or not contract.holds_on(found[0]) or found[1] < contract.agreed_at <= now:
        return None
    return Asked(contract, *found)


def row_of(session: Session, scope: Scope, asked: Asked) -> DueRun | None:
    """The row of that night, if it is made."""
    mine = scoped(select(DueRun), scope, DueRun)
    return session.scalar(mine.where(DueRun.target_id == asked.contract.target_id, DueRun.night == asked.night))


def row_for(session: Session, scope: Scope, target: str | None, trigger: str) -> DueRun | None:
    """
    The night that a run of a device of that target carries out: the last one whose hour has come.

    A run that something else started counts once that night is late, as somebody is then making it good. It also
    counts for a night that is open from a contract which has since given way to another.
    """
    asked = last_asked(session, scope, target)
    if asked is None:
        contract = contracts.active_for(session, scope, target)
        return None if contract is None else _left_open(session, scope, contract.target_id)
    row = row_of(session, scope, asked)
    if row is None:
        _insert(session, scope, facilities.of(session, scope).zone, asked)
        row = row_of(session, scope, asked)
    return row if row is not None and (trigger == NIGHTLY or row.late_at or row.over_at) else None


def _left_open(session: Session, scope: Scope, target_id: str) -> DueRun | None:
    mine = scoped(select(DueRun), scope, DueRun).where(DueRun.target_id == target_id, DueRun.due_at <= clock.now())
    row = session.scalar(mine.order_by(DueRun.due_at.desc()).limit(1))
    return row if row is not None and row.finished_at is None and row.made_good_at is None else None


def _contracts(session: Session, scope: Scope, since: datetime) -> list[Contract]:
    """Those that had days since then; a day of another zone is a day away at most."""
    mine = scoped(select(Contract), scope, Contract)
    running_on = or_(Contract.ends_on.is_(None), Contract.ends_on >= since.date() - timedelta(days=1))
    return list(session.scalars(mine.where(running_on).order_by(Contract.start, Contract.id)))


def _asked_by(contract: Contract, zone: str, since: datetime, now: datetime) -> Iterator[Asked]:
    """Its nights from then on, or from its agreement, up to the first that is still to come."""
    timing, at = contract.terms.timing, min(max(since, contract.agreed_at), now)  # a clock may have been ahead
    while at <= now and (found := timing.next_night(at, zone)) is not None:
        night, at = found
        if contract.holds_on(night):
            yield Asked(contract, night, at)


def _state_of(contract_id: str, paused: Collection[str]) -> DueState:
    return DueState.OFF if contract_id in paused else DueState.WAITING


def _insert(session: Session, scope: Scope, zone: str, asked: Asked, state: DueState = DueState.WAITING) -> None:
    """Also of two that make it at once one does."""
    insert_if_absent(
        session,
        DueRun,
        id=ids.new(),
        facility_id=scope.area,
        target_id=asked.contract.target_id,
        contract_id=asked.contract.id,
        night=asked.night,
        zone=zone,
        due_at=asked.due_at,
        state=state.value,
        made_at=clock.now(),
    )


def _take_back(session: Session, scope: Scope, zone: str, asked: list[Asked], paused: Collection[str]) -> None:
    """Nights to come that nothing asks for any more, or not for that hour; one that has begun stays as it was."""
    wanted = {(one.contract.id, one.night, one.due_at) for one in asked}
    coming = scoped(select(DueRun), scope, DueRun).where(
        DueRun.due_at > clock.now(), DueRun.state.in_([DueState.WAITING.value, DueState.OFF.value])
    )
    for row in session.scalars(coming).all():
        if row.zone != zone or (row.contract_id, row.night, row.due_at) not in wanted:
            session.execute(delete(DueRun).where(DueRun.id == row.id))
        else:
            row.state = _state_of(row.contract_id, paused).value
