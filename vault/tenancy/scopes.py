"""The scope of a person or a device; departments are routing's knowledge and are added by the portal."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.scope import Role, Scope
from vault.tenancy.models import Device, Facility, Person

DEFAULT_ZONE = "Asia/Tokyo"


def scope_of_person(session: Session, person: Person) -> Scope:
    """What the person may name, in the zone of the person's facility."""
    return of_person(person, session.scalar(select(Facility.zone).where(Facility.id == person.facility_id)))


def of_person(person: Person, zone: str | None) -> Scope:
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
        zone=zone or DEFAULT_ZONE,
    )


def of_device(device: Device, zone: str | None) -> Scope:
    """What the device may name: a place of its facility, not a person."""
    return Scope(
        who=f"device:{device.id}",
        login=device.login,
        name=device.login,
        role=Role.DEVICE,
        facility_id=device.facility_id,
        device_id=device.id,
        zone=zone or DEFAULT_ZONE,
    )
