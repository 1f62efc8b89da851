"""
The work that meets the failure points, scenario by scenario.

To have a new `Point` walked, write a function that does real work on a `Bench` (and can be done again from its
beginning with the effect of once), and add a line to `SCENARIOS` with the points that it passes. The walker runs it in
a process of its own, once killed and once with the disk full at each of them, then opens the home anew, checks what
was acknowledged, does the work again without a fault, and checks that the end is the same as without one.
"""

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from tests.vault.intake.exams import body, sha256, tar_of
from tests.vault.store.areas import Vault
from tests.vault.system import homes
from vault.base import clock, ids, settings
from vault.base.database import Database, insert_if_absent
from vault.base.errors import Invalid
from vault.base.faults import Point
from vault.base.scope import Role, Scope
from vault.base.settings import Retention
from vault.base.settings import Vault as VaultSettings
from vault.billing import closing
from vault.billing.months import Month
from vault.contracts import service as contracts
from vault.contracts.parsing import terms_from
from vault.exams import deletion
from vault.intake import bundles, erasing, erasure, key_rotation, manifest, receipts, service
from vault.intake.models import Receipt, ReceiptHead
from vault.intake.signing import SigningKeys
from vault.intake.uploads import adding
from vault.intake.uploads import service as uploads
from vault.intake.uploads.adding import Chunk
from vault.intake.uploads.models import Purpose, Upload
from vault.intake.uploads.service import Wanted
from vault.store import copying, healing, keys, recovery, rotation, scrub
from vault.store import service as store_rows
from vault.store.adoption import adopt
from vault.store.backends.disk import DiskBackend
from vault.store.collecting import collect_area
from vault.store.garbage import Hands
from vault.store.models import GoneCopy
from vault.store.scrub import Budget
from vault.store.store import Store, open_store
from vault.system import settling, verify
from vault.system.destination import Destination
from vault.tenancy import facilities

IMAGES = {f"{place}.jpg": bytes([place]) * 300_000 for place in range(3)}
SMALL_FILE = "replaced.json"
NAMELESS = b"nobody names this" * 200_000
TERMS = {"target": "ward", "period": "annual", "start": "2025-04-01", "timing": "per-exam", "unit_price": 1000}
TOGETHER = {"P-1": IMAGES, "P-2": dict(list(IMAGES.items())[:1])}
"""Images of each patient's exam, where there are two: what both have takes room once."""


