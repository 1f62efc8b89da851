"""Erasing an area: ordered, waited for, called off or carried out; then nothing is readable, and a paper says so."""

import io
import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.services.clock import HeldClock
from tests.vault.intake.exams import announce, hold
from tests.vault.store.areas import Vault
from vault.base.audit import AuditRow, broken_links
from vault.base.errors import Conflict, Denied, Gone, Invalid, NotFound
from vault.base.scope import Scope
from vault.base.settings import Retention
from vault.contracts import service as contracts
from vault.contracts.parsing import terms_from
from vault.exams import drive, drive_queries, queries
from vault.intake import erasing, erasure, receipts
from vault.intake.models import Erasure
from vault.intake.signing import SigningKeys, verify
from vault.store import areas, rotation
from vault.store.collecting import collect
from vault.store.garbage import Hands
from vault.store.models import BlobRow, GoneCopy, PackRow
from vault.tenancy import holds
from vault.tenancy.holds import HoldKind

POLICY = Retention()
IMAGES = {"a.jpg": b"first" * 1000, "b.jpg": b"second" * 50_000}
People = Callable[[Scope], Scope]
AFTER = timedelta(days=90, seconds=1)


def order(vault: Vault, scope: Scope, reason: str = "the contract has ended") -> str:
    with vault.database.transaction() as session:
        return erasure.order(session, scope, POLICY, reason).id


def due(vault: Vault) -> list[str]:
    with vault.database.read() as session:
        return list(erasure.due(session))


def certificate(vault: Vault, scope: Scope) -> dict[str, object]:
    with vault.database.read() as session:
        return dict(json.loads(erasure.certificate(session, scope)))


def filled(vault: Vault, scope: Scope, signing: SigningKeys) -> dict[str, object]:
    receipt = hold(vault, scope, signing, IMAGES)
    content = b"a letter"
    drive.put(
        vault.database, vault.store, scope, "letters/one.txt", io.BytesIO(content), size=len(content), largest=100
    )
    return receipt


def test_after_the_grace_nothing_is_left_but_the_history_and_a_certificate(
    vault: Vault,
    aoba: Scope,
    midori: Scope,
    administrator: People,
    signing: SigningKeys,
    hands: Hands,
    clock: HeldClock,
) -> None:
    receipt, other = filled(vault, aoba, signing), filled(vault, midori, signing)
    with vault.database.read() as session:
        fingerprint = areas.fingerprint(vault.store.area(session, aoba))
    ordered = order(vault, administrator(aoba))
    assert due(vault) == []
    clock.forward(AFTER)
    assert due(vault) == [ordered]
    assert erasing.carry_out(hands, signing, ordered)
    assert due(vault) == []
    paper = certificate(vault, aoba)
    verify(paper, signing.public_keys)
    assert (paper["facility"], paper["blobs"], paper["packs"], paper["last_sequence"]) == ("aoba", 3, 2, 1)
    assert (paper["key_fingerprint"], paper["last_receipt"]) == (fingerprint, receipts.digest_of(receipt))
    assert vault.packs(aoba) == []
    assert not (vault.folder / areas.file_of(aoba.area)).exists()
    assert vault.space(aoba) == (0, 0)
    with vault.database.read() as session:
        assert session.scalar(select(func.count()).select_from(BlobRow).where(BlobRow.facility_id == aoba.area)) == 0
        with pytest.raises(Gone, match="area_erased"):
            vault.store.area(session, aoba)
        with pytest.raises(Gone):
            queries.exam(session, aoba, str(receipt["exam"]))
        assert drive_queries.list_files(session, aoba).items == []
        assert [one.removed_at is not None for one in receipts.chain(session, aoba).items] == [True]
        assert list(broken_links(session, aoba.area)) == []
        assert "area.erased" in session.scalars(select(AuditRow.what).where(AuditRow.chain == aoba.area)).all()
        opened = queries.open_images(session, midori, vault.store, str(other["exam"]))
        assert {image.name: blob.read() for image, blob in opened} == IMAGES
    with pytest.raises(Gone):
        announce(vault, aoba, {"c": b"c"})
    assert collect(hands).unreadable == 0


