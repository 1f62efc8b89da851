"""A small world for the tests of routing: two facilities, four departments, and the people who meet over requests."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from routing.departments import queries, service
from routing.router import queries as routers
from routing.router.decision import Choice, Decision, Reason, Why
from routing.router.router import Router
from routing.router.rules import Facts
from routing.sweep.service import SweepReport, sweep
from vault.base import clock, jobs, outbox
from vault.base.database import Database
from vault.base.scope import Role, Scope
from vault.base.settings import Settings
from vault.exams.models import DriveFile, DriveVersion, Exam, ExamImage
from vault.tenancy import facilities
from vault.tenancy.models import Device, Person
from vault.tenancy.scopes import of_device, scope_of_person

ON_BOTH = pytest.mark.parametrize(
    "world", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
"""For tests whose promise leans on what a database does: they run on SQLite and on PostgreSQL."""

DEPARTMENTS = {
    "repair": ("修理", "Repair", "故障 修理 部品 ノイズ 緑色の帯 scope failure, image noise, broken part"),
    "clinical": ("臨床支援", "Clinical support", "薬剤 投与 前処置 鎮静 sedation, drug, dosage, preparation"),
    "accounts": ("経理", "Accounts", "請求 支払い 見積 invoice, payment, quotation"),
}


@dataclass(frozen=True)
class World:
    """The database and one scope for each person; `exam` and `path` are aoba's."""

    database: Database
    settings: Settings
    aoba: Scope
    aoba_admin: Scope
    terminal: Scope
    midori: Scope
    repair: Scope
    repair_colleague: Scope
    clinical: Scope
    accounts: Scope
    admin: Scope
    exam: str
    path: str
    stranger_exam: str

    def transaction(self) -> AbstractContextManager[Session]:
        """A transaction of the database."""
        return self.database.transaction()

    def sweep(self) -> SweepReport:
        """Collect and route what waits, with the router the product begins with."""
        return sweep(self.database, lambda session: routers.load_router(session, self.settings))

    def relay(self) -> int:
        """Hand every event to its subscribers and run what is due."""
        count = outbox.relay(self.database)
        jobs.run_due(self.database, self)
        return count


class Fixed(Router):
    """A router that sends everything to the same departments."""

    def __init__(self, *codes: str) -> None:
        super().__init__([])
        self._codes = codes

    def decide(self, facts: Facts) -> Decision:
        reason = Reason(Why.ABOUT, {"words": [facts.subject]})
        choices = tuple(Choice(code, 0.9, (reason,)) for code in self._codes)
        return Decision(choices, None if choices else Reason(Why.NOTHING_FITS))


def build(database: Database, home: Path) -> World:
    """Fill the empty database."""
    system = Scope.system()
    with database.transaction() as session:
        service.ensure_triage(session)
        for code, (name_ja, name_en, about) in DEPARTMENTS.items():
            service.upsert(session, code=code, name_ja=name_ja, name_en=name_en, about=about)
        aoba = facilities.make(session, system, code="aoba", name="青葉病院", capacity=2**30)
        midori = facilities.make(session, system, code="midori", name="みどり医院", capacity=2**30)
        device = Device(facility_id=aoba.id, login="aoba-capture1", created_at=clock.now())
        session.add(device)
        session.flush()
        people = {
            login: _person(session, login, role, facility_id)
            for login, role, facility_id in (
                ("aoba-nurse", Role.STAFF, aoba.id),
                ("aoba-admin", Role.FACILITY_ADMIN, aoba.id),
                ("midori-nurse", Role.STAFF, midori.id),
                ("repair1", Role.DEPARTMENT, None),
                ("repair2", Role.DEPARTMENT, None),
                ("clinical1", Role.DEPARTMENT, None),
                ("accounts1", Role.DEPARTMENT, None),
                ("admin", Role.ADMIN, None),
            )
        }
        for login in ("repair1", "repair2", "clinical1", "accounts1"):
            service.set_members(session, people[login].id, [login[:-1]])
        return World(
            database=database,
            settings=Settings(home=home),
            aoba=scope_of_person(session, people["aoba-nurse"]),
            aoba_admin=scope_of_person(session, people["aoba-admin"]),
            terminal=of_device(device, None),
            midori=scope_of_person(session, people["midori-nurse"]),
            repair=_desk(session, people["repair1"]),
            repair_colleague=_desk(session, people["repair2"]),
            clinical=_desk(session, people["clinical1"]),
            accounts=_desk(session, people["accounts1"]),
            admin=_desk(session, people["admin"]),
            exam=_exam(session, aoba.id, "P-1234"),
            path=_file(session, aoba.id, "logs/error.txt"),
            stranger_exam=_exam(session, midori.id, "M-1"),
        )


def hours(count: float) -> timedelta:
    """That many hours."""
    return timedelta(hours=count)


def _person(session: Session, login: str, role: Role, facility_id: str | None) -> Person:
    person = Person(login=login, name=f"name of {login}", role=role, facility_id=facility_id, created_at=clock.now())
    session.add(person)
    session.flush()
    return person


def _desk(session: Session, person: Person) -> Scope:
    scope = scope_of_person(session, person)
    return replace(scope, departments=queries.departments_of(session, person.id, scope.role))


def _exam(session: Session, facility_id: str, patient_id: str) -> str:
    now = clock.now()
    exam = Exam(
        facility_id=facility_id,
        maker="device:test",
        patient_id=patient_id,
        performed_at=now,
        kind="gastroscopy",
        scope_model="EV-290",
        state="held",
        created_at=now,
        held_at=now,
    )
    session.add(exam)
    session.flush()
    for position, name in enumerate(("001.jpg", "002.jpg")):
        session.add(
            ExamImage(
                facility_id=facility_id,
                exam_id=exam.id,
                position=position,
                name=name,
                folded_name=name,
                sha256=f"{position:064x}",
                size=1000,
                media_type="image/jpeg",
            )
        )
    return exam.id


def _file(session: Session, facility_id: str, path: str) -> str:
    now, digest = clock.now(), "f" * 64
    file = DriveFile(
        facility_id=facility_id,
        path=path,
        folded_path=path,
        version=1,
        sha256=digest,
        size=10,
        media_type="text/plain",
        modified_at=now,
    )
    session.add(file)
    session.flush()
    session.add(
        DriveVersion(
            facility_id=facility_id,
            file_id=file.id,
            version=1,
            sha256=digest,
            size=10,
            media_type="text/plain",
            put_at=now,
            who="aoba-nurse",
        )
    )
    return path