@dataclass(frozen=True)
class Bench:
    """An opened home of one facility; what `acknowledge` is told outlives the process."""

    home: Path
    database: Database
    store: Store
    signing: SigningKeys
    scope: Scope

    def acknowledge(self, **what: object) -> None:
        """Note durably what a caller would have been answered by now."""
        with (self.home / "acknowledged").open("a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def acknowledged(self, name: str) -> list[object]:
        """Every value noted under that name, oldest first."""
        path = self.home / "acknowledged"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [found[name] for found in map(json.loads, lines) if name in found]


def open_bench(url: str, home: Path, facility_id: str) -> Bench:
    """The home as a fresh process finds it."""
    database = Database(url)
    store = open_store(home / "vault", home / "keys", database)
    return Bench(home, database, store, SigningKeys.load(home / "keys"), Scope.system(facility_id))


def announce(bench: Bench, patient: str) -> str:
    """An exam of `IMAGES` for that patient, announced in one transaction; its id."""
    with bench.database.transaction() as session:
        parsed = manifest.parse(body(IMAGES, patient_id=patient))
        return service.announce(session, bench.scope, bench.store, parsed).id


def ingest(bench: Bench) -> None:
    """The whole way of one exam."""
    exam_id = announce(bench, "P-1")
    bundles.receive(bench.database, bench.store, bench.scope, exam_id, io.BytesIO(tar_of(*IMAGES.values())))
    bench.acknowledge(digests=[sha256(content) for content in IMAGES.values()])
    with bench.database.transaction() as session:
        receipt = service.commit(session, bench.scope, bench.signing, exam_id)
    bench.acknowledge(receipt=receipt)


def ingested_together(bench: Bench) -> None:
    """Two exams in one announcement and one bundle, committed with its last bytes."""
    manifests = [manifest.parse(body(images, patient_id=patient)) for patient, images in TOGETHER.items()]
    with bench.database.transaction() as session:
        exam_ids = [one.id for one in service.announce_all(session, bench.scope, bench.store, manifests)]
    tar = io.BytesIO(tar_of(*IMAGES.values()))
    given = bundles.receive_all(bench.database, bench.store, bench.scope, exam_ids, tar, signing=bench.signing)
    bench.acknowledge(digests=[sha256(content) for content in IMAGES.values()])
    for one in given.values():
        bench.acknowledge(receipt=one.receipt)
    ingest(bench)


def refused_member(bench: Bench) -> None:
    """A bundle whose last image is not what its name says and is cut off again; then the exam is sent whole."""
    exam_id = announce(bench, "P-1")
    first, *_, last = IMAGES.values()
    spoilt = tar_of(first, last[:-1] + b"!", names=[sha256(first), sha256(last)])
    try:
        bundles.receive(bench.database, bench.store, bench.scope, exam_id, io.BytesIO(spoilt))
    except Invalid:
        bench.acknowledge(digests=[sha256(first)])
    ingest(bench)


def uploaded(bench: Bench) -> None:
    """An image comes in two parts, each acknowledged as it is durable; a later process goes on where the last ended."""
    content = IMAGES["0.jpg"]
    attempts = len(bench.acknowledged("attempt"))
    bench.acknowledge(attempt=attempts)
    exam_id = announce(bench, "P-1")
    bench = replace(bench, scope=replace(bench.scope, role=Role.DEVICE))
    with clock.frozen(clock.now() + attempts * timedelta(minutes=10)):
        upload = _begun_upload(bench, {"exam": exam_id, "name": "0.jpg"}, len(content))
        while upload.completed_at is None:
            size = min(200_000, len(content) - upload.offset)
            piece = content[upload.offset : upload.offset + size]
            chunk = Chunk(upload.offset, io.BytesIO(piece), size)
            upload = adding.add(bench.database, bench.store, bench.scope, upload.id, chunk, largest=2**30)
            bench.acknowledge(offset=upload.offset)
    bench.acknowledge(digests=[sha256(content)])
    ingest(bench)


def _begun_upload(bench: Bench, details: dict[str, str], length: int) -> Upload:
    """The upload that an earlier process began, at or beyond the offset that it was told, or a new one."""
    with bench.database.transaction() as session:
        if begun := bench.acknowledged("upload"):
            upload = uploads.find(session, bench.scope, str(begun[-1]))
            assert upload.offset >= max([0, *map(int, map(str, bench.acknowledged("offset")))])
            return upload
        wanted = Wanted(Purpose.IMAGE, length, details)
        upload = uploads.announce(session, bench.store, bench.scope, wanted, largest=2**30)
    bench.acknowledge(upload=upload.id)
    return upload


def small_files(bench: Bench) -> None:
    """A small file that is replaced, and one that is removed."""
    backend = DiskBackend(bench.home / "vault")
    for content in (b"one", b"two"):
        backend.replace(SMALL_FILE, content)
        bench.acknowledge(small=content.decode())
    backend.keep("removed.json", b"x")
    backend.delete("removed.json")
    ingest(bench)


def keys_rotated(bench: Bench) -> None:
    """Provider key and receipt key make room for new ones, the old provider key goes; then an exam comes in."""
    folder = bench.home / "keys"
    ingest(bench)
    rotation.begin(bench.database, folder)
    recovery_file = bench.home / f"recovery-{ids.new()}"
    recovery.write(recovery_file, keys.load(folder), "a passphrase")
    recovery.prove(folder, recovery_file, "a passphrase", keys.load(folder))
    store = open_store(bench.home / "vault", folder, bench.database)
    rotation.rewrap_all(bench.database, store)
    rotation.retire(bench.database, store, folder)
    key_rotation.rotate(bench.database, folder)
    ingest(open_bench(bench.database.url, bench.home, bench.scope.area))


def collected(bench: Bench) -> None:
    """
    A pack that no row knows is adopted: it holds the exam's images and more that nothing names. The exam is held
    without a byte sent; what is nameless goes, the pack is compacted, and deleted when it is empty.
    """
    today = clock.now()
    days = [today + timedelta(days=day) for day in range(0, 240, 40)]
    if not bench.acknowledged("deposited"):
        with clock.frozen(today - timedelta(days=2)), bench.database.transaction() as session:
            area = bench.store.ensure_area(session, bench.scope.area)
        with clock.frozen(today - timedelta(days=2)), bench.store.deposit(area) as deposit:
            for content in (*IMAGES.values(), NAMELESS):
                deposit.add(io.BytesIO(content), size=len(content))
            deposit.finish()
        bench.acknowledge(deposited=True)
    hands = Hands(bench.store, bench.database.read, bench.database.transaction)
    adopt(hands, bench.scope.area)
    ingest(bench)
    for day in days:
        with clock.frozen(day):
            collect_area(hands, bench.scope.area)


def torn(bench: Bench) -> None:
    """A pack whose writing was cut within its first record a month ago is deleted; the exam beside it stays."""
    ingest(bench)
    long_ago = clock.now() - timedelta(days=40)
    with bench.database.read() as session:
        area = bench.store.area(session, bench.scope)
    if not bench.acknowledged("torn"):
        with clock.frozen(long_ago), bench.store.deposit(area) as deposit:
            stored = deposit.add(io.BytesIO(NAMELESS), size=len(NAMELESS))
            deposit.finish()
        path = bench.home / "vault" / area.pack_name(stored.pack)
        path.write_bytes(path.read_bytes()[:1000])
        bench.acknowledge(torn=str(path))
    hands = Hands(bench.store, bench.database.read, bench.database.transaction)
    adopt(hands, bench.scope.area)
    assert not Path(str(bench.acknowledged("torn")[-1])).exists()


def removed(bench: Bench) -> None:
    """An exam of another patient is deleted before a byte came, and removed when its grace has ended."""
    policy = Retention(exam_years=0)
    with bench.database.transaction() as session:
        parsed = manifest.parse(body({"other.jpg": NAMELESS}, patient_id="P-2"))
        exam_id = service.announce(session, bench.scope, bench.store, parsed).id
    with bench.database.transaction() as session:
        deletion.delete(session, replace(bench.scope, role=Role.STAFF), policy, exam_id)
    with clock.frozen(clock.now() + timedelta(days=60)):
        deletion.remove_expired(bench.database.transaction, policy, receipts.note_removal)
    ingest(bench)


def erased(bench: Bench) -> None:
    """Another facility's area is erased when its time has come; the exam of this one is not touched."""
    ingest(bench)
    hands = Hands(bench.store, bench.database.read, bench.database.transaction)
    if not bench.acknowledged("ordered"):
        scope = _other_area(bench)
        administrator = replace(scope, role=Role.ADMIN)
        with bench.database.transaction() as session:
            erasure.order(session, administrator, Retention(), "the contract has ended")
        bench.acknowledge(ordered=True)
    with clock.frozen(clock.now() + timedelta(days=100)):
        with bench.database.read() as session:
            waiting = erasure.due(session)
        for erasure_id in waiting:
            erasing.carry_out(hands, bench.signing, erasure_id)


def month_closed(bench: Bench) -> None:
    """A month of a contract is closed into an invoice; closing it again is closing it once."""
    with bench.database.transaction() as session:
        contracts.agree_from_file(session, bench.scope, terms_from(TERMS))
    figures = closing.close(bench.database, Scope.system(), settings.read(bench.home, {}), Month(2025, 4))
    assert (figures["invoices"], figures["subtotal"]) == (1, 10_000)
    bench.acknowledge(invoices=figures["invoices"])
    ingest(bench)


def _other_area(bench: Bench) -> Scope:
    """An area that holds something nobody names."""
    with bench.database.transaction() as session:
        other = facilities.make(session, Scope.system(), code="midori", name="midori", capacity=2**30)
        area = bench.store.ensure_area(session, other.id)
    with bench.store.deposit(area) as deposit:
        deposit.add(io.BytesIO(NAMELESS), size=len(NAMELESS))
        stored = deposit.finish()
    with bench.database.transaction() as session:
        store_rows.adopt(session, other.id, stored)
    return Scope.system(other.id)


def copied_and_healed(bench: Bench) -> None:
    """A second copy is made; then a bit of the pack is flipped, the scrub finds it and heals it from the copy."""
    ingest(bench)
    where = VaultSettings(second=f"file://{bench.home / 'second'}")
    store = open_store(bench.home / "vault", bench.home / "keys", bench.database, where)
    hands = Hands(store, bench.database.read, bench.database.transaction, copies=True)
    with bench.database.transaction() as session:
        note = {"facility_id": bench.scope.area, "name": f"{bench.scope.area}/packs/x/gone.pack"}
        insert_if_absent(session, GoneCopy, added_at=clock.now(), **note)
    copying.copy_all(hands)
    if not bench.acknowledged("flipped"):
        (pack,) = (bench.home / "vault" / bench.scope.area / "packs").rglob("*.pack")
        bench.acknowledge(flipped=True)
        content = bytearray(pack.read_bytes())
        content[5000] ^= 1
        pack.write_bytes(content)
    scrub.once(hands, Budget())
    healing.heal_open(hands)


def backed_up_and_restored(bench: Bench) -> None:
    """The installation is backed up twice, the older snapshot goes, and another folder is restored from what stays."""
    ingest(bench)
    vault = Vault(bench.database, bench.store, bench.home / "vault")
    place = bench.home / "backup"
    if place.exists() and Destination(place).ids():
        assert verify.verify(place).is_whole, "what was whole before the fault still is"
    if not bench.acknowledged("backup"):
        homes.backed_up(vault, keep=1)
        bench.acknowledge(backup=homes.backed_up(vault, keep=1).id)
    if not bench.acknowledged("restored"):
        url, snapshot = f"sqlite:///{bench.home / 'restored.sqlite'}", str(bench.acknowledged("backup")[-1])
        made = homes.revived(bench.home, url, snapshot=snapshot)
        with made.database.read() as session:
            exam_id = session.scalars(select(Receipt.exam_id)).one()
            assert session.scalars(select(ReceiptHead.sequence)).one() < 2 * settling.LEAST_GAP, "moved on once"
        assert made.images(bench.scope, exam_id) == IMAGES
        made.database.close()
        bench.acknowledge(restored=True)


@dataclass(frozen=True)
class Scenario:
    """Work, and the points that it passes."""

    work: Callable[[Bench], None]
    points: frozenset[Point]


SCENARIOS = {
    "ingest": Scenario(
        ingest,
        frozenset(
            {
                *(Point.TRANSACTION_COMMITTING, Point.TRANSACTION_COMMITTED),
                *(Point.FILE_MADE, Point.FILE_WRITING, Point.FILE_WRITTEN, Point.FILE_SYNCED, Point.FILE_NAMED),
                *(Point.ASIDE_WRITTEN, Point.ASIDE_LINKED, Point.AREA_KEY_KEPT),
                *(Point.PACK_BEGUN, Point.PACK_RECORD, Point.PACK_INDEXED, Point.PACK_SEALED),
                *(Point.EXAM_ANNOUNCED, Point.BUNDLE_DURABLE, Point.BUNDLE_COUNTED, Point.BUNDLE_REGISTERED),
                *(Point.RECEIPT_SIGNED, Point.EXAM_COMMITTED),
            }
        ),
    ),
    "ingested together": Scenario(
        ingested_together,
        frozenset(
            {
                *(Point.EXAM_ANNOUNCED, Point.BUNDLE_DURABLE, Point.BUNDLE_COUNTED, Point.BUNDLE_REGISTERED),
                *(Point.RECEIPT_SIGNED, Point.EXAM_COMMITTED),
            }
        ),
    ),
    "refused member": Scenario(refused_member, frozenset({Point.FILE_CUT})),
    "uploaded": Scenario(
        uploaded, frozenset({Point.UPLOAD_PART_DURABLE, Point.UPLOAD_PART_REGISTERED, Point.UPLOAD_LISTED})
    ),
    "small files": Scenario(small_files, frozenset({Point.ASIDE_RENAMED, Point.FILE_REMOVED})),
    "keys rotated": Scenario(
        keys_rotated,
        frozenset(
            {
                *(Point.PROVIDER_KEY_ADDED, Point.AREA_KEY_REPLACED, Point.AREA_KEY_REWRAPPED),
                *(Point.PROVIDER_KEY_RETIRED, Point.RECEIPT_KEY_ADDED, Point.RECEIPT_KEY_RETIRED),
            }
        ),
    ),
    "collected": Scenario(
        collected,
        frozenset(
            {
                *(Point.PACK_ADOPTED, Point.GARBAGE_CONDEMNED, Point.GARBAGE_SWEPT),
                *(Point.COMPACTION_COPIED, Point.COMPACTION_MOVED, Point.PACK_DELETED),
            }
        ),
    ),
    "copied and healed": Scenario(
        copied_and_healed,
        frozenset(
            {
                *(Point.COPY_INTENDED, Point.COPY_WRITTEN, Point.COPY_CONFIRMED, Point.COPY_REMOVED),
                *(Point.FILE_EXCHANGED, Point.HEALING_WRITTEN, Point.HEALING_NOTED, Point.SCRUB_NOTED),
            }
        ),
    ),
    "torn": Scenario(torn, frozenset({Point.TORN_NOTED, Point.TORN_DELETED})),
    "removed": Scenario(removed, frozenset({Point.EXAM_REMOVED})),
    "erased": Scenario(
        erased,
        frozenset(
            {
                *(Point.ERASURE_BEGUN, Point.ERASURE_KEY_GONE, Point.ERASURE_ROWS_GONE),
                *(Point.ERASURE_PACKS_GONE, Point.ERASURE_CERTIFIED),
            }
        ),
    ),
    "month closed": Scenario(
        month_closed, frozenset({Point.MONTH_BEGUN, Point.MONTH_INVOICED, Point.MONTH_BATCH_DONE})
    ),
    "backed up and restored": Scenario(
        backed_up_and_restored,
        frozenset(
            {
                *(Point.BACKUP_LEASED, Point.BACKUP_DUMPED, Point.BACKUP_COPIED, Point.BACKUP_LISTED),
                *(Point.BACKUP_WHOLE, Point.BACKUP_PRUNED),
                *(Point.RESTORE_BEGUN, Point.RESTORE_COPIED, Point.RESTORE_LOADED, Point.RESTORE_SETTLED),
            }
        ),
    ),
}
