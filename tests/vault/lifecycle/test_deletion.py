"""Deleting an exam: out of sight at once, back within the grace, gone after it; what law or a hold keeps stays."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.services.clock import HeldClock
from tests.vault.intake.exams import announce, commit, hold, send, sha256, tar_of
from tests.vault.store.areas import Vault
from vault.base.errors import Conflict, Denied, Gone, NotFound
from vault.base.scope import Scope
from vault.base.settings import Retention
from vault.contracts import service as contracts
from vault.contracts.parsing import terms_from
from vault.exams import deletion, queries
from vault.exams.models import ExamImage
from vault.intake import receipts
from vault.intake.signing import SigningKeys
from vault.store.collecting import collect
from vault.store.garbage import Hands
from vault.tenancy import holds
from vault.tenancy.holds import HoldKind

FREE = Retention(exam_years=0)
LAW = Retention()
DAY = timedelta(days=1)
IMAGES = {"a.jpg": b"first" * 100, "b.jpg": b"second" * 50_000}
People = Callable[[Scope], Scope]


def delete(vault: Vault, scope: Scope, exam_id: str, policy: Retention = FREE) -> None:
    with vault.database.transaction() as session:
        deletion.delete(session, scope, policy, exam_id)


def expire(vault: Vault, policy: Retention = FREE) -> int:
    return deletion.remove_expired(vault.database.transaction, policy, receipts.note_removal)


def place(vault: Vault, scope: Scope, kind: HoldKind, subject: str = "") -> str:
    with vault.database.transaction() as session:
        return holds.place(session, scope, kind, "court order 12", subject=subject).id


def test_a_deleted_exam_is_out_of_sight_and_comes_back(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, clock: HeldClock
) -> None:
    exam_id = hold(vault, aoba, signing, IMAGES)["exam"]
    delete(vault, nurse(aoba), exam_id)
    with vault.database.read() as session:
        assert queries.list_exams(session, aoba).items == []
        assert [one.id for one in deletion.list_deleted(session, aoba)] == [exam_id]
        for ask in (queries.exam, queries.exam_page):
            with pytest.raises(Gone, match="exam_deleted"):
                ask(session, aoba, exam_id)
        with pytest.raises(Gone):
            queries.image(session, aoba, exam_id, "a.jpg")
    clock.forward(29 * DAY)
    assert expire(vault) == 0
    with vault.database.transaction() as session:
        deletion.undelete(session, nurse(aoba), exam_id)
    with vault.database.read() as session:
        read = {image.name: blob.read() for image, blob in queries.open_images(session, aoba, vault.store, exam_id)}
        assert queries.exam(session, aoba, exam_id).state == "held"
    assert read == IMAGES


def test_after_the_grace_its_bytes_go_and_the_receipt_stays(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, hands: Hands, clock: HeldClock
) -> None:
    receipt = hold(vault, aoba, signing, IMAGES)
    kept = hold(vault, aoba, signing, {"a.jpg": IMAGES["a.jpg"]}, patient_id="P-2")
    delete(vault, nurse(aoba), receipt["exam"])
    clock.forward(31 * DAY)
    assert expire(vault) == 1
    assert collect(hands).condemned == 1
    clock.forward(DAY + timedelta(seconds=1))
    assert collect(hands).blobs == 1
    assert vault.space(aoba) == (len(IMAGES["a.jpg"]), 0)
    with vault.database.read() as session, pytest.raises(Gone, match="exam_removed"):
        queries.exam(session, aoba, receipt["exam"])
    with vault.database.transaction() as session, pytest.raises(Gone, match="exam_removed"):
        deletion.undelete(session, nurse(aoba), receipt["exam"])
    with vault.database.read() as session:
        chain = receipts.chain(session, aoba).items
        assert [(one.document, one.removed_at is not None) for one in chain] == [(receipt, True), (kept, False)]
        assert queries.open_images(session, aoba, vault.store, kept["exam"])[0][1].read() == IMAGES["a.jpg"]
    again = announce(vault, aoba, IMAGES)
    assert again.made
    assert again.missing == [sha256(IMAGES["b.jpg"])]


def test_the_law_keeps_an_exam_for_five_years(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, clock: HeldClock
) -> None:
    exam_id = hold(vault, aoba, signing, IMAGES)["exam"]
    with pytest.raises(Conflict) as refused:
        delete(vault, nurse(aoba), exam_id, LAW)
    assert (refused.value.reason, refused.value.values["until"]) == ("retained", "2031-04-01")
    clock.set(datetime(2031, 3, 31, 14, 59, tzinfo=UTC))
    with pytest.raises(Conflict):
        delete(vault, nurse(aoba), exam_id, LAW)
    clock.set(datetime(2031, 3, 31, 15, 1, tzinfo=UTC))
    delete(vault, nurse(aoba), exam_id, LAW)


@pytest.mark.parametrize(("agreed", "until"), [({"still": 7}, "2033-04-01"), ({"file": 7}, None), ({}, None)])
def test_the_contract_keeps_kinds_of_data_longer(
    vault: Vault, aoba: Scope, nurse: People, signing: SigningKeys, agreed: dict[str, Any], until: str | None
) -> None:
    terms = {"target": "room 1", "start": date(2026, 4, 1), "timing": "per-exam", "unit_price": 0, "retention": agreed}
    with vault.database.transaction() as session:
        contracts.agree_from_file(session, Scope.system(aoba.area), terms_from(terms))
    exam_id = hold(vault, aoba, signing, IMAGES)["exam"]
    if until is None:
        delete(vault, nurse(aoba), exam_id)
        return
    with pytest.raises(Conflict) as refused:
        delete(vault, nurse(aoba), exam_id)
    assert refused.value.values["until"] == until


def test_what_never_was_complete_can_go(vault: Vault, aoba: Scope, nurse: People) -> None:
    exam = announce(vault, aoba, IMAGES)
    send(vault, aoba, exam.id, tar_of(IMAGES["a.jpg"]))
    delete(vault, nurse(aoba), exam.id, LAW)
    assert vault.space(aoba) == (len(IMAGES["a.jpg"]), 0)
    with pytest.raises(Gone):
        announce(vault, aoba, IMAGES)
    with pytest.raises(Gone):
        send(vault, aoba, exam.id, tar_of(*IMAGES.values()))
    with vault.database.transaction() as session:
        deletion.undelete(session, nurse(aoba), exam.id)
    assert announce(vault, aoba, IMAGES).missing == [sha256(IMAGES["b.jpg"])]
    assert vault.space(aoba) == (len(IMAGES["a.jpg"]), len(IMAGES["b.jpg"]))


@pytest.mark.parametrize("kind", HoldKind)
def test_a_hold_keeps_and_so_does_one_placed_within_the_grace(
    vault: Vault,
    aoba: Scope,
    nurse: People,
    administrator: People,
    signing: SigningKeys,
    hands: Hands,
    clock: HeldClock,
    kind: HoldKind,
) -> None:
    exam_id = hold(vault, aoba, signing, IMAGES)["exam"]
    subject = {HoldKind.AREA: "", HoldKind.PATIENT: "P-1", HoldKind.EXAM: exam_id}[kind]
    before = place(vault, administrator(aoba), kind, subject)
    with pytest.raises(Conflict, match="held"):
        delete(vault, nurse(aoba), exam_id)
    with vault.database.transaction() as session:
        holds.lift(session, administrator(aoba), before, "settled")
    delete(vault, nurse(aoba), exam_id)
    during = place(vault, administrator(aoba), kind, subject)
    clock.forward(100 * DAY)
    assert expire(vault) == 0
    assert (collect(hands).condemned, collect(hands).blobs) == (0, 0)
    with vault.database.transaction() as session:
        holds.lift(session, administrator(aoba), during, "settled")
    assert expire(vault) == 1


def test_an_area_under_a_hold_is_not_collected(
    vault: Vault,
    aoba: Scope,
    nurse: People,
    administrator: People,
    signing: SigningKeys,
    hands: Hands,
    clock: HeldClock,
) -> None:
    delete(vault, nurse(aoba), hold(vault, aoba, signing, IMAGES)["exam"])
    clock.forward(31 * DAY)
    expire(vault)
    assert collect(hands).condemned == 2
    hold_id = place(vault, administrator(aoba), HoldKind.AREA)
    clock.forward(10 * DAY)
    assert collect(hands).blobs == 0
    with vault.database.transaction() as session:
        holds.lift(session, administrator(aoba), hold_id, "settled")
    assert collect(hands).blobs == 2


def test_who_may_and_who_may_not(vault: Vault, aoba: Scope, midori: Scope, nurse: People, signing: SigningKeys) -> None:
    exam_id = hold(vault, aoba, signing, IMAGES)["exam"]
    with pytest.raises(Denied):
        delete(vault, aoba, exam_id)
    with pytest.raises(NotFound):
        delete(vault, nurse(midori), exam_id)
    with vault.database.transaction() as session, pytest.raises(Denied):
        holds.place(session, nurse(aoba), HoldKind.AREA, "because")
    delete(vault, nurse(aoba), exam_id)
    with vault.database.read() as session, pytest.raises(NotFound):
        queries.exam(session, midori, exam_id)
    with pytest.raises(Gone):
        commit(vault, aoba, signing, exam_id)
    with vault.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ExamImage)) == len(IMAGES)
