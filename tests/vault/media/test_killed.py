"""A worker that is killed anywhere while discs are written: the next one goes on, and no half disc is left."""

import multiprocessing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import portal.tables
from tests.vault.media.copying import Bench, files, noise
from tests.vault.media.test_keeping import small
from vault.base import clock
from vault.base.database import Database
from vault.base.faults import How, Point, armed
from vault.base.scope import Scope
from vault.intake.signing import SigningKeys
from vault.media import making
from vault.media.making import Workplace
from vault.store.store import open_store

assert portal.tables.METADATA.tables
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.vault.media.test_killed"])
POINTS = [
    (point, time)
    for point in (
        Point.TRANSACTION_COMMITTING,
        Point.TRANSACTION_COMMITTED,
        Point.FILE_WRITING,
        Point.FILE_WRITTEN,
        Point.FILE_SYNCED,
        Point.FILE_NAMED,
    )
    for time in (1, 2, 3)
]


@pytest.mark.parametrize(("point", "time"), POINTS)
def test_whatever_was_written_when_it_was_killed(bench: Bench, point: Point, time: int) -> None:
    bench.agree()
    images = [noise(900_000, number) for number in range(6)]
    for number in range(3):
        bench.hold(f"P-{number}", *images[2 * number : 2 * number + 2])
    set_id = small(bench)
    where = (bench.vault.database.url, str(bench.media.parent), bench.device.area, set_id, clock.now().isoformat())
    bench.vault.database.close()
    process = _PROCESSES.Process(target=_make, args=(*where, point, time))
    process.start()
    process.join(60)
    assert process.exitcode in (-9, 0)
    assert bench.make(set_id)
    copy = bench.look(set_id)
    assert [image.name for image in bench.images(copy)] == [f"disc-{n:03d}.iso" for n in range(1, copy.row.discs + 1)]
    found = [content for image in bench.images(copy) for path, content in files(image).items() if path.endswith("jpg")]
    assert sorted(found) == sorted(images)


def _make(url: str, folder: str, area: str, set_id: str, now: str, point: Point, time: int) -> None:
    place = Path(folder)
    database = Database(url)
    work = Workplace(
        open_store(place / "vault", place / "keys", database),
        SigningKeys.load(place / "keys"),
        database.read,
        database.transaction,
        place / "media",
        timedelta(days=90),
        lambda done, total: None,
    )
    with clock.frozen(datetime.fromisoformat(now)), armed(point, How.KILL, time=time):
        making.make(work, Scope.system(area), set_id)
