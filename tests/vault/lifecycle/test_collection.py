"""Rounds of collection: who reads is not disturbed, who comes back is taken in, and room is given back to the byte."""

import io
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.intake.exams import announce, commit, hold, send, sha256, tar_of
from tests.vault.store.areas import Vault
from vault.base.scope import Scope
from vault.base.settings import Retention
from vault.exams import deletion, queries
from vault.intake import manifest, receipts, service
from vault.intake.signing import SigningKeys
from vault.store import packs
from vault.store.collecting import collect
from vault.store.garbage import Collected, Hands
from vault.store.models import ADOPTED, BlobRow, GoneCopy
from vault.tenancy import facilities
from vault.tenancy.models import Space

FREE = Retention(exam_years=0)
DAY = timedelta(days=1, seconds=1)
BIG, SMALL = b"big" * 200_000, b"small" * 1000
People = Callable[[Scope], Scope]


def remove(vault: Vault, scope: Scope, exam_id: str, clock: HeldClock) -> None:
    with vault.database.transaction() as session:
        deletion.delete(session, scope, FREE, exam_id)
    clock.forward(timedelta(days=31))
    assert deletion.remove_expired(vault.database.transaction, FREE, receipts.note_removal) == 1


def rounds(hands: Hands, clock: HeldClock, count: int) -> Collected:
    found = Collected()
    for _ in range(count):
        found.add(collect(hands))
        clock.forward(DAY)
    return found


def bytes_of(vault: Vault, scope: Scope, exam_id: str) -> dict[str, bytes]:
    with vault.database.read() as session:
        return {image.name: blob.read() for image, blob in queries.open_images(session, scope, vault.store, exam_id)}


