"""Who is calling and what they may name: the first argument of every query on tenant rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self, TypeVar

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from vault.base import ids
from vault.base.database import Base
from vault.base.errors import Denied, NotFound


class Role(StrEnum):
    """What a caller is; `SYSTEM` is a job or a command, never a sign-in."""

    STAFF = "staff"
    FACILITY_ADMIN = "facility-admin"
    DEVICE = "device"
    DEPARTMENT = "department"
    ANALYST = "analyst"
    BILLING = "billing"
    ADMIN = "admin"
    PATIENT = "patient"
    SYSTEM = "system"


FACILITY_ROLES = frozenset({Role.STAFF, Role.FACILITY_ADMIN, Role.DEVICE})
PROVIDER_ROLES = frozenset({Role.DEPARTMENT, Role.ANALYST, Role.BILLING, Role.ADMIN})


class Side(StrEnum):
    """From which side somebody looked, as the facility's access log names it."""

    STAFF = "staff"
    DEVICE = "device"
    PROVIDER = "provider"
    FACILITY = "facility"
    PATIENT = "patient"
    SYSTEM = "system"


_SIDES = {
    Role.STAFF: Side.STAFF,
    Role.FACILITY_ADMIN: Side.STAFF,
    Role.DEVICE: Side.DEVICE,
    Role.PATIENT: Side.PATIENT,
    Role.SYSTEM: Side.SYSTEM,
}


@dataclass(frozen=True)
class Scope:
    """One caller. `facility_id` is None for the provider's people; `departments` holds department ids."""

    who: str
    login: str
    name: str
    role: Role
    facility_id: str | None = None
    departments: frozenset[str] = frozenset()
    person_id: str | None = None
    device_id: str | None = None
    patient_id: str | None = None
    language: str = ""
    zone: str = "Asia/Tokyo"

    @classmethod
    def system(cls, facility_id: str | None = None) -> Self:
        """The scope of a job or a command; with a facility it sees that area alone."""
        return cls(who="system", login="system", name="Kura", role=Role.SYSTEM, facility_id=facility_id)

    def within(self, facility_id: str) -> Self:
        """This caller, narrowed to one area: for a door (grant, consent, trace) that has already been recorded."""
        return replace(self, facility_id=facility_id)

    @property
    def side(self) -> Side:
        """The side the access log shows."""
        return _SIDES.get(self.role, Side.PROVIDER)

    @property
    def is_facility(self) -> bool:
        return self.role in FACILITY_ROLES

    @property
    def is_provider(self) -> bool:
        return self.role in PROVIDER_ROLES

    def require(self, *roles: Role) -> None:
        """Raise Denied unless the caller has one of `roles`."""
        if self.role not in roles:
            raise Denied(role=self.role.value)

    @property
    def area(self) -> str:
        """The caller's facility id; NotFound where there is none, as every area is a stranger's then."""
        if self.facility_id is None:
            raise NotFound("area")
        return self.facility_id


class TenantRow:
    """Mixin of every table whose rows belong to one area."""

    @declared_attr
    @classmethod
    def facility_id(cls) -> Mapped[str]:
        return mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), index=True)


Row = TypeVar("Row", bound=Base)
Statement = TypeVar("Statement", bound=Select[*tuple[Any, ...]])


def scoped(statement: Statement, scope: Scope, model: type[Any]) -> Statement:
    """`statement`, cut to the rows of the caller's area; NotFound for a caller without one."""
    return statement.where(model.facility_id == scope.area)


def get_for(session: Session, scope: Scope, model: type[Row], id_: str, *, lock: bool = False) -> Row:
    """The row of the caller's area, or NotFound: a stranger's row and a missing one look the same."""
    statement = scoped(select(model), scope, model).where(model.id == id_)  # type: ignore[attr-defined]
    row = session.scalar(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFound(model.__name__.lower())
    return row


def all_for(session: Session, scope: Scope, model: type[Row], ids_: Sequence[str], *, lock: bool = False) -> list[Row]:
    """The rows of the caller's area in the order of `ids_`; NotFound where one is missing or a stranger's."""
    mine = scoped(select(model), scope, model).where(model.id.in_(ids_)).order_by(model.id)  # type: ignore[attr-defined]
    found = {row.id: row for row in session.scalars(mine.with_for_update() if lock else mine)}  # type: ignore[attr-defined]
    if any(id_ not in found for id_ in ids_):
        raise NotFound(model.__name__.lower())
    return [found[id_] for id_ in ids_]


def load(session: Session, model: type[Row], id_: str, *, lock: bool = False) -> Row:
    """A row that belongs to no area (a department, a job), or NotFound; tenant tables are refused."""
    if issubclass(model, TenantRow):
        raise TypeError(f"{model.__name__} rows belong to an area: use get_for")
    row = session.get(model, id_, with_for_update=True if lock else None)
    if row is None:
        raise NotFound(model.__name__.lower())
    return row
