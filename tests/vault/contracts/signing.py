"""Both sides of a contract for tests: who they are, what they choose, how they sign."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from tests.vault.contracts.test_prices import PRICES
from tests.vault.tenancy.tenants import facility, person
from vault.base.database import Database
from vault.base.scope import Role, Scope
from vault.contracts import offers, price_plans, queries
from vault.contracts.models import Contract
from vault.contracts.offers import Wish
from vault.contracts.prices import Prices, ServiceClass
from vault.tenancy.scopes import scope_of_person

GIB = 2**30
ROOM = "内視鏡室 1"
CHOSEN: dict[str, Any] = {
    "target": ROOM,
    "period": "annual",
    "terms": 1,
    "start": date(2026, 4, 1),
    "timing": "nightly@02:00",
    "unit": "facility",
    "kinds": ["still", "clip", "chart", "file"],
    "patients": {"default": "in", "except": []},
    "capacity": 20 * GIB,
}
Result = TypeVar("Result")


def wish(service_class: str = "economy", copies: int = 0, **changes: Any) -> Wish:
    """What is chosen, with changes."""
    return Wish({**CHOSEN, **changes}, ServiceClass(service_class), copies)


@dataclass(frozen=True)
class Table:
    """The database, and the two who sit at the table."""

    database: Database
    clinic: Scope
    provider: Scope

    def do(self, act: Callable[..., Result], scope: Scope, *args: Any, **more: Any) -> Result:
        """One act in one transaction; what it returns can be read afterwards."""
        with self.database.transaction() as session:
            found = act(session, scope, *args, **more)
            session.flush()
            session.expunge_all()
            return found

    def agree(self, made: Wish | None = None, replaces: str | None = None) -> str:
        """Offered by the clinic and signed by both; the contract's id."""
        row = self.do(offers.offer, self.clinic, made or wish(), replaces=replaces, address="192.0.2.7")
        self.do(offers.sign, self.clinic, row.id, row.digest, address="192.0.2.7")
        self.do(offers.sign, self.provider, row.id, row.digest, address="198.51.100.1")
        return row.id

    def contracts(self) -> list[Contract]:
        """Those of the clinic, the earliest start first."""
        return self.do(queries.billable, self.clinic)


def seated(database: Database, prices: Prices = PRICES, code: str = "aoba") -> Table:
    """A clinic and its administrator, the provider's, and a plan."""
    with database.transaction() as session:
        area = facility(session, code, capacity=100 * GIB).id
        clinic = _scope(session, f"{code}-admin", Role.FACILITY_ADMIN, area)
        provider = _scope(session, f"{code}-provider", Role.ADMIN, None)
        price_plans.set_prices(session, provider, prices)
    return Table(database, clinic, provider.within(area))


def _scope(session: Session, login: str, role: Role, area: str | None) -> Scope:
    return scope_of_person(session, person(session, login, role, area))
