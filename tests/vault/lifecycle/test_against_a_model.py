"""Any order of holding, deleting, bringing back, holds and collection, against a model that is a dictionary."""

import itertools
import shutil
import tempfile
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.intake.exams import hold
from tests.vault.store.areas import Vault
from vault.base import faults
from vault.base.database import Database
from vault.base.errors import Conflict, Gone
from vault.base.faults import How, Point
from vault.base.scope import Role, Scope
from vault.base.settings import Retention
from vault.exams import deletion, queries
from vault.intake import receipts
from vault.intake.signing import SigningKeys
from vault.store import keys
from vault.store.collecting import collect
from vault.store.garbage import Hands
from vault.store.models import BlobRow
from vault.store.store import open_store
from vault.tenancy import facilities, holds
from vault.tenancy.holds import HoldKind
from vault.tenancy.models import LegalHold

POLICY = Retention(exam_years=0)
CONTENTS = [bytes([number]) * (200 * number + 1) for number in range(8)]
STEPS = (
    Point.GARBAGE_CONDEMNED,
    Point.GARBAGE_SWEPT,
    Point.COMPACTION_COPIED,
    Point.COMPACTION_MOVED,
    Point.PACK_DELETED,
)


class Lifecycle(RuleBasedStateMachine):
    """`live` and `deleted` are exam id → its images; what is in neither was removed."""

    template: Path
    exams = Bundle("exams")

    @initialize()
    def open(self) -> None:
        self.stack = ExitStack()
        self.clock = HeldClock(self.stack)
        self.folder = Path(tempfile.mkdtemp())
        self.stack.callback(shutil.rmtree, self.folder)
        shutil.copyfile(self.template, self.folder / "kura.sqlite")
        database = Database(f"sqlite:///{self.folder / 'kura.sqlite'}")
        self.stack.callback(database.close)
        keys.make(self.folder / "keys")
        self.signing = SigningKeys.make(self.folder / "keys")
        store = open_store(self.folder / "vault", self.folder / "keys", database)
        self.vault = Vault(database, store, self.folder / "vault")
        with database.transaction() as session:
            area = facilities.make(session, Scope.system(), code="aoba", name="aoba", capacity=10**9).id
        self.scope = Scope.system(area)
        self.nurse = Scope("n", "nurse", "Nurse", Role.STAFF, facility_id=area, person_id="n")
        self.hands = Hands(store, database.read, database.transaction)
        self.live: dict[str, dict[str, bytes]] = {}
        self.deleted: dict[str, dict[str, bytes]] = {}
        self.patients: dict[str, str] = {}
        self.numbers = itertools.count()

    @rule(target=exams, chosen=st.sets(st.integers(0, len(CONTENTS) - 1), min_size=1), patient=st.sampled_from("AB"))
    def hold(self, chosen: set[int], patient: str) -> str:
        images = {f"{number}.jpg": CONTENTS[number] for number in chosen}
        told = {"patient_id": patient, "key": str(next(self.numbers)), "note": str(next(self.numbers))}
        receipt = hold(self.vault, self.scope, self.signing, images, **told)
        exam_id = str(receipt["exam"])
        self.live[exam_id], self.patients[exam_id] = images, patient
        return exam_id

    @rule(exam_id=exams)
    def delete(self, exam_id: str) -> None:
        try:
            with self.vault.database.transaction() as session:
                deletion.delete(session, self.nurse, POLICY, exam_id)
        except Gone:
            assert exam_id not in self.live
        except Conflict:
            assert self._is_held(exam_id)
        else:
            self.deleted[exam_id] = self.live.pop(exam_id)

    @rule(exam_id=exams)
    def undelete(self, exam_id: str) -> None:
        try:
            with self.vault.database.transaction() as session:
                deletion.undelete(session, self.nurse, exam_id)
        except Gone:
            assert exam_id not in {**self.live, **self.deleted}
        else:
            if exam_id in self.deleted:
                self.live[exam_id] = self.deleted.pop(exam_id)

    @rule(kind=st.sampled_from(list(HoldKind)), exam_id=exams, patient=st.sampled_from("AB"))
    def place(self, kind: HoldKind, exam_id: str, patient: str) -> None:
        subject = {HoldKind.AREA: "", HoldKind.PATIENT: patient, HoldKind.EXAM: exam_id}[kind]
        with self.vault.database.transaction() as session:
            holds.place(session, self.scope, kind, "because", subject=subject)

    @rule()
    def lift_all(self) -> None:
        with self.vault.database.transaction() as session:
            for one in session.scalars(select(LegalHold).where(LegalHold.lifted_at.is_(None))):
                holds.lift(session, self.scope, one.id, "settled")

    @rule(days=st.sampled_from([0.5, 2, 15, 31]))
    def time_goes_by(self, days: float) -> None:
        self.clock.forward(timedelta(days=days))

    @rule()
    def collect(self) -> None:
        before = dict(self.deleted)
        deletion.remove_expired(self.vault.database.transaction, POLICY, receipts.note_removal)
        with self.vault.database.read() as session:
            self.deleted = {one.id: before[one.id] for one in deletion.list_deleted(session, self.scope)}
        assert not [one for one in before.keys() - self.deleted.keys() if self._is_held(one)]
        collect(self.hands)

    @rule(at=st.sampled_from(STEPS))
    def collect_with_a_full_disk(self, at: Point) -> None:
        with faults.armed(at, How.FULL), suppress(OSError):
            collect(self.hands)

    @invariant()
    def everything_that_is_not_gone_is_whole(self) -> None:
        if not hasattr(self, "live"):
            return
        with self.vault.database.read() as session:
            for exam_id, images in {**self.live, **self.deleted}.items():
                opened = queries.open_images(session, self.scope, self.vault.store, exam_id)
                assert {image.name: blob.read() for image, blob in opened} == images
            rows = session.scalars(select(BlobRow)).all()
            assert self.vault.space(self.scope) == (sum(row.size for row in rows), 0)

    def teardown(self) -> None:
        if not hasattr(self, "live"):
            return
        self.lift_all()
        for _ in range(4):
            self.clock.forward(timedelta(days=40))
            self.collect()
        assert self.deleted == {}
        named = {content for images in self.live.values() for content in images.values()}
        assert self.vault.space(self.scope) == (sum(map(len, named)), 0)
        with self.vault.database.read() as session:
            assert len(receipts.chain(session, self.scope, limit=200).items) == len(self.patients)
            packs = set(session.scalars(select(BlobRow.pack)))
        assert {path.stem for path in self.vault.packs(self.scope)} == packs
        self.stack.close()

    def _is_held(self, exam_id: str) -> bool:
        with self.vault.database.read() as session:
            patient = self.patients[exam_id]
            return holds.on_exam(session, self.scope.area, exam_id=exam_id, patient_id=patient) is not None


def test_deleting_bringing_back_and_collecting_keep_to_the_model(sqlite_template: Path) -> None:
    machine: Any = type("Machine", (Lifecycle,), {"template": sqlite_template})
    run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=25, deadline=None))
