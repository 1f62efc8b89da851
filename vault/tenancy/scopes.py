"""The scope of a person or a device; departments are routing's knowledge and are added by the portal."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.scope import Role, Scope
from vault.tenancy.models import Device, Facility, Person

DEFAULT_ZONE = "Asia/Tokyo"


def scope_of_person(session: Session, person: Person) -> Scope:
    """What the person may name, without departments: dataclasses.replace(scope, departments=…) adds them."""
    return Scope(
        who=f"person:{person.id}",
        login=person.login,
        name=person.name,
        role=Role(person.role),
        facility_id=person.facility_id,
        person_id=person.id,
        patient_id=person.patient_id,
        language=person.language or "",
        zone=_zone(session, person.facility_id),
    )


def scope_of_device(session: Session, device: Device) -> Scope:
    """What the device may name: a place of its facility, not a person."""
    return Scope(
        who=f"device:{device.id}",
        login=device.login,
        name=device.login,
        role=Role.DEVICE,
        facility_id=device.facility_id,
        device_id=device.id,
        zone=_zone(session, device.facility_id),
    )


def _zone(session: Session, facility_id: str | None) -> str:
    if facility_id is None:
        return DEFAULT_ZONE
    return session.scalar(select(Facility.zone).where(Facility.id == facility_id)) or DEFAULT_ZONE
