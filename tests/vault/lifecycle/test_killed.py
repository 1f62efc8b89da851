"""Killed while things are let go: what stays is there, and going on ends as if nothing had been."""

import json
import signal
from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.faults.scenarios import Bench, open_bench
from tests.vault.lifecycle.letting_go import KEPT, POINTS, prepare, run
from tests.vault.store.areas import Vault
from vault.base.errors import Gone
from vault.base.faults import Point
from vault.base.scope import Scope
from vault.exams import queries as exams
from vault.intake import erasure, receipts
from vault.intake.signing import SigningKeys, verify
from vault.store import scan
from vault.store.models import BlobRow, PackRow
from vault.tenancy import capacity
from vault.tenancy.models import Space

WALK = [(point, name, 1) for name, points in POINTS.items() for point in points]
COMMITS = [
    *((Point.TRANSACTION_COMMITTED, "garbage", time) for time in (1, 4, 9, 14, 20, 27)),
    *((Point.TRANSACTION_COMMITTED, "erase", time) for time in (1, 3, 6, 9)),
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough here, as in test_every_point."""
    return sqlite_url


@pytest.fixture
def bench(vault: Vault, facility_of: Callable[[str], Scope]) -> Bench:
    """A home of one facility that holds two exams."""
    home = vault.folder.parent
    SigningKeys.make(home / "keys")
    made = open_bench(vault.database.url, home, facility_of("aoba").area)
    prepare(made)
    return made


@pytest.mark.parametrize(("point", "name", "time"), [*WALK, *COMMITS])
def test_killed_while_letting_go_nothing_that_stays_is_lost(bench: Bench, point: Point, name: str, time: int) -> None:
    assert run(name, bench, point, time) == -signal.SIGKILL, f"{point} was not met"
    if name != "erase":
        kept_is_there(bench)
    assert run(name, bench) == 0
    ENDS[name](bench)


def kept_is_there(bench: Bench) -> None:
    """The exam that nobody deleted is whole for a process that starts now, and each receipt verifies."""
    fresh = open_bench(bench.database.url, bench.home, bench.scope.area)
    with fresh.database.read() as session:
        exam_id = str(fresh.acknowledged("P-2")[0])
        opened = exams.open_images(session, fresh.scope, fresh.store, exam_id)
        assert {image.name: blob.read() for image, blob in opened} == KEPT
        known = {one["key_id"]: one["public_key"] for one in receipts.receipt_keys(session, fresh.signing)}
        for link in receipts.chain(session, fresh.scope).items:
            verify(link.document, known)
    fresh.database.close()


def ended_garbage(bench: Bench) -> None:
    """What is left is what the exam that stays needs: rows, room and packs."""
    kept_is_there(bench)
    with bench.database.read() as session:
        rows = session.scalars(select(BlobRow)).all()
        assert sorted(row.size for row in rows) == sorted(map(len, KEPT.values()))
        assert all(row.condemned_at is None for row in rows)
        space = session.get_one(Space, (bench.scope.area, capacity.AREA))
        assert (space.used, space.reserved) == (sum(map(len, KEPT.values())), 0)
        packs = set(scan.packs(bench.store.backend, bench.scope.area))
        assert packs == {row.pack for row in rows} == set(session.scalars(select(PackRow.pack)))


def ended_erase(bench: Bench) -> None:
    """Nothing of the area is left but its receipts, and one certificate verifies."""
    with bench.database.read() as session:
        paper = json.loads(erasure.certificate(session, bench.scope))
        verify(paper, bench.signing.public_keys)
        assert (paper["blobs"], paper["last_sequence"]) == (4, 2)
        with pytest.raises(Gone):
            bench.store.area(session, bench.scope)
        assert len(receipts.chain(session, bench.scope).items) == 2
    assert list((bench.home / "vault" / bench.scope.area).rglob("*.*")) == []


ENDS: dict[str, Callable[[Bench], None]] = {
    "garbage": ended_garbage,
    "erase": ended_erase,
}
