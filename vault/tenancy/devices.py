"""Capture devices: places that file and pick up, each with a login and perhaps a backup target."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.scope import Role, Scope, get_for, scoped
from vault.tenancy import logins
from vault.tenancy.models import Device


def add(session: Session, scope: Scope, *, login: str, target: str | None = None) -> Device:
    """A device of the caller's area. Conflict where the login is taken."""
    scope.require(Role.FACILITY_ADMIN, Role.ADMIN, Role.SYSTEM)
    device = Device(
        facility_id=scope.area, login=logins.check_free(session, login), target=target, created_at=clock.now()
    )
    session.add(device)
    session.flush()
    audit.record(session, scope, "device.added", items=[f"device:{device.id}"])
    return device


def aim(session: Session, scope: Scope, device_id: str, target: str | None) -> None:
    """Set which backup target the device belongs to."""
    device = get_for(session, scope, Device, device_id)
    if device.target != target:
        device.target = target
        audit.record(session, scope, "device.changed", items=[f"device:{device.id}"])


def disable(session: Session, scope: Scope, device_id: str) -> None:
    """Refuse the device's token from now on; what it filed stays."""
    scope.require(Role.FACILITY_ADMIN, Role.ADMIN, Role.SYSTEM)
    device = get_for(session, scope, Device, device_id, lock=True)
    if device.disabled_at is None:
        device.disabled_at = clock.now()
        audit.record(session, scope, "device.disabled", items=[f"device:{device.id}"])


def enable(session: Session, scope: Scope, device_id: str) -> None:
    """Accept the device's token again."""
    scope.require(Role.FACILITY_ADMIN, Role.ADMIN, Role.SYSTEM)
    device = get_for(session, scope, Device, device_id, lock=True)
    if device.disabled_at is not None:
        device.disabled_at = None
        audit.record(session, scope, "device.enabled", items=[f"device:{device.id}"])


def in_area(session: Session, scope: Scope) -> list[Device]:
    """The caller's area's devices, by login."""
    return list(session.scalars(scoped(select(Device), scope, Device).order_by(Device.login)))
