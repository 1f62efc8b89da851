"""Killed, cut, crowded or altered: what was acknowledged is there, and nothing is held twice or served wrong."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select

from tests.vault.intake.exams import announce, commit, hold, send, sha256, tar_of
from tests.vault.store.areas import CAPACITY, Vault
from vault.base.audit import AuditRow
from vault.base.errors import Damaged, OverCapacity
from vault.base.outbox import OutboxRow
from vault.base.scope import Scope
from vault.exams import queries
from vault.intake import receipts
from vault.intake.signing import SigningKeys
from vault.store import areas, service
from vault.store.models import BlobRow

IMAGES = {f"{place}.jpg": bytes([place]) * 300_000 for place in range(4)}


def read(vault: Vault, scope: Scope, exam_id: str) -> dict[str, bytes]:
    with vault.database.read() as session:
        return {image.name: blob.read() for image, blob in queries.open_images(session, scope, vault.store, exam_id)}


def sender(vault: Vault, scope: Scope, exam_id: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.vault.intake.sender", vault.database.url, str(vault.folder.parent)]
    return subprocess.Popen([*command, scope.area, exam_id], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def wait_for_pack(vault: Vault, scope: Scope, size: int, packs: int) -> None:
    """Until the killed-to-be has written `size` bytes into one pack more than `packs`."""
    pause = threading.Event()
    for _ in range(3000):
        found = vault.packs(scope)
        if len(found) > packs and max(path.stat().st_size for path in found) >= size:
            return
        pause.wait(0.01)
    raise AssertionError("nothing arrived")


def test_killed_in_mid_bundle_everything_acknowledged_stays(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    before = hold(vault, aoba, signing, {"old.jpg": b"old" * 1000})
    exam = announce(vault, aoba, IMAGES, patient_id="P-2")
    tar = tar_of(*IMAGES.values())
    process = sender(vault, aoba, exam.id)
    assert process.stdin is not None
    process.stdin.write(tar[:700_000])
    process.stdin.flush()
    wait_for_pack(vault, aoba, 600_000, packs=1)
    kill(process)
    assert read(vault, aoba, before["exam"]) == {"old.jpg": b"old" * 1000}
    assert announce(vault, aoba, IMAGES, patient_id="P-2").missing == [sha256(one) for one in IMAGES.values()]
    send(vault, aoba, exam.id, tar)
    receipt = commit(vault, aoba, signing, exam.id)
    assert receipt["previous"] == receipts.digest_of(before)
    assert read(vault, aoba, exam.id) == IMAGES
    assert vault.space(aoba) == (3000 + 1_200_000, 0)


def test_killed_right_after_the_answer_nothing_is_missing(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    exam = announce(vault, aoba, IMAGES)
    process = sender(vault, aoba, exam.id)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(tar_of(*IMAGES.values()))
    process.stdin.close()
    assert process.stdout.readline() == b"acknowledged\n"
    process.kill()
    process.wait()
    process.stdout.close()
    commit(vault, aoba, signing, exam.id)
    assert read(vault, aoba, exam.id) == IMAGES


def test_two_that_fit_alone_but_not_together(vault: Vault, aoba: Scope) -> None:
    half = CAPACITY // 2 + 1
    start = threading.Barrier(2)

    def try_one(digest: str) -> bool:
        start.wait()
        try:
            announce(vault, aoba, {}, images=[{"name": "x", "sha256": digest * 64, "size": half}])
        except OverCapacity:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(try_one, "01")) == [False, True]
    assert vault.space(aoba) == (0, half)


def test_the_same_exam_from_many_at_once_is_one_exam(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    start = threading.Barrier(4)

    def whole_way(_: int) -> str:
        start.wait()
        return str(hold(vault, aoba, signing, IMAGES)["signature"])

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(whole_way, range(4)))) == 1
    assert vault.space(aoba) == (1_200_000, 0)


def test_receipts_of_many_at_once_make_one_chain(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    def whole_way(place: int) -> dict[str, object]:
        return hold(vault, aoba, signing, {"a": bytes([place])}, patient_id=f"P-{place}")

    with ThreadPoolExecutor(4) as pool:
        chain = sorted(pool.map(whole_way, range(12)), key=lambda one: int(str(one["sequence"])))
    assert [one["sequence"] for one in chain] == list(range(1, 13))
    previous = [None, *map(receipts.digest_of, chain[:-1])]
    assert [one["previous"] for one in chain] == previous


def test_rows_rebuilt_from_the_packs_are_the_rows(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    receipt = hold(vault, aoba, signing, IMAGES)
    hold(vault, aoba, signing, {"more": b"more"})

    def rows() -> list[tuple[object, ...]]:
        with vault.database.read() as session:
            columns = select(BlobRow.digest, BlobRow.pack, BlobRow.offset, BlobRow.length, BlobRow.size)
            return [tuple(row) for row in session.execute(columns.order_by(BlobRow.digest))]

    before = rows()
    with vault.database.transaction() as session:
        session.execute(delete(BlobRow))
    with vault.database.transaction() as session:
        area = areas.from_packs(vault.store.backend, vault.store.keys, aoba.area)
        assert len(service.rebuild(session, vault.store.backend, area)) == len(before) == 5
    assert rows() == before
    assert read(vault, aoba, receipt["exam"]) == IMAGES


@pytest.mark.parametrize("place", [0.05, 0.5, 0.9])
def test_a_flipped_byte_is_never_served_and_is_reported_once(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: float
) -> None:
    receipt = hold(vault, aoba, signing, {"a.jpg": b"a" * 600_000})
    (pack,) = vault.packs(aoba)
    raw = bytearray(pack.read_bytes())
    raw[int(len(raw) * place)] ^= 1
    pack.write_bytes(raw)
    for _ in range(2):
        with pytest.raises(Damaged) as refused:
            read(vault, aoba, receipt["exam"])
        finish_reports()
    assert refused.value.values == {"digest": sha256(b"a" * 600_000)}
    with vault.database.read() as session:
        told = session.scalars(select(OutboxRow.name).where(OutboxRow.name == "blob.damaged")).all()
        logged = session.scalars(select(AuditRow.items).where(AuditRow.what == "blob.damaged")).all()
    assert (len(told), logged) == (1, [[f"blob:{sha256(b'a' * 600_000)}"]])


def finish_reports() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("damage-"):
            thread.join()


@pytest.mark.parametrize("spoil", [lambda raw: raw[: len(raw) // 2], lambda raw: b""], ids=["cut", "empty"])
def test_a_cut_pack_is_damage_by_name_and_the_others_stay(
    vault: Vault, aoba: Scope, signing: SigningKeys, spoil: Callable[[bytes], bytes]
) -> None:
    first = hold(vault, aoba, signing, {"a.jpg": b"a" * 600_000})
    (pack,) = vault.packs(aoba)
    second = hold(vault, aoba, signing, {"b.jpg": b"b"})
    pack.write_bytes(spoil(pack.read_bytes()))
    with pytest.raises(Damaged):
        read(vault, aoba, first["exam"])
    finish_reports()
    assert read(vault, aoba, second["exam"]) == {"b.jpg": b"b"}


def test_a_damaged_image_of_a_held_exam_is_asked_for_again_and_needs_no_more_room(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    receipt = hold(vault, aoba, signing, IMAGES)
    room, spoilt = vault.space(aoba), sha256(IMAGES["2.jpg"])
    with vault.database.transaction() as session:
        service.report_damage(session, aoba.area, spoilt)
    again = announce(vault, aoba, IMAGES)
    assert (again.state, again.missing) == ("held", [spoilt])
    assert send(vault, aoba, again.id, tar_of(IMAGES["2.jpg"])) == []
    assert announce(vault, aoba, IMAGES).missing == []
    assert read(vault, aoba, again.id) == IMAGES
    assert vault.space(aoba) == room
    assert commit(vault, aoba, signing, again.id) == receipt