def test_it_is_called_off_until_it_begins(
    vault: Vault, aoba: Scope, administrator: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    filled(vault, aoba, signing)
    ordered = order(vault, administrator(aoba))
    with pytest.raises(Conflict, match="erasure_ordered"):
        order(vault, administrator(aoba))
    with vault.database.transaction() as session:
        erasure.call_off(session, administrator(aoba), ordered, "they stay")
    clock.forward(AFTER)
    assert (due(vault), erasing.carry_out(hands, signing, ordered)) == ([], False)
    with vault.database.transaction() as session, pytest.raises(Conflict, match="erasure_called_off"):
        erasure.call_off(session, administrator(aoba), ordered, "again")
    again = order(vault, administrator(aoba))
    clock.forward(AFTER)
    assert erasing.carry_out(hands, signing, again)
    with vault.database.transaction() as session, pytest.raises(Conflict, match="erasure_begun"):
        erasure.call_off(session, administrator(aoba), again, "too late")


@pytest.mark.parametrize("kind", HoldKind)
def test_never_under_a_hold(
    vault: Vault,
    aoba: Scope,
    administrator: People,
    signing: SigningKeys,
    hands: Hands,
    clock: HeldClock,
    kind: HoldKind,
) -> None:
    receipt = filled(vault, aoba, signing)
    subject = {HoldKind.AREA: "", HoldKind.PATIENT: "P-1", HoldKind.EXAM: str(receipt["exam"])}[kind]
    ordered = order(vault, administrator(aoba))
    with vault.database.transaction() as session:
        placed = holds.place(session, administrator(aoba), kind, "court order", subject=subject).id
    clock.forward(AFTER)
    assert not erasing.carry_out(hands, signing, ordered)
    with vault.database.read() as session:
        assert vault.store.area(session, aoba)
    with vault.database.transaction() as session:
        holds.lift(session, administrator(aoba), placed, "settled")
    assert erasing.carry_out(hands, signing, ordered)


def test_not_while_a_contract_runs_and_not_without_a_reason_or_by_others(
    vault: Vault, aoba: Scope, nurse: People, administrator: People
) -> None:
    with pytest.raises(Invalid):
        order(vault, administrator(aoba), "  ")
    with pytest.raises(Denied):
        order(vault, nurse(aoba))
    terms = {"target": "room 1", "start": date(2026, 4, 1), "timing": "per-exam", "unit_price": 0}
    with vault.database.transaction() as session:
        contracts.agree_from_file(session, Scope.system(aoba.area), terms_from(terms))
    with pytest.raises(Conflict, match="contract_runs"):
        order(vault, administrator(aoba))
    with vault.database.read() as session, pytest.raises(NotFound):
        erasure.certificate(session, aoba)


def test_no_certificate_before_the_second_copy_is_gone(
    vault: Vault, aoba: Scope, administrator: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    filled(vault, aoba, signing)
    names = {areas.file_of(aoba.area), *(str(path.relative_to(vault.folder)) for path in vault.packs(aoba))}
    ordered = order(vault, administrator(aoba))
    clock.forward(AFTER)
    beside = Hands(hands.store, hands.read, hands.transaction, copies=True)
    assert not erasing.carry_out(beside, signing, ordered)
    with vault.database.transaction() as session:
        waiting = session.scalars(select(GoneCopy)).all()
        assert {one.name for one in waiting} == names
        for one in waiting:
            session.delete(one)
    assert due(vault) == [ordered]
    assert erasing.carry_out(beside, signing, ordered)
    with vault.database.read() as session:
        assert session.scalar(select(Erasure.certificate))
        assert session.scalar(select(func.count()).select_from(PackRow)) == 0


def test_a_rotation_does_not_give_the_key_back(
    vault: Vault, aoba: Scope, administrator: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    filled(vault, aoba, signing)
    ordered = order(vault, administrator(aoba))
    clock.forward(AFTER)
    erasing.carry_out(hands, signing, ordered)
    rotation.begin(vault.database, vault.folder.parent / "keys")
    assert rotation.rewrap_all(vault.database, vault.store).rewrapped == 0
    assert not (vault.folder / areas.file_of(aoba.area)).exists()


def test_an_area_that_never_stored_anything_can_be_erased_too(
    vault: Vault, aoba: Scope, administrator: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    ordered = order(vault, administrator(aoba))
    clock.forward(AFTER)
    assert erasing.carry_out(hands, signing, ordered)
    assert (certificate(vault, aoba)["blobs"], certificate(vault, aoba)["key_fingerprint"]) == (0, None)
    with pytest.raises(Gone):
        announce(vault, aoba, {"c": b"c"})
