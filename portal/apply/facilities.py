"""Facilities of FILE with their people, devices and contracts."""

from sqlalchemy.orm import Session

from portal.apply import checks, people
from portal.apply.file import Contract, Device, Facility
from portal.apply.hashes import Hashes
from portal.apply.report import ApplyReport
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Role, Scope
from vault.base.settings import People
from vault.contracts import queries as contracts
from vault.contracts import service as agreements
from vault.tenancy import devices, facilities, logins
from vault.tenancy import people as tenants
from vault.tenancy.models import Facility as Row


def bring(
    session: Session, facility: Facility, place: str, hashes: Hashes, policy: People, report: ApplyReport
) -> None:
    """The facility and everything in it as FILE says; `place` is where FILE says it, for errors."""
    row = _bring_facility(session, facility, place, report)
    scope = Scope.system(row.id)
    for person in facility.people:
        made = people.bring(session, scope, person, Role(person.role), row.id, hashes, report)
        people.link(session, scope, made, policy, report)
    people.keep_unnamed(tenants.in_area(session, scope), {person.login for person in facility.people}, report)
    for device in facility.devices:
        _bring_device(session, scope, device, report)
    _keep_devices(session, scope, facility, report)
    for number, contract in enumerate(facility.contracts):
        _bring_contract(session, scope, facility.code, contract, f"{place}.contracts.{number}", report)
    _keep_contracts(session, scope, facility, report)


def _bring_facility(session: Session, facility: Facility, place: str, report: ApplyReport) -> Row:
    scope = Scope.system()
    row = facilities.by_code(session, facility.code)
    try:
        if row is None:
            report.changed("facility", facility.code)
            return facilities.make(session, scope, code=facility.code, **facility.values())
        differs = facilities.change(session, scope, row, **facility.values())
    except Invalid as problem:
        raise Invalid(problem.reason, field=f"{place}.{problem.field}") from None
    if differs:
        report.changed("facility", facility.code, differs)
    return row


def _bring_device(session: Session, scope: Scope, device: Device, report: ApplyReport) -> None:
    row = logins.device_by(session, device.login)
    if row is None:
        devices.add(session, scope, login=device.login, target=device.target)
        report.changed("device", device.login)
        return
    if row.facility_id != scope.facility_id:
        raise Conflict("login_elsewhere", login=device.login)
    if row.disabled_at is not None:
        report.keep("device", device.login, "disabled")
    if row.target != device.target:
        devices.aim(session, scope, row.id, device.target)
        report.changed("device", device.login, ["target"])


def _bring_contract(
    session: Session, scope: Scope, code: str, contract: Contract, place: str, report: ApplyReport
) -> None:
    name = f"{code}, {contract.target}, {contract.start}"
    try:
        made = agreements.agree_from_file(session, scope, checks.terms_of(contract, place))
    except Conflict as problem:
        raise Conflict(problem.reason, facility=code, **problem.values) from None
    except Invalid as problem:
        values = {key: value for key, value in problem.values.items() if key != "field"}
        raise Invalid(problem.reason, field=f"{place}.{problem.field}", facility=code, **values) from None
    if made:
        report.changed("contract", name)


def _keep_devices(session: Session, scope: Scope, facility: Facility, report: ApplyReport) -> None:
    named = {device.login for device in facility.devices}
    for row in devices.in_area(session, scope):
        if row.login not in named and row.disabled_at is None:
            report.keep("device", row.login)


def _keep_contracts(session: Session, scope: Scope, facility: Facility, report: ApplyReport) -> None:
    named = {(contract.target, contract.start) for contract in facility.contracts}
    names = contracts.target_names(session, scope)
    for row in contracts.of_facility(session, scope):
        key = (names[row.target_id], row.start)
        if key not in named:
            report.keep("contract", f"{facility.code}, {key[0]}, {key[1]}")
