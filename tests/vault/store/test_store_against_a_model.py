"""
The store against a dictionary, whatever is done in whatever order: files put, deleted, let go of, packs left behind by
a stop, compacted, adopted; rows lost and rebuilt from the packs; bits flipped and packs cut.

What was acknowledged is read byte for byte, or told as damaged by its digest where damage was done to it; nothing else
is gone, and the area's room is what its rows say.
"""

import hashlib
import io
import shutil
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update

import portal.tables
from tests.services.clock import HeldClock
from tests.vault.store.spoiling import Spoilt, byte_classes, raw
from vault.base.database import Database
from vault.base.errors import Damaged
from vault.base.scope import Scope
from vault.base.settings import Retention
from vault.exams import drive, drive_queries, forgetting
from vault.store import areas, keys, packs, scan, service
from vault.store import format as layout
from vault.store.backends.disk import DiskBackend
from vault.store.backends.memory import MemoryBackend
from vault.store.collecting import collect_area
from vault.store.garbage import Hands
from vault.store.models import BlobPart, BlobRow, PackRow
from vault.store.packs import Area, Stored
from vault.store.store import Store
from vault.tenancy import capacity, facilities
from vault.tenancy.models import Space

assert portal.tables.METADATA.tables
FRAME, PART, PACK = 64, 256, 1500
CAPACITY = 10**6
SIZES = (0, 1, FRAME - 1, FRAME, FRAME + 1, PART, PART + 1, 3 * PART, 2 * PACK)
CONTENTS = [hashlib.shake_128(bytes([number])).digest(size) for number, size in enumerate(SIZES)]
POLICY = Retention()
WHERE = st.integers(0, 1)
WHAT = st.integers(0, len(CONTENTS) - 1)
ANY = st.integers(0, 10**4)
"""Of whatever there is then, the one of that number."""
PATHS = st.sampled_from(["a", "b", "folder/c"])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames, parts and packs so small that a few bytes make many of each."""
    monkeypatch.setattr(layout, "FRAME_BYTES", FRAME)
    monkeypatch.setattr(layout.record_header, "__defaults__", (FRAME,))
    monkeypatch.setattr(packs, "PART_BYTES", PART)
    monkeypatch.setattr(packs, "PACK_BYTES", PACK)


class Machine(RuleBasedStateMachine):
    """`files` is area → path → what was put there and acknowledged; `gone` is what was there before it."""

    template: Path
    in_memory: bool

    @initialize()
    def open(self) -> None:
        self.stack = ExitStack()
        self.clock = HeldClock(self.stack)
        self.folder = Path(tempfile.mkdtemp())
        self.stack.callback(shutil.rmtree, self.folder)
        shutil.copyfile(self.template, self.folder / "kura.sqlite")
        self.backend = MemoryBackend() if self.in_memory else DiskBackend(self.folder / "vault")
        keys.make(self.folder / "keys")
        self.spoilt = Spoilt(self.backend)
        self.database = Database(f"sqlite:///{self.folder / 'kura.sqlite'}")
        self.stack.callback(lambda: self.database.close())
        self.begin()
        with self.database.transaction() as session:
            made = [facilities.make(session, Scope.system(), code=c, name=c, capacity=CAPACITY).id for c in ("a", "b")]
        self.scopes = [Scope.system(one) for one in made]
        self.files: list[dict[str, bytes]] = [{}, {}]
        self.gone: list[dict[str, set[bytes]]] = [{}, {}]

    def begin(self) -> None:
        """As a process that starts now."""
        self.store = Store(self.backend, keys.KeyFolder(self.folder / "keys"), self._damaged)
        self.hands = Hands(self.store, self.database.read, self.database.transaction)

    def _damaged(self, area: Area, stored: Stored) -> None:
        with self.database.transaction() as session:
            service.report_damage(session, area.facility_id, stored.digest)

    @rule(where=WHERE, path=PATHS, what=WHAT, known=st.booleans())
    def put(self, where: int, path: str, what: int, known: bool) -> None:
        content = CONTENTS[what]
        size = len(content) if known else None
        args = (self.database, self.store, self.scopes[where], path, io.BytesIO(content))
        done = drive.put(*args, size=size, largest=CAPACITY)
        assert done.sha256 == hashlib.sha256(content).hexdigest()
        if self.files[where].get(path) not in (None, content):
            self.gone[where].setdefault(path, set()).add(self.files[where][path])
        self.files[where][path] = content

    @precondition(lambda self: any(self.files))
    @rule(one=ANY)
    def take_away(self, one: int) -> None:
        where, path = self._some_file(one)
        with self.database.transaction() as session:
            drive.delete(session, self.scopes[where], path)
        self.gone[where].setdefault(path, set()).add(self.files[where].pop(path))

    @precondition(lambda self: any(self.files))
    @rule(one=ANY, edges=st.tuples(st.integers(0, 2 * PACK), st.integers(0, 2 * PACK)))
    def read_a_range(self, one: int, edges: tuple[int, int]) -> None:
        where, path = self._some_file(one)
        content = self.files[where][path]
        start, end = sorted(min(edge, len(content)) for edge in edges)
        if start < len(content):
            self._read(where, path, content, start, end)

    @rule(where=WHERE, what=WHAT)
    def stop_before_the_rows(self, where: int, what: int) -> None:
        with self.database.transaction() as session:
            area = self.store.ensure_area(session, self.scopes[where].area)
        with self.store.deposit(area) as deposit:
            deposit.add(io.BytesIO(CONTENTS[what]))
            deposit.finish()

    @rule(where=WHERE, days=st.sampled_from([0.5, 1.1, 31]))
    def collect(self, where: int, days: float) -> None:
        self.clock.forward(timedelta(days=days))
        forgetting.forget(self.database.transaction, POLICY)
        if days > POLICY.grace_days:
            for files, gone in zip(self.files, self.gone, strict=True):
                for path in gone.keys() - files.keys():
                    del gone[path]
        if self._has_key(where):
            collect_area(self.hands, self.scopes[where].area)

    @rule()
    def begin_anew(self) -> None:
        self.database.close()
        self.database = Database(f"sqlite:///{self.folder / 'kura.sqlite'}")
        self.begin()

    @rule(where=WHERE, lose=st.booleans())
    def rebuild(self, where: int, lose: bool) -> None:
        """From the packs alone; with `lose` after every row of what is held was lost."""
        area_id = self.scopes[where].area
        if not self._has_key(where):
            return
        with self.database.transaction() as session:
            if lose:
                for model in (BlobPart, BlobRow, PackRow):
                    session.execute(delete(model).where(model.facility_id == area_id))
                session.execute(update(Space).where(Space.facility_id == area_id).values(used=0))
            area = areas.from_packs(self.backend, self.store.keys, area_id)
            service.rebuild(session, self.backend, area)

    @rule(where=WHERE, one=ANY, place=ANY, bit=st.integers(0, 7))
    def flip(self, where: int, one: int, place: int, bit: int) -> None:
        found = self._packs(where)
        if not found:
            return
        pack = found[one % len(found)]
        with self.database.read() as session:
            mine = select(BlobRow.offset, BlobRow.length).where(BlobRow.pack == pack).order_by(BlobRow.offset)
            records = [(offset, length) for offset, length in session.execute(mine)]
        content = raw(self.backend, packs.name_of(self.scopes[where].area, pack))
        is_whole = pack not in self.spoilt.cuts and all(other != pack for other, _, _ in self.spoilt.bits)
        places = [at for _, at in byte_classes(content, records)] if is_whole else list(range(len(content)))
        if places:
            self.spoilt.flip(self.scopes[where].area, pack, places[place % len(places)], bit)

    @rule(where=WHERE, one=ANY, size=ANY)
    def cut(self, where: int, one: int, size: int) -> None:
        found = self._packs(where)
        if found:
            pack = found[one % len(found)]
            whole = len(raw(self.backend, packs.name_of(self.scopes[where].area, pack)))
            self.spoilt.cut(self.scopes[where].area, pack, size % (whole + 1))

    @invariant()
    def what_was_acknowledged_is_read_or_told_as_damaged(self) -> None:
        if not hasattr(self, "files"):
            return
        for where, files in enumerate(self.files):
            for path, content in files.items():
                self._read(where, path, content, 0, len(content))

    @invariant()
    def the_room_is_what_the_rows_say(self) -> None:
        if not hasattr(self, "files"):
            return
        with self.database.read() as session:
            for scope in self.scopes:
                mine = select(BlobRow.size).where(BlobRow.facility_id == scope.area, BlobRow.counted_in.is_not(None))
                space = session.get_one(Space, (scope.area, capacity.AREA))
                assert (space.used, space.reserved) == (sum(session.scalars(mine)), 0)

    def teardown(self) -> None:
        if not hasattr(self, "files"):
            return
        for days in (31, 31, 2, 2, 2, 2):
            for where in range(2):
                self.collect(where, days)
        with self.database.read() as session:
            for scope, files in zip(self.scopes, self.files, strict=True):
                mine = select(BlobRow.digest).where(BlobRow.facility_id == scope.area, BlobRow.counted_in.is_not(None))
                named = {hashlib.sha256(content).hexdigest() for content in self._kept(session, scope, files)}
                assert set(session.scalars(mine)) <= named, "what nobody names is let go of"
        self.stack.close()

    def _kept(self, session: Any, scope: Scope, files: dict[str, bytes]) -> list[bytes]:
        """What is at a path now, and the versions before it."""
        where = self.scopes.index(scope)
        return [*files.values(), *(one for path in files for one in self.gone[where].get(path, ()))]

    def _read(self, where: int, path: str, content: bytes, start: int, end: int) -> None:
        scope, digest = self.scopes[where], hashlib.sha256(content).hexdigest()
        with self.database.read() as session:
            touched = self.spoilt.touches_blob(session, scope.area, digest)
        try:
            with self.database.read() as session:
                file = drive_queries.file_at(session, scope, path)
                blob = drive_queries.open_file(session, scope, self.store, file)
            assert b"".join(blob.read_range(start, end)) == content[start:end]
        except Damaged:
            assert touched, "nobody touched it"

    def _some_file(self, one: int) -> tuple[int, str]:
        found = [(where, path) for where, files in enumerate(self.files) for path in sorted(files)]
        return found[one % len(found)]

    def _packs(self, where: int) -> list[str]:
        return sorted(scan.packs(self.backend, self.scopes[where].area))

    def _has_key(self, where: int) -> bool:
        return any(True for _ in self.backend.names(f"{self.scopes[where].area}/"))


@pytest.mark.parametrize("in_memory", [False, True], ids=["disk", "memory"])
def test_the_store_keeps_to_the_model(sqlite_template: Path, in_memory: bool) -> None:
    machine: Any = type("Kept", (Machine,), {"template": sqlite_template, "in_memory": in_memory})
    run_state_machine_as_test(machine, settings=settings(max_examples=15, stateful_step_count=20, deadline=None))
