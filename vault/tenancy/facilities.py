"""Facilities, their areas and backup targets: made and changed by the provider."""

import re
from zoneinfo import available_timezones

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from vault.base import audit, clock, ids
from vault.base.database import insert_if_absent
from vault.base.errors import Conflict, Invalid, NotFound
from vault.base.scope import Role, Scope, scoped
from vault.tenancy import capacity as spaces
from vault.tenancy.models import DELUXE, ECONOMY, Facility, Target
from vault.tenancy.scopes import DEFAULT_ZONE

CLASSES = (ECONOMY, DELUXE)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def make(
    session: Session,
    scope: Scope,
    *,
    code: str,
    name: str,
    capacity: int,
    service_class: str = ECONOMY,
    zone: str = DEFAULT_ZONE,
) -> Facility:
    """A facility with its empty area of `capacity` bytes. Invalid for a bad value, Conflict for a taken code."""
    scope.require(Role.ADMIN, Role.SYSTEM)
    if not _CODE.fullmatch(code):
        raise Invalid("facility_code", field="code")
    _check(capacity, service_class, zone)
    if by_code(session, code) is not None:
        raise Conflict("facility_code_taken", code=code)
    facility = Facility(
        code=code, name=name, capacity=capacity, service_class=service_class, zone=zone, created_at=clock.now()
    )
    session.add(facility)
    session.flush()
    spaces.set_capacity(session, facility.id, capacity)
    audit.record(session, scope, "facility.made", facility_id=facility.id)
    return facility


def change(
    session: Session,
    scope: Scope,
    facility: Facility,
    *,
    name: str | None = None,
    capacity: int | None = None,
    service_class: str | None = None,
    zone: str | None = None,
) -> list[str]:
    """Bring the facility to what is given (None: as it is); returns the names of what differed."""
    scope.require(Role.ADMIN, Role.SYSTEM)
    _check(
        facility.capacity if capacity is None else capacity,
        service_class or facility.service_class,
        zone or facility.zone,
    )
    wanted = {"name": name, "capacity": capacity, "service_class": service_class, "zone": zone}
    differs = [key for key, value in wanted.items() if value is not None and getattr(facility, key) != value]
    for key in differs:
        setattr(facility, key, wanted[key])
    if "capacity" in differs:
        spaces.set_capacity(session, facility.id, capacity)
    if differs:
        audit.record(session, scope, "facility.changed", facility_id=facility.id, items=differs)
    session.flush()
    return differs


def by_code(session: Session, code: str) -> Facility | None:
    """The facility of that code, for the provider's screens and commands."""
    return session.scalar(select(Facility).where(Facility.code == code))


def of(session: Session, scope: Scope) -> Facility:
    """The caller's own facility; NotFound for the provider's people."""
    facility = session.scalar(select(Facility).where(Facility.id == scope.area))
    if facility is None:
        raise NotFound("facility")
    return facility


def all_facilities(session: Session, scope: Scope) -> list[Facility]:
    """Every facility, for the provider's people, by code."""
    scope.require(Role.ADMIN, Role.BILLING, Role.ANALYST, Role.DEPARTMENT, Role.SYSTEM)
    return list(session.scalars(select(Facility).order_by(Facility.code)))


def called(q: str) -> ColumnElement[bool]:
    """Facilities whose name or code has `q` in it; all where it is empty."""
    if not q:
        return true()
    return or_(Facility.code.contains(q, autoescape=True), Facility.name.contains(q, autoescape=True))


def ensure_target(session: Session, scope: Scope, name: str) -> Target:
    """The backup target of that name in the caller's area, made (without a limit) if it is new."""
    made = insert_if_absent(session, Target, id=ids.new(), facility_id=scope.area, name=name, capacity=None)
    target = session.scalars(scoped(select(Target), scope, Target).where(Target.name == name)).one()
    if made:
        spaces.set_capacity(session, target.facility_id, None, target_id=target.id)
    return target


def limit_target(session: Session, target: Target, capacity: int | None) -> None:
    """Set the bytes a target may fill within its area; None leaves the area's limit alone."""
    target.capacity = capacity
    spaces.set_capacity(session, target.facility_id, capacity, target_id=target.id)
    session.flush()


def target_by(session: Session, scope: Scope, name: str) -> Target | None:
    """The backup target of that name in the caller's area."""
    return session.scalar(scoped(select(Target), scope, Target).where(Target.name == name))


def _check(capacity: int, service_class: str, zone: str) -> None:
    if capacity < 0:
        raise Invalid("capacity", field="capacity")
    if service_class not in CLASSES:
        raise Invalid("service_class", field="class", known=list(CLASSES))
    if zone not in available_timezones():
        raise Invalid("zone", field="zone")
