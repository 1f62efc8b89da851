"""Facilities with nightly contracts, for whoever watches their nights go by."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from tests.vault.contracts.test_terms import terms
from tests.vault.tenancy.tenants import facility
from vault.backup import judging, queries, schedule, service
from vault.backup.models import DueRun
from vault.backup.nights import Limits
from vault.base.database import Database
from vault.base.notices import Notice
from vault.base.scope import Scope
from vault.contracts import service as contracts
from vault.contracts.models import Contract
from vault.tenancy import devices, facilities
from vault.tenancy.models import Device, Facility
from vault.tenancy.scopes import of_device

ROOM = "endoscopy room 1"
LIMITS = Limits(late=timedelta(hours=3), missed=timedelta(hours=12))


@dataclass(frozen=True)
class Place:
    """A facility's area."""

    database: Database
    area: Scope

    @classmethod
    def made(cls, database: Database, zone: str = "Asia/Tokyo", code: str = "aoba") -> "Place":
        with database.transaction() as session:
            made = facility(session, code)
            made.zone = zone
            return cls(database, Scope.system(made.id))

    def agree(self, **changes: Any) -> str:
        """A contract, nightly at 02:00 for the first endoscopy room unless changed; its id."""
        with self.database.transaction() as session:
            made = terms(**{"patients": {"default": "in", "except": []}, **changes})
            contracts.agree_from_file(session, self.area, made)
        return self.contracts()[-1]

    def contracts(self) -> list[str]:
        with self.database.read() as session:
            mine = select(Contract.id).where(Contract.facility_id == self.area.area)
            return list(session.scalars(mine.order_by(Contract.start, Contract.id)))

    def device(self, login: str, target: str | None = ROOM) -> Scope:
        with self.database.transaction() as session:
            return of_device(devices.add(session, self.area, login=login, target=target), None)

    def look(self) -> None:
        """What the periodic job does for this area."""
        with self.database.transaction() as session:
            schedule.make(session, self.area)
            judging.judge(session, self.area, LIMITS)

    def nights(self) -> list[DueRun]:
        with self.database.read() as session:
            mine = select(DueRun).where(DueRun.facility_id == self.area.area).order_by(DueRun.due_at)
            found = list(session.scalars(mine))
            session.expunge_all()
            return found

    def states(self) -> list[tuple[date, str]]:
        return [(one.night, one.state) for one in self.nights()]

    def begin(self, device: Scope, trigger: str = "nightly", **more: Any) -> str:
        """The id of a run; without more it lists nothing."""
        with self.database.transaction() as session:
            values = {"plan_version": "v1", "trigger": trigger, "exams": [], **more}
            return service.open_run(session, device, **values).id

    def end(self, device: Scope, run: str, state: str = "finished") -> None:
        with self.database.transaction() as session:
            service.close_run(session, device, run, state=state)

    def carry_out(self, device: Scope, state: str = "finished", **more: Any) -> None:
        self.end(device, self.begin(device, **more), state)

    def due(self, device: Scope) -> str | None:
        with self.database.read() as session:
            return queries.due(session, device)

    def heard(self, device: Scope, at: datetime) -> None:
        """The device called at that time."""
        with self.database.transaction() as session:
            session.get_one(Device, device.device_id).seen_at = at

    def move(self, zone: str) -> None:
        with self.database.transaction() as session:
            place = session.get_one(Facility, self.area.area)
            facilities.change(session, Scope.system(), place, zone=zone)

    def told(self) -> list[tuple[str, str, str, int]]:
        """(audience's kind, notice, night, how many) of every notice."""
        with self.database.read() as session:
            rows = session.scalars(select(Notice).order_by(Notice.number))
            return [
                (one.audience.partition(":")[0], one.kind, one.values["night"], one.values["count"]) for one in rows
            ]
