"""The disk holds no byte that does not count: what is given up, refused or sent again counts until it is gone."""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.services.clock import HeldClock
from tests.vault.exams.drives import put
from tests.vault.intake.exams import announce, sha256
from tests.vault.store.areas import CAPACITY, Vault
from vault.base.errors import AppError, OverCapacity, PreconditionFailed
from vault.base.scope import Scope
from vault.exams import single
from vault.exams.drive import Condition
from vault.intake.uploads import adding, giving_up, joining, service
from vault.intake.uploads import tasks as upload_tasks
from vault.intake.uploads.adding import Chunk
from vault.intake.uploads.models import Purpose
from vault.intake.uploads.service import Wanted
from vault.store import leases, leftovers, packs, scan
from vault.store.collecting import collect_area
from vault.store.garbage import Hands
from vault.tenancy import holds
from vault.tenancy.holds import HoldKind

PART = 256 * 1024
"""Of an upload, here."""
CONTENT = hashlib.shake_128(b"on disk").digest(4 * PART + 1000)
LARGE = hashlib.shake_128(b"large").digest(CAPACITY // 3)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PART_BYTES", PART)


def on_disk(vault: Vault, scope: Scope) -> int:
    """Bytes of blobs and parts in all packs of the area, whoever names them."""
    with vault.database.read() as session:
        area = vault.store.area(session, scope)
    found = (scan.entries(vault.store.backend, area, path.stem) for path in vault.packs(scope))
    return sum(one.size for entries in found for one in entries if not one.parts)


def counts(vault: Vault, scope: Scope) -> int:
    """Bytes on the disk, all of which count."""
    there = on_disk(vault, scope)
    assert there <= sum(vault.space(scope)) <= CAPACITY
    return there


def announced(vault: Vault, scope: Scope, length: int | None, purpose: Purpose = Purpose.FILE, **details: Any) -> str:
    words = {"path": "a", "type": None, "sha256": None} | details
    with vault.database.transaction() as session:
        return service.announce(session, vault.store, scope, Wanted(purpose, length, words), largest=CAPACITY).id


def add(vault: Vault, scope: Scope, upload_id: str, offset: int, content: bytes, **told: Any) -> None:
    chunk = Chunk(offset, io.BytesIO(content), len(content), **told)
    adding.add(vault.database, vault.store, scope, upload_id, chunk, largest=CAPACITY)


def give_up(vault: Vault, scope: Scope, upload_id: str) -> None:
    giving_up.give_up(vault.database, vault.store, scope, upload_id)


def collect(vault: Vault, clock: HeldClock, scope: Scope) -> None:
    """Garbage goes in steps, a day apart."""
    for _ in range(3):
        clock.forward(timedelta(hours=25))
        collect_area(Hands(vault.store, vault.database.read, vault.database.transaction), scope.area)


@contextmanager
def held_by_law(vault: Vault, scope: Scope) -> Iterator[None]:
    with vault.database.transaction() as session:
        placed = holds.place(session, Scope.system(scope.area), HoldKind.AREA, "court order 12").id
    yield
    with vault.database.transaction() as session:
        holds.lift(session, Scope.system(scope.area), placed, "ended")


@contextmanager
def backed_up(vault: Vault, scope: Scope) -> Iterator[None]:
    with leases.taken(vault.database):
        yield


@pytest.mark.parametrize("length", [len(CONTENT), None])
def test_of_an_upload_that_is_given_up_nothing_stays(vault: Vault, aoba: Scope, length: int | None) -> None:
    for _ in range(20):
        upload = announced(vault, aoba, length)
        add(vault, aoba, upload, 0, CONTENT[:-1])
        assert counts(vault, aoba) == len(CONTENT) - 1
        give_up(vault, aoba, upload)
        assert (on_disk(vault, aoba), vault.space(aoba)) == (0, (0, 0))


@pytest.mark.parametrize("hindered", [held_by_law, backed_up])
def test_what_may_not_be_deleted_yet_counts_until_it_is(
    vault: Vault, aoba: Scope, clock: HeldClock, hindered: Callable[..., Any]
) -> None:
    with hindered(vault, aoba):
        for place in range(3):
            upload = announced(vault, aoba, len(LARGE))
            add(vault, aoba, upload, 0, LARGE[:-1])
            give_up(vault, aoba, upload)
            assert counts(vault, aoba) == (place + 1) * (len(LARGE) - 1)
        with pytest.raises(OverCapacity):
            announced(vault, aoba, len(LARGE))
    collect(vault, clock, aoba)
    assert (on_disk(vault, aoba), vault.space(aoba)) == (0, (0, 0))


def test_the_next_upload_that_is_given_up_takes_earlier_ones_along(vault: Vault, aoba: Scope) -> None:
    for hindered in (True, False):
        upload = announced(vault, aoba, len(CONTENT))
        add(vault, aoba, upload, 0, CONTENT[:-1])
        if hindered:
            with held_by_law(vault, aoba):
                give_up(vault, aoba, upload)
        else:
            give_up(vault, aoba, upload)
    assert (on_disk(vault, aoba), vault.space(aoba)) == (0, (0, 0))


def test_of_an_upload_that_expires_nothing_stays(vault: Vault, aoba: Scope, clock: HeldClock) -> None:
    add(vault, aoba, announced(vault, aoba, len(CONTENT)), 0, CONTENT[:-1])
    clock.forward(timedelta(days=8))
    upload_tasks.expire(Work(vault))  # type: ignore[arg-type]
    assert (on_disk(vault, aoba), vault.space(aoba)) == (0, (0, 0))


class Work:
    """What a job is given."""

    def __init__(self, vault: Vault) -> None:
        self.database, self.transaction, self.resources = vault.database, vault.database.transaction, vault


@pytest.mark.parametrize("cuts", [[], [PART], [PART, 3 * PART]])
def test_of_what_is_refused_at_its_end_nothing_stays(vault: Vault, aoba: Scope, cuts: list[int]) -> None:
    upload = announced(vault, aoba, len(CONTENT), sha256="0" * 64)
    for start, end in zip([0, *cuts], [*cuts, len(CONTENT)], strict=True):
        if end < len(CONTENT):
            add(vault, aoba, upload, start, CONTENT[start:end])
        else:
            with pytest.raises(AppError):
                add(vault, aoba, upload, start, CONTENT[start:end])
    assert (on_disk(vault, aoba), vault.space(aoba)) == (0, (0, 0))


@pytest.mark.parametrize("checked", [False, True])
def test_what_is_held_already_is_kept_once(vault: Vault, aoba: Scope, checked: bool) -> None:
    for path in ("a", "b", "c"):
        upload = announced(vault, aoba, len(CONTENT), path=path)
        told = {"checksum": ("sha256", hashlib.sha256(CONTENT).digest())} if checked else {}
        add(vault, aoba, upload, 0, CONTENT, **told)
        assert on_disk(vault, aoba) == len(CONTENT)
        assert vault.space(aoba) == (len(CONTENT), 0)


def test_parts_that_are_alike_are_kept_once(vault: Vault, aoba: Scope) -> None:
    upload = announced(vault, aoba, 20 * PART)
    add(vault, aoba, upload, 0, bytes(20 * PART))
    assert (on_disk(vault, aoba), vault.space(aoba)) == (PART, (20 * PART, 0))


def test_what_two_uploads_share_stays_for_the_other(vault: Vault, aoba: Scope) -> None:
    one, other = (announced(vault, aoba, len(CONTENT), path=path) for path in ("a", "b"))
    add(vault, aoba, one, 0, CONTENT[:-1])
    add(vault, aoba, other, 0, CONTENT[: 2 * PART])
    give_up(vault, aoba, one)
    assert counts(vault, aoba) == 2 * PART
    add(vault, aoba, other, 2 * PART, CONTENT[2 * PART :])
    assert (on_disk(vault, aoba), vault.space(aoba)) == (len(CONTENT), (len(CONTENT), 0))


def test_partial_uploads_count_until_they_expire_when_the_whole_was_held(
    vault: Vault, aoba: Scope, clock: HeldClock
) -> None:
    put(vault, aoba, "a", CONTENT)
    partial = [announced(vault, aoba, size, Purpose.PARTIAL) for size in (PART + 7, len(CONTENT) - PART - 7)]
    add(vault, aoba, partial[0], 0, CONTENT[: PART + 7])
    add(vault, aoba, partial[1], 0, CONTENT[PART + 7 :])
    wanted = Wanted(Purpose.FILE, None, {"path": "b", "type": None, "sha256": None}, concat="final;")
    joining.join(vault.database, vault.store, aoba, wanted, partial, largest=CAPACITY)
    assert counts(vault, aoba) > len(CONTENT)
    assert vault.space(aoba)[0] == len(CONTENT)
    clock.forward(timedelta(days=8))
    upload_tasks.expire(Work(vault))  # type: ignore[arg-type]
    assert (on_disk(vault, aoba), vault.space(aoba)) == (len(CONTENT), (len(CONTENT), 0))


def test_an_image_that_is_given_up_again_and_again_does_not_fill_the_disk(vault: Vault, aoba: Scope) -> None:
    exam = announce(vault, aoba, {"a": LARGE})
    asked: dict[str, Any] = {"purpose": Purpose.IMAGE, "exam": exam.id, "name": "a"}
    with held_by_law(vault, aoba):
        for place in range(3):
            upload = announced(vault, aoba, len(LARGE), **asked)
            add(vault, aoba, upload, 0, LARGE[:-1])
            give_up(vault, aoba, upload)
            assert on_disk(vault, aoba) == (place + 1) * (len(LARGE) - 1) < CAPACITY
        with pytest.raises(OverCapacity):
            announced(vault, aoba, len(LARGE), **asked)
    leftovers.clear(vault.database, vault.store, aoba.area)
    assert (on_disk(vault, aoba), vault.space(aoba)) == (0, (0, len(LARGE)))


def test_of_a_put_that_is_refused_after_its_bytes_came_nothing_stays(
    vault: Vault, aoba: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = single._stored

    def meanwhile(*args: Any) -> Any:
        """Somebody else puts there while the bytes are being stored."""
        found = stored(*args)
        monkeypatch.setattr(single, "_stored", stored)
        put(vault, aoba, "a", b"the other's")
        return found

    monkeypatch.setattr(single, "_stored", meanwhile)
    with pytest.raises(PreconditionFailed):
        put(vault, aoba, "a", CONTENT, Condition(absent=True))
    assert on_disk(vault, aoba) == vault.space(aoba)[0] == len(b"the other's")


@pytest.mark.parametrize("content", [CONTENT, b"small"])
def test_of_two_who_put_the_same_at_once_one_copy_stays(
    vault: Vault, aoba: Scope, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    stored = single._stored

    def meanwhile(*args: Any) -> Any:
        found = stored(*args)
        monkeypatch.setattr(single, "_stored", stored)
        put(vault, aoba, "b", content)
        return found

    monkeypatch.setattr(single, "_stored", meanwhile)
    assert put(vault, aoba, "a", content).sha256 == sha256(content)
    assert (on_disk(vault, aoba), vault.space(aoba)) == (len(content), (len(content), 0))
