"""What was deleted from the drive is forgotten when grace and retention have ended, and not a day before."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.services.clock import HeldClock
from tests.vault.exams.drives import gone, paths, put, read
from tests.vault.store.areas import Vault
from vault.base import clock as times
from vault.base import jobs
from vault.base.database import Base
from vault.base.scope import Scope
from vault.base.settings import Retention
from vault.contracts import service as contracts
from vault.contracts.parsing import terms_from
from vault.exams import drive, drive_queries, folders, forgetting, tasks
from vault.exams.models import DriveFile, DriveFolder, DriveVersion
from vault.store.collecting import collect
from vault.store.garbage import Hands
from vault.tenancy import holds
from vault.tenancy.holds import HoldKind

POLICY = Retention(grace_days=30)
DAY = timedelta(days=1)


def delete(vault: Vault, scope: Scope, *names: str) -> None:
    with vault.database.transaction() as session:
        for name in names:
            if drive_queries.is_folder(session, scope, name):
                folders.delete(session, scope, name)
            else:
                drive.delete(session, scope, name)


def forget(vault: Vault, policy: Retention = POLICY) -> tuple[int, int]:
    return forgetting.forget(vault.database.transaction, policy)


def rows(vault: Vault, model: type[Base]) -> int:
    with vault.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def until(vault: Vault, scope: Scope, policy: Retention = POLICY) -> dict[str, datetime]:
    with vault.database.read() as session:
        found = drive_queries.deleted(session, scope).items
        ends = forgetting.until(session, scope, policy, found)
        return {one.path: ends[one.id] for one in found}


def test_after_its_grace_what_was_deleted_is_forgotten(vault: Vault, aoba: Scope, clock: HeldClock) -> None:
    for path in ("a/inner/1", "b", "kept"):
        put(vault, aoba, path, path.encode())
    delete(vault, aoba, "a", "b")
    for days, left in ((29, ["a/inner/1", "b", "kept"]), (2, ["kept"])):
        clock.forward(timedelta(days=days))
        forget(vault)
        with vault.database.read() as session:
            assert sorted(session.scalars(select(DriveFile.path))) == left
        assert rows(vault, DriveVersion) == len(left)
    assert rows(vault, DriveFolder) == 0
    assert (paths(vault, aoba), gone(vault, aoba)) == (["kept"], [])


def test_the_bytes_of_what_is_forgotten_are_given_back(vault: Vault, aoba: Scope, clock: HeldClock) -> None:
    put(vault, aoba, "old", b"1" * 1000)
    put(vault, aoba, "old", b"2" * 2000)
    put(vault, aoba, "copy", b"1" * 1000)
    delete(vault, aoba, "old")
    clock.forward(31 * DAY)
    assert forget(vault) == (1, 0)
    hands = Hands(vault.store, vault.database.read, vault.database.transaction, wait=DAY, adopted_wait=DAY)
    collect(hands)
    clock.forward(2 * DAY)
    collect(hands)
    assert vault.space(aoba) == (1000, 0)
    assert read(vault, aoba, "copy") == b"1" * 1000


def test_many_are_forgotten_in_batches_and_twice_forgets_nothing_twice(
    vault: Vault, aoba: Scope, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 3)
    for number in range(8):
        put(vault, aoba, f"folder {number}/file", b"x")
        delete(vault, aoba, f"folder {number}")
    clock.forward(31 * DAY)
    assert forget(vault) == (8, 8)
    assert forget(vault) == (0, 0)


def test_a_hold_on_the_area_keeps_everything(vault: Vault, aoba: Scope, midori: Scope, clock: HeldClock) -> None:
    for scope in (aoba, midori):
        put(vault, scope, "file", b"x")
        delete(vault, scope, "file")
    with vault.database.transaction() as session:
        hold = holds.place(session, Scope.system(aoba.area), HoldKind.AREA, "court order 12").id
    clock.forward(31 * DAY)
    assert forget(vault) == (1, 0)
    assert gone(vault, aoba) == ["file"]
    with vault.database.transaction() as session:
        holds.lift(session, Scope.system(aoba.area), hold, "the case is closed")
    assert forget(vault) == (1, 0)


def test_law_keeps_a_file_for_its_years_from_the_day_it_was_put(vault: Vault, aoba: Scope, clock: HeldClock) -> None:
    law = Retention(grace_days=30, file_years=2)
    clock.set(datetime(2026, 3, 1, 3, tzinfo=UTC))
    put(vault, aoba, "a/file", b"x")
    put(vault, aoba, "loose", b"y")
    clock.forward(10 * DAY)
    delete(vault, aoba, "a", "loose")
    end = datetime(2028, 2, 29, 15, tzinfo=UTC)  # midnight in Tokyo, where the area's days are cut
    assert until(vault, aoba, law) == {"a": end, "loose": end}
    clock.set(end - timedelta(minutes=1))
    assert forget(vault, law) == (0, 0)
    assert gone(vault, aoba) == ["loose", "a"]
    clock.set(end)
    assert forget(vault, law) == (2, 1)


def test_a_contract_keeps_files_longer_than_the_law(vault: Vault, aoba: Scope, clock: HeldClock) -> None:
    clock.set(datetime(2026, 3, 1, 3, tzinfo=UTC))
    kept = {"file": 5, "still": 9}
    terms = {"target": "room 1", "start": date(2026, 4, 1), "timing": "per-exam", "unit_price": 0, "retention": kept}
    with vault.database.transaction() as session:
        contracts.agree_from_file(session, Scope.system(aoba.area), terms_from(terms))
    put(vault, aoba, "file", b"x")
    delete(vault, aoba, "file")
    assert until(vault, aoba)["file"] == datetime(2031, 2, 28, 15, tzinfo=UTC)
    clock.set(datetime(2031, 2, 28, 14, tzinfo=UTC))
    assert forget(vault) == (0, 0)
    clock.forward(timedelta(hours=1))
    assert forget(vault) == (1, 0)


def test_without_either_the_grace_alone_counts(vault: Vault, aoba: Scope, clock: HeldClock) -> None:
    put(vault, aoba, "file", b"x")
    delete(vault, aoba, "file")
    assert until(vault, aoba)["file"] == times.now() + 30 * DAY


def test_it_runs_by_itself() -> None:
    kind = jobs.kinds()[tasks.FORGET]
    assert kind.every is not None
    assert kind.every <= DAY
