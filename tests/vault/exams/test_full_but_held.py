"""A full area takes what costs it no room: bytes that it holds already, at whatever path; nothing else."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from tests.vault.exams.drives import LARGEST, paths, put, read
from tests.vault.intake.exams import hold, sha256
from tests.vault.store.areas import CAPACITY, Vault
from vault.base.errors import Invalid, OverCapacity, PreconditionFailed
from vault.base.scope import Scope
from vault.exams import drive
from vault.exams.drive import Condition
from vault.intake.signing import SigningKeys
from vault.intake.uploads import completing
from vault.intake.uploads.models import Purpose, Upload
from vault.intake.uploads.service import Wanted
from vault.store import queries

OLD, NEW = b"first version" * 1000, b"the newest one" * 1000


class Body(io.BytesIO):
    """A body that tells whether anybody read it."""

    read_from = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.read_from = True
        return super().read(size)


@pytest.fixture
def full(vault: Vault, aoba: Scope) -> Scope:
    """An area without a byte left, whose drive holds two versions of a file and what fills it."""
    put(vault, aoba, "a", OLD)
    put(vault, aoba, "a", NEW)
    put(vault, aoba, "filling", bytes(CAPACITY - len(OLD) - len(NEW)))
    assert vault.space(aoba) == (CAPACITY, 0)
    return aoba


def test_what_is_held_already_is_taken_at_any_path(vault: Vault, full: Scope) -> None:
    packs = vault.packs(full)
    assert put(vault, full, "a", NEW).version == 2
    assert put(vault, full, "b/copy", NEW).made
    assert put(vault, full, "a", OLD).version == 3, "an older version is held as well"
    assert [read(vault, full, path) for path in ("a", "b/copy")] == [OLD, NEW]
    assert (vault.space(full), vault.packs(full)) == ((CAPACITY, 0), packs)


def test_what_is_not_is_refused_unread_unless_it_might_be(vault: Vault, full: Scope) -> None:
    before = vault.packs(full), paths(vault, full)
    for content, is_read in ((b"x" * 999, False), (NEW[::-1], True)):
        body = Body(content)
        with pytest.raises(OverCapacity):
            drive.put(vault.database, vault.store, full, "new", body, size=len(content), largest=LARGEST)
        assert body.read_from is is_read
    assert (vault.space(full), vault.packs(full), paths(vault, full)) == ((CAPACITY, 0), *before)


def test_what_only_an_exam_holds_is_taken_as_well(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, {"a": OLD})
    put(vault, aoba, "filling", bytes(CAPACITY - len(OLD)))
    assert put(vault, aoba, "from-the-exam", OLD).made
    assert (read(vault, aoba, "from-the-exam"), vault.space(aoba)) == (OLD, (CAPACITY, 0))


def put_in_chunks(vault: Vault, scope: Scope, content: bytes, expected: int = 0) -> Body:
    """A body that does not say how long it is, at `chunked`; it tells how far it was read."""
    body = Body(content)
    asked: dict[str, Any] = {"size": None, "expected": expected, "largest": LARGEST}
    drive.put(vault.database, vault.store, scope, "chunked", body, **asked)
    return body


@pytest.mark.parametrize("expected", [0, len(NEW)])
def test_what_comes_in_chunks_is_taken_when_its_end_shows_that_it_is_held(
    vault: Vault, full: Scope, expected: int
) -> None:
    packs = vault.packs(full)
    put_in_chunks(vault, full, NEW, expected)
    assert read(vault, full, "chunked") == NEW
    assert (vault.space(full), vault.packs(full)) == ((CAPACITY, 0), packs)


@pytest.mark.parametrize(
    ("content", "expected"), [(NEW[::-1], 0), (NEW[::-1], len(NEW)), (NEW + b"x", 0), (NEW + b"x", len(NEW)), (NEW, 9)]
)
def test_what_comes_in_chunks_and_is_not_held_is_refused(
    vault: Vault, full: Scope, content: bytes, expected: int
) -> None:
    before = vault.packs(full), paths(vault, full)
    with pytest.raises(OverCapacity) as refused:
        put_in_chunks(vault, full, content, expected)
    assert refused.value.left == 0
    assert (vault.space(full), vault.packs(full), paths(vault, full)) == ((CAPACITY, 0), *before)


def announced(vault: Vault, scope: Scope, content: bytes, **details: Any) -> Upload:
    words = {"path": "by-tus", "type": None, "sha256": None} | details
    with vault.database.transaction() as session:
        wanted = Wanted(Purpose.FILE, len(content), words)
        return completing.announce(session, vault.store, scope, wanted, largest=LARGEST)


def test_an_upload_that_tells_the_digest_of_what_is_held_is_whole_at_once(vault: Vault, full: Scope) -> None:
    upload = announced(vault, full, NEW, sha256=sha256(NEW))
    assert (upload.offset, upload.completed_at is None) == (len(NEW), False)
    assert (read(vault, full, "by-tus"), vault.space(full)) == (NEW, (CAPACITY, 0))


@pytest.mark.parametrize(
    ("content", "told"),
    [(NEW, None), (NEW + b"x", sha256(NEW)), (NEW, sha256(b"not held"))],
    ids=["none", "size", "other"],
)
def test_any_other_upload_is_refused_before_a_byte_of_it(
    vault: Vault, full: Scope, content: bytes, told: str | None
) -> None:
    with pytest.raises(OverCapacity):
        announced(vault, full, content, sha256=told)
    assert vault.space(full) == (CAPACITY, 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whether_something_of_a_size_is_held_is_found_by_an_index(vault: Vault, full: Scope) -> None:
    asked: list[tuple[str, Any]] = []
    engine = vault.database.engine
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    with vault.database.read() as session:
        assert queries.holds_size(session, full, len(OLD))
        assert not queries.holds_size(session, full, 1)
        assert queries.largest_held(session, full) == CAPACITY - len(OLD) - len(NEW)
    with engine.connect() as connection:
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).scalars(3).all()
            for statement, parameters in asked
            if "FROM blobs" in statement and not statement.startswith("EXPLAIN")
        ]
    assert len(plans) == 3
    assert all("ix_blobs_counted_size (facility_id=?" in step for (step,) in plans), plans


def cut(vault: Vault, scope: Scope) -> None:
    drive.put(vault.database, vault.store, scope, "new", io.BytesIO(NEW[:-1]), size=len(NEW), largest=LARGEST)


def told_another_digest(vault: Vault, scope: Scope) -> None:
    stream = io.BytesIO(NEW)
    drive.put(vault.database, vault.store, scope, "b", stream, size=len(NEW), largest=LARGEST, sha256="0" * 64)


def over_a_file(vault: Vault, scope: Scope) -> None:
    put(vault, scope, "filling", NEW, Condition(absent=True))


def to_a_bad_name(vault: Vault, scope: Scope) -> None:
    put(vault, scope, "con", NEW)


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (cut, Invalid),
        (told_another_digest, Invalid),
        (over_a_file, PreconditionFailed),
        (to_a_bad_name, Invalid),
    ],
)
def test_what_would_be_refused_anyway_still_is(
    vault: Vault, full: Scope, act: Callable[[Vault, Scope], None], refusal: type[Exception]
) -> None:
    before = paths(vault, full)
    with pytest.raises(refusal):
        act(vault, full)
    assert (vault.space(full), paths(vault, full)) == ((CAPACITY, 0), before)


def test_another_areas_bytes_tell_nothing(vault: Vault, full: Scope, midori: Scope) -> None:
    put(vault, midori, "filling", bytes(CAPACITY))
    body = Body(NEW)
    with pytest.raises(OverCapacity):
        drive.put(vault.database, vault.store, midori, "a", body, size=len(NEW), largest=LARGEST)
    assert not body.read_from
