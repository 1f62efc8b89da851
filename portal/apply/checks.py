"""What can be told wrong from FILE alone: names given twice, departments nobody has, terms that cannot be."""

from collections.abc import Iterable, Set

from portal.apply.errors import at
from portal.apply.file import Contract, Facility, File
from routing.departments.models import TRIAGE
from routing.router.rules import rule as checked_rule
from vault.base.errors import AppError, Invalid
from vault.contracts.parsing import terms_from
from vault.contracts.terms import Terms
from vault.tenancy import logins


def check(file: File, known_departments: Set[str]) -> None:
    """Raise Invalid, naming the place, for what cannot be; `known_departments` are codes the installation has."""
    _once("departments", [department.code for department in file.departments])
    _once("facilities", [facility.code for facility in file.facilities])
    _check_logins(file)
    _check_departments(file, known_departments | {TRIAGE} | {department.code for department in file.departments})
    for number, rule in enumerate(file.rules):
        checked_rule(rule.when, rule.to, field=f"rules.{number}")
    for place, facility in enumerate(file.facilities):
        for number, contract in enumerate(facility.contracts):
            terms_of(contract, f"facilities.{place}.contracts.{number}")
        keys = [f"{contract.target}, {contract.start}" for contract in facility.contracts]
        _once(f"facilities.{place}.contracts", keys)


def terms_of(contract: Contract, place: str) -> Terms:
    """The contract's terms; Invalid names the field by its place in FILE."""
    values = contract.model_dump(by_alias=True)
    try:
        return terms_from(values)
    except Invalid as problem:
        raise at(place, problem) from None


def places(file: File) -> dict[str, str]:
    """Each login of FILE and the place that names it; Invalid for one that is named twice."""
    found: dict[str, str] = {}
    for place, login in _logins(file):
        if login in found:
            raise Invalid("login_twice", field=place, login=login, first=found[login])
        found[login] = place
    return found


def _logins(file: File) -> Iterable[tuple[str, str]]:
    for number, person in enumerate(file.people):
        yield f"people.{number}.login", person.login
    for place, facility in enumerate(file.facilities):
        for number, login in enumerate(_logins_of(facility, "people")):
            yield f"facilities.{place}.people.{number}.login", login
        for number, login in enumerate(_logins_of(facility, "devices")):
            yield f"facilities.{place}.devices.{number}.login", login


def _logins_of(facility: Facility, kind: str) -> list[str]:
    return [row.login for row in (facility.people if kind == "people" else facility.devices)]


def _check_logins(file: File) -> None:
    for login, place in places(file).items():
        try:
            logins.check_form(login)
        except AppError:
            raise Invalid("login_form", field=place, login=login[:80]) from None


def _check_departments(file: File, known: Set[str]) -> None:
    named = [(f"rules.{number}.to", code) for number, rule in enumerate(file.rules) for code in rule.to]
    for number, person in enumerate(file.people):
        named += [(f"people.{number}.departments", code) for code in person.departments]
    for place, code in named:
        if code not in known:
            raise Invalid("unknown_department", field=place, department=code)


def _once(place: str, keys: list[str]) -> None:
    seen: set[str] = set()
    for number, key in enumerate(keys):
        if key in seen:
            raise Invalid("named_twice", field=f"{place}.{number}", name=key)
        seen.add(key)