def test_a_sparse_pack_is_compacted_and_readers_of_the_old_place_are_not_disturbed(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    going = hold(vault, aoba, signing, {"big": BIG, "small": SMALL})["exam"]
    staying = hold(vault, aoba, signing, {"small": SMALL}, patient_id="P-2")["exam"]
    (old,) = vault.packs(aoba)
    remove(vault, nurse(aoba), going, clock)
    rounds(hands, clock, 1)
    with vault.database.read() as session:
        looked_up = queries.open_images(session, aoba, vault.store, staying)[0][1]
    found = collect(hands)
    assert (found.blobs, found.bytes, found.compacted) == (1, len(BIG), 1)
    assert looked_up.read() == SMALL
    assert bytes_of(vault, aoba, staying) == {"small": SMALL}
    reading = looked_up.read_range(0, len(SMALL))
    clock.forward(DAY)
    assert collect(hands).packs == 1
    assert b"".join(reading) == SMALL
    (new,) = vault.packs(aoba)
    assert new != old
    assert bytes_of(vault, aoba, staying) == {"small": SMALL}
    with vault.database.read() as session:
        assert [one.name for one in session.scalars(select(GoneCopy))] == [str(old.relative_to(vault.folder))]


def test_what_is_condemned_is_asked_for_again_and_lives_by_what_comes(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    remove(vault, nurse(aoba), hold(vault, aoba, signing, {"big": BIG})["exam"], clock)
    assert collect(hands).condemned == 1
    again = announce(vault, aoba, {"big": BIG})
    assert again.missing == [sha256(BIG)]
    assert vault.space(aoba) == (len(BIG), len(BIG))
    send(vault, aoba, again.id, tar_of(BIG))
    commit(vault, aoba, signing, again.id)
    assert vault.space(aoba) == (len(BIG), 0)
    assert rounds(hands, clock, 4).blobs == 0
    assert bytes_of(vault, aoba, again.id) == {"big": BIG}
    assert len(vault.packs(aoba)) == 1


def test_what_is_named_again_without_a_byte_is_taken_off_the_list(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    remove(vault, nurse(aoba), hold(vault, aoba, signing, {"big": BIG})["exam"], clock)
    announce(vault, aoba, {"big": BIG})
    assert collect(hands).condemned == 0
    with vault.database.transaction() as session:
        row = session.scalars(select(BlobRow)).one()
        row.condemned_at = clock.forward(timedelta(0))
    clock.forward(DAY)
    found = collect(hands)
    assert (found.revived, found.blobs) == (1, 0)


def test_room_is_given_back_to_the_target_it_was_taken_from(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    with vault.database.transaction() as session:
        target = facilities.ensure_target(session, Scope.system(aoba.area), "room 1")
        facilities.limit_target(session, target, 10**6)
        target_id = target.id
    from_target = hold_in(vault, aoba, signing, target_id)
    remove(vault, nurse(aoba), from_target, clock)
    rounds(hands, clock, 3)
    with vault.database.read() as session:
        spaces = session.scalars(select(Space).where(Space.facility_id == aoba.area)).all()
        assert {space.used for space in spaces} == {0}


def hold_in(vault: Vault, scope: Scope, signing: SigningKeys, target_id: str) -> str:
    """An exam that came from a target."""
    exam = announce(vault, scope, {}, key="of the target")
    with vault.database.transaction() as session:
        queries.exam(session, scope, exam.id).target_id = target_id
    with vault.database.transaction() as session:
        parsed = manifest.parse_images({"images": [{"name": "big", "sha256": sha256(BIG), "size": len(BIG)}]})
        service.add_images(session, scope, exam.id, parsed)
    send(vault, scope, exam.id, tar_of(BIG))
    commit(vault, scope, signing, exam.id)
    return exam.id


def test_a_pack_that_no_row_knows_is_adopted_and_kept_for_a_month(
    vault: Vault, aoba: Scope, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    exam_id = hold(vault, aoba, signing, {"small": SMALL})["exam"]
    with vault.database.read() as session:
        area = vault.store.area(session, aoba)
    with vault.store.deposit(area) as deposit:
        deposit.add(io.BytesIO(BIG), size=len(BIG))
        deposit.finish()
    assert collect(hands).adopted == 0
    clock.forward(DAY)
    assert collect(hands).adopted == 1
    assert vault.space(aoba) == (len(SMALL) + len(BIG), 0)
    assert announce(vault, aoba, {"big": BIG}, patient_id="P-2").missing == []
    with vault.database.read() as session:
        assert ADOPTED in session.scalars(select(BlobRow.kind)).all()
    assert rounds(hands, clock, 3).condemned == 0
    assert bytes_of(vault, aoba, exam_id) == {"small": SMALL}


def test_an_adopted_pack_that_nobody_claims_goes_after_the_month(
    vault: Vault, aoba: Scope, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    hold(vault, aoba, signing, {"small": SMALL})
    with vault.database.read() as session:
        area = vault.store.area(session, aoba)
    with vault.store.deposit(area) as deposit:
        deposit.add(io.BytesIO(BIG), size=len(BIG))
        deposit.finish()
    clock.forward(DAY)
    collect(hands)
    clock.forward(timedelta(days=29))
    assert collect(hands).condemned == 0
    clock.forward(2 * DAY)
    assert rounds(hands, clock, 3).blobs == 1
    assert vault.space(aoba) == (len(SMALL), 0)
    assert len(vault.packs(aoba)) == 1


def test_a_pack_in_which_nothing_is_whole_is_left_and_counted(
    vault: Vault, aoba: Scope, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    hold(vault, aoba, signing, {"small": SMALL})
    whole = set(vault.packs(aoba))
    with vault.database.read() as session:
        area = vault.store.area(session, aoba)
    with vault.store.deposit(area) as deposit:
        deposit.add(io.BytesIO(BIG), size=len(BIG))
        deposit.finish()
    (torn,) = set(vault.packs(aoba)) - whole
    torn.write_bytes(torn.read_bytes()[:1000])
    clock.forward(DAY)
    found = rounds(hands, clock, 3)
    assert (found.unreadable, found.adopted) == (3, 0)
    assert torn.exists()


def test_a_large_file_goes_with_its_parts_and_parts_that_others_need_stay(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, hands: Hands, clock: HeldClock, small_parts: None
) -> None:
    one, two = BIG + SMALL, BIG + b"another end"
    going = hold(vault, aoba, signing, {"one": one})["exam"]
    staying = hold(vault, aoba, signing, {"two": two}, patient_id="P-2")["exam"]
    remove(vault, nurse(aoba), going, clock)
    rounds(hands, clock, 6)
    assert bytes_of(vault, aoba, staying) == {"two": two}
    assert vault.space(aoba) == (len(two), 0)
    with vault.database.read() as session:
        named = session.scalars(select(BlobRow.digest)).all()
    assert sha256(one) not in named


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of one frame, so that a test need not send 32 MiB."""
    monkeypatch.setattr(packs, "PART_BYTES", 256 * 1024)


def test_two_collectors_at_once_do_it_once(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    images = {str(number): str(number).encode() * 500 for number in range(40)}
    going = hold(vault, aoba, signing, {**images, "small": SMALL})["exam"]
    staying = hold(vault, aoba, signing, {"small": SMALL}, patient_id="P-2")["exam"]
    remove(vault, nurse(aoba), going, clock)
    for _ in range(5):
        failed: list[BaseException] = []

        def work(failed: list[BaseException] = failed) -> None:
            try:
                collect(hands)
            except BaseException as problem:
                failed.append(problem)

        both = [threading.Thread(target=work) for _ in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert failed == []
        clock.forward(DAY)
    assert vault.space(aoba) == (len(SMALL), 0)
    assert bytes_of(vault, aoba, staying) == {"small": SMALL}
    assert len(vault.packs(aoba)) == 1
