"""Passwords and PINs of FILE, hashed before the transaction begins; unchanged ones are left as they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.apply.errors import at
from portal.apply.file import File, Person
from vault.base.database import Database
from vault.base.errors import Invalid
from vault.tenancy import logins, passwords


@dataclass(frozen=True)
class Hashes:
    """New hashes by login, for those whose password or PIN in FILE is not the one they have."""

    passwords: Mapping[str, str]
    pins: Mapping[str, str]


def prepare(database: Database, file: File) -> Hashes:
    """Compare what FILE says with what is kept. Slow: an argon2 round for each password and PIN."""
    people: list[tuple[str, Person]] = [(f"people.{place}", person) for place, person in enumerate(file.people)]
    for number, facility in enumerate(file.facilities):
        people += [(f"facilities.{number}.people.{place}", person) for place, person in enumerate(facility.people)]
    with database.read() as session:
        rows = {person.login: logins.person_by(session, person.login) for _, person in people}
        kept = {login: (row.password, row.pin) for login, row in rows.items() if row is not None}
    new_passwords, new_pins = {}, {}
    for place, person in people:
        password, pin = kept.get(person.login, (None, None))
        if person.password is not None and not (password and passwords.matches(password, person.password)):
            new_passwords[person.login] = passwords.hashed(person.password)
        if person.pin is not None and not (pin and passwords.matches(pin, person.pin)):
            new_pins[person.login] = _hashed_pin(person.pin, place)
    return Hashes(new_passwords, new_pins)


def _hashed_pin(pin: str, place: str) -> str:
    try:
        return passwords.hashed_pin(pin)
    except Invalid as problem:
        raise at(place, problem) from None
