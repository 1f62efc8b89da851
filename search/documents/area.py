"""The area whose rows are being turned into documents, and how its rows are grouped."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from vault.base.scope import Scope
from vault.tenancy.models import Facility


@dataclass(frozen=True)
class Area:
    """One facility's area, read by the system for the index."""

    facility_id: str
    code: str

    @property
    def scope(self) -> Scope:
        return Scope.system(self.facility_id)


def areas(session: Session, facility_ids: Iterable[str] | None = None) -> list[Area]:
    """The areas of the given facilities, or all of them, by code."""
    statement = select(Facility.id, Facility.code).order_by(Facility.code)
    if facility_ids is not None:
        statement = statement.where(Facility.id.in_(list(facility_ids)))
    return [Area(id_, code) for id_, code in session.execute(statement)]


def values_by(session: Session, pairs: Select[str, str]) -> dict[str, list[str]]:
    """Of a statement of pairs: the different second values of each first one, in order."""
    found: dict[str, dict[str, None]] = {}
    for owner, value in session.execute(pairs):
        found.setdefault(owner, {})[value] = None
    return {owner: list(values) for owner, values in found.items()}
