"""Facilities of FILE with their people, devices and contracts."""

from typing import Any

from portal.apply import checks, people
from portal.apply.errors import at
from portal.apply.file import Contract, Device, Facility
from portal.apply.run import Run
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Role, Scope
from vault.contracts import queries as contracts
from vault.contracts import service as agreements
from vault.tenancy import devices, facilities, logins
from vault.tenancy import people as tenants
from vault.tenancy.models import Facility as Row


def bring(run: Run, facility: Facility, place: str) -> None:
    """The facility and everything in it as FILE says; `place` is where FILE says it, for errors."""
    scope = Scope.system(_bring_facility(run, facility, place).id)
    for person in facility.people:
        people.link(run, scope, people.bring(run, scope, person, Role(person.role)))
    people.keep_unnamed(run, tenants.in_area(run.session, scope), facility.people)
    for device in facility.devices:
        _bring_device(run, scope, device)
    _keep_devices(run, scope, facility)
    for number, contract in enumerate(facility.contracts):
        _bring_contract(run, scope, facility.code, contract, f"{place}.contracts.{number}")
    _keep_contracts(run, scope, facility)


def _bring_facility(run: Run, facility: Facility, place: str) -> Row:
    scope = Scope.system()
    row = facilities.by_code(run.session, facility.code)
    try:
        if row is None:
            run.report.changed("facility", facility.code)
            return facilities.make(run.session, scope, code=facility.code, **facility.values())
        differs = facilities.change(run.session, scope, row, **_within_promise(run, facility, row))
    except Invalid as problem:
        raise at(place, problem) from None
    if differs:
        run.report.changed("facility", facility.code, differs)
    return row


def _within_promise(run: Run, facility: Facility, row: Row) -> dict[str, Any]:
    """What FILE says, but no less than the area's contracts of the web promise: what they keep is reported."""
    values, promise = facility.values(), agreements.promised(run.session, Scope.system(row.id))
    if promise is None:
        return values
    capacity = max(facility.capacity, promise.capacity)
    kept = values | {"capacity": capacity, "service_class": promise.service_class.value}
    if kept != values:
        run.report.keep("facility", facility.code, "its contracts agreed on the web say its class and least capacity")
    return kept


def _bring_device(run: Run, scope: Scope, device: Device) -> None:
    row = logins.device_by(run.session, device.login)
    if row is None:
        devices.add(run.session, scope, login=device.login, target=device.target)
        run.report.changed("device", device.login)
        return
    if row.facility_id != scope.facility_id:
        raise Conflict("login_elsewhere", login=device.login)
    if row.disabled_at is not None:
        run.report.keep("device", device.login, "disabled")
    if row.target != device.target:
        devices.aim(run.session, scope, row.id, device.target)
        run.report.changed("device", device.login, ["target"])


def _bring_contract(run: Run, scope: Scope, code: str, contract: Contract, place: str) -> None:
    try:
        made = agreements.agree_from_file(run.session, scope, checks.terms_of(contract, place))
    except Conflict as problem:
        raise Conflict(problem.reason, facility=code, **problem.values) from None
    except Invalid as problem:
        raise at(place, problem, facility=code) from None
    if made:
        run.report.changed("contract", f"{code}, {contract.target}, {contract.start}")


def _keep_devices(run: Run, scope: Scope, facility: Facility) -> None:
    named = {device.login for device in facility.devices}
    for row in devices.in_area(run.session, scope):
        if row.login not in named and row.disabled_at is None:
            run.report.keep("device", row.login)


def _keep_contracts(run: Run, scope: Scope, facility: Facility) -> None:
    named = {(contract.target, contract.start) for contract in facility.contracts}
    names = contracts.target_names(run.session, scope)
    for row in contracts.of_facility(run.session, scope):
        key = (names[row.target_id], row.start)
        if key not in named:
            run.report.keep("contract", f"{facility.code}, {key[0]}, {key[1]}")
