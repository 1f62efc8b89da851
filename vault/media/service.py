"""Copies: ordered when they fall due, ticked as burned and posted, opened by a passphrase shown once, removed."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock, jobs
from vault.base.database import insert_if_absent
from vault.base.errors import Conflict, NotFound
from vault.base.scope import Role, Scope, get_for, scoped
from vault.base.settings import Media
from vault.contracts import queries as contracts
from vault.contracts.models import Contract
from vault.contracts.prices import ServiceClass
from vault.media import schedule, sealing, sizes
from vault.media.models import MediaDisc, MediaSet, RemovedWhy, SetState
from vault.store.store import Store
from vault.tenancy import facilities

MAKE = "media.make"
RECENT = timedelta(days=60)


def copies_of(session: Session, scope: Scope, contract: Contract, policy: Media) -> int:
    """How many copies a term of the contract has; where it came by a file, by its area's class and the settings."""
    if contract.plan is not None:
        deluxe = contract.plan["class"] == ServiceClass.DELUXE.value
        return int(contract.plan["copies"]) if deluxe else 0
    deluxe = facilities.of(session, scope).service_class == ServiceClass.DELUXE.value
    return policy.copies if deluxe else 0


def order_due(session: Session, scope: Scope, policy: Media) -> int:
    """Order what fell due of every contract of the scope's area; how many are new."""
    today, made = contracts.today(session, scope), 0
    for contract in contracts.billable(session, scope):
        if contract.suspended_at is not None:
            continue
        due = schedule.latest(contract.terms, contract.ends_on, copies_of(session, scope, contract, policy), today)
        # What fell due before there was this contract here is nobody's any more.
        if due is not None and due.on > contract.agreed_at.date() and today - due.on < RECENT:
            made += order(session, scope, contract, due, policy)
    return made


def order(session: Session, scope: Scope, contract: Contract, due: schedule.Due, policy: Media) -> bool:
    """Order one copy; False where it is ordered already."""
    return insert_if_absent(
        session,
        MediaSet,
        facility_id=scope.area,
        contract_id=contract.id,
        term=due.term,
        copy=due.copy,
        due_on=due.on,
        state=SetState.ORDERED.value,
        medium=policy.medium,
        disc_bytes=policy.disc_bytes or sizes.MEDIA[policy.medium],
        encrypted=contract.terms.encrypted_discs,
        salt="",
        ordered_at=clock.now(),
        receipts_until=0,
        discs=0,
        exams=0,
        files=0,
        left_out=[],
    )


def begin(session: Session, row: MediaSet) -> str:
    """Have a set made; the job's id."""
    args = {"facility_id": row.facility_id, "set_id": row.id}
    return jobs.add(session, MAKE, args, key=f"{MAKE}:{row.id}", facility_id=row.facility_id)


def burned(session: Session, scope: Scope, set_id: str, number: int, *, done: bool) -> MediaDisc:
    """Tick a disc as burned, or take the tick back."""
    scope.require(Role.ADMIN)
    row = _ready(session, scope, set_id)
    mine = scoped(select(MediaDisc), scope, MediaDisc).where(MediaDisc.set_id == row.id, MediaDisc.number == number)
    disc = session.scalar(mine.with_for_update())
    if disc is None:
        raise NotFound("disc")
    if done == (disc.burned_at is not None):
        return disc
    if not done and row.posted_at is not None:
        raise Conflict("media_posted")
    disc.burned_at, disc.burned_by = (clock.now(), scope.login) if done else (None, None)
    session.flush()
    what = "media.burned" if done else "media.unburned"
    audit.record(session, scope, what, items=[f"media:{row.id}", f"disc:{number}"])
    return disc


def posted(session: Session, scope: Scope, set_id: str, *, done: bool) -> MediaSet:
    """Tick a set as posted, or take the tick back; Conflict (`not_burned`) while a disc is not ticked."""
    scope.require(Role.ADMIN)
    row = _ready(session, scope, set_id)
    if done == (row.posted_at is not None):
        return row
    waiting = scoped(select(MediaDisc.number), scope, MediaDisc).where(
        MediaDisc.set_id == row.id, MediaDisc.burned_at.is_(None)
    )
    if done and (numbers := session.scalars(waiting.order_by(MediaDisc.number)).all()):
        raise Conflict("not_burned", discs=", ".join(map(str, numbers)))
    row.posted_at, row.posted_by = (clock.now(), scope.login) if done else (None, None)
    session.flush()
    audit.record(session, scope, "media.posted" if done else "media.unposted", items=[f"media:{row.id}"])
    return row


def show_passphrase(session: Session, scope: Scope, store: Store, set_id: str) -> str:
    """The passphrase of a set, once: from then on nobody here has it. Conflict (`passphrase_shown`) after that."""
    scope.require(Role.FACILITY_ADMIN)
    row = get_for(session, scope, MediaSet, set_id, lock=True)
    if row.made_at is None or not row.encrypted:
        raise Conflict("media_not_ready")
    if row.sealed is None:
        raise Conflict("passphrase_shown")
    found = sealing.opened(row.sealed, store.area(session, scope).key, row.id)
    row.sealed, row.shown_at, row.shown_by = None, clock.now(), scope.login
    session.flush()
    audit.record(session, scope, "media.passphrase_shown", items=[f"media:{row.id}"])
    return found


def note_removed(session: Session, scope: Scope, set_id: str, why: RemovedWhy) -> None:
    """The images of a set are gone; with them what would open them."""
    row = get_for(session, scope, MediaSet, set_id, lock=True)
    row.state, row.removed_at, row.removed_why, row.sealed = SetState.REMOVED.value, clock.now(), why.value, None
    session.flush()
    audit.record(session, scope, "media.removed", why=why.value, items=[f"media:{row.id}"])


def _ready(session: Session, scope: Scope, set_id: str) -> MediaSet:
    row = get_for(session, scope, MediaSet, set_id, lock=True)
    if row.made_at is None:
        raise Conflict("media_not_ready")
    return row
