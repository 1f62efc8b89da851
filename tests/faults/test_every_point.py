"""Killed, or the disk full, at every failure point: what was acknowledged is there, and the work can be done again."""

import signal
from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.faults.scenarios import IMAGES, SCENARIOS, SMALL_FILE, TOGETHER, Bench, open_bench
from tests.faults.worker import FAILED, run
from tests.vault.store.areas import Vault, facility_of, vault
from vault.base.faults import How, Point
from vault.base.scope import Scope
from vault.exams import queries as exams
from vault.intake import receipts, signing
from vault.intake.models import Receipt
from vault.intake.signing import SigningKeys
from vault.store import queries as blobs
from vault.store.models import PART, BlobRow
from vault.tenancy import capacity
from vault.tenancy.models import Reservation, Space

__all__ = ["facility_of", "vault"]

WALK = sorted((point, name) for name, scenario in SCENARIOS.items() for point in scenario.points)
DISK_FULL = "No space left on device"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough here: each walk ends a process, and the rows' own promises are tested on both."""
    return sqlite_url


@pytest.fixture
def bench(vault: Vault, facility_of: Callable[[str], Scope]) -> Bench:
    """An empty home of one facility."""
    home = vault.folder.parent
    SigningKeys.make(home / "keys")
    return open_bench(vault.database.url, home, facility_of("aoba").area)


def test_every_point_is_reached_by_a_scenario() -> None:
    unreached = set(Point) - {point for point, _ in WALK}
    assert not unreached, f"add a scenario in tests/faults/scenarios.py: {sorted(unreached)}"


@pytest.mark.parametrize("how", How)
@pytest.mark.parametrize(("point", "name"), WALK)
def test_a_fault_loses_nothing_and_the_work_can_be_done_again(bench: Bench, point: Point, name: str, how: How) -> None:
    status, words = run(name, bench, point, how)
    if how is How.KILL:
        assert status == -signal.SIGKILL, words
    else:
        assert (status, DISK_FULL in words) == (FAILED, True), f"{point} was not met: {words}"
    acknowledged_is_there(bench)
    nothing_half_counts(bench)
    assert run(name, bench) == (0, "")
    acknowledged_is_there(bench)
    ended_once(bench)


def acknowledged_is_there(bench: Bench) -> None:
    """Bytes, receipts and small files, of which a caller was told, as a fresh opening finds them."""
    fresh = open_bench(bench.database.url, bench.home, bench.scope.area)
    with fresh.database.read() as session:
        for digests in fresh.acknowledged("digests"):
            assert isinstance(digests, list)
            area = fresh.store.area(session, fresh.scope)
            for digest in digests:
                read = fresh.store.blob(area, blobs.blob(session, fresh.scope, digest)).read()
                assert read in IMAGES.values()
        for receipt in fresh.acknowledged("receipt"):
            assert isinstance(receipt, dict)
            assert receipts.of_exam(session, fresh.scope, receipt["exam"]) == receipt
            signing.verify(receipt, fresh.signing.public_keys)
    small = fresh.acknowledged("small")
    if small:
        kept = (fresh.home / "vault" / SMALL_FILE).read_text(encoding="utf-8")
        assert kept in (str(small[-1]), "two")
    fresh.database.close()


def nothing_half_counts(bench: Bench) -> None:
    """Used and promised room are what rows say, whatever lies on the disk besides; a part counts in its whole."""
    with bench.database.read() as session:
        held = session.scalars(
            select(BlobRow.size).where(BlobRow.facility_id == bench.scope.area, BlobRow.kind != PART)
        )
        space = session.get_one(Space, (bench.scope.area, capacity.AREA))
        promised = session.scalars(select(Reservation.size).where(Reservation.facility_id == bench.scope.area))
        assert (space.used, space.reserved) == (sum(held), sum(promised))


def ended_once(bench: Bench) -> None:
    """Each patient's exam once, receipts that are a chain from its beginning, every byte, and room used once."""
    bench = open_bench(bench.database.url, bench.home, bench.scope.area)
    with bench.database.read() as session:
        mine = select(Receipt).where(Receipt.facility_id == bench.scope.area).order_by(Receipt.sequence)
        given = session.scalars(mine).all()
        assert [receipt.sequence for receipt in given] == list(range(1, len(given) + 1))
        patients = {exams.exam(session, bench.scope, receipt.exam_id).patient_id: receipt.exam_id for receipt in given}
        assert list(patients) == (list(TOGETHER)[: len(given)])
        for patient, exam_id in patients.items():
            opened = exams.open_images(session, bench.scope, bench.store, exam_id)
            assert {image.name: blob.read() for image, blob in opened} == TOGETHER[patient]
        space = session.get_one(Space, (bench.scope.area, capacity.AREA))
        assert (space.used, space.reserved) == (sum(map(len, IMAGES.values())), 0)
