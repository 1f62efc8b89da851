"""Bytes that come again: what was damaged has its room, and what counted nowhere so far is counted when it is kept."""

import io

import pytest
from sqlalchemy import select

from tests.vault.intake.exams import announce, commit, hold, send, sha256, tar_of
from tests.vault.store.areas import CAPACITY, Vault
from vault.base.errors import OverCapacity
from vault.base.scope import Scope
from vault.exams import queries
from vault.intake.signing import SigningKeys
from vault.intake.uploads import adding, giving_up, service
from vault.intake.uploads.adding import Chunk
from vault.intake.uploads.models import Purpose
from vault.intake.uploads.service import Wanted
from vault.store import service as blob_rows
from vault.store.models import DERIVED, BlobRow
from vault.tenancy import capacity

CONTENT = b"first" * 1000


def fill_up(vault: Vault, scope: Scope) -> None:
    """Promise all that is left of the area to something else."""
    with vault.database.transaction() as session:
        capacity.reserve(session, scope.area, "exam:other", capacity.left(session, scope.area))


def damage(vault: Vault, scope: Scope, content: bytes) -> None:
    with vault.database.transaction() as session:
        assert blob_rows.report_damage(session, scope.area, sha256(content))


def test_a_damaged_blob_comes_again_into_a_full_area_by_an_exam_that_is_new(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    hold(vault, aoba, signing, {"a": CONTENT})
    damage(vault, aoba, CONTENT)
    fill_up(vault, aoba)
    before = vault.space(aoba)
    again = announce(vault, aoba, {"a": CONTENT}, patient_id="P-2")
    assert (again.missing, vault.space(aoba)) == ([sha256(CONTENT)], before)
    assert send(vault, aoba, again.id, tar_of(CONTENT)) == []
    commit(vault, aoba, signing, again.id)
    assert vault.space(aoba) == before
    with vault.database.read() as session:
        ((_, blob),) = queries.open_images(session, aoba, vault.store, again.id)
    assert blob.read() == CONTENT


def test_what_was_damaged_after_it_was_promised_needs_no_more_than_that(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    exam = announce(vault, aoba, {"a": CONTENT, "b": b"b"})
    send(vault, aoba, exam.id, tar_of(CONTENT))
    damage(vault, aoba, CONTENT)
    fill_up(vault, aoba)
    assert announce(vault, aoba, {"a": CONTENT, "b": b"b"}).missing == [sha256(CONTENT), sha256(b"b")]
    send(vault, aoba, exam.id, tar_of(CONTENT, b"b"))
    commit(vault, aoba, signing, exam.id)
    assert vault.space(aoba)[0] == len(CONTENT) + 1


def test_new_bytes_are_refused_beside_damaged_ones(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, {"a": CONTENT})
    damage(vault, aoba, CONTENT)
    fill_up(vault, aoba)
    with pytest.raises(OverCapacity):
        announce(vault, aoba, {"a": CONTENT, "b": b"b"}, patient_id="P-2")


def test_a_part_of_an_upload_is_not_kept_for_nothing_by_naming_it_in_an_exam(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    """Else an area of any size could be filled in parts, each kept by an exam and its upload given up."""
    with vault.database.transaction() as session:
        upload = service.announce(session, vault.store, aoba, Wanted(Purpose.PARTIAL, len(CONTENT)), largest=CAPACITY)
    chunk = Chunk(0, io.BytesIO(CONTENT), len(CONTENT))
    adding.add(vault.database, vault.store, aoba, upload.id, chunk, largest=CAPACITY)
    exam = announce(vault, aoba, {"a": CONTENT})
    assert exam.missing == [sha256(CONTENT)]
    send(vault, aoba, exam.id, tar_of(CONTENT))
    commit(vault, aoba, signing, exam.id)
    giving_up.give_up(vault.database, vault.store, aoba, upload.id)
    assert vault.space(aoba) == (len(CONTENT), 0)


def test_what_was_made_from_an_image_counts_once_it_is_given(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    with vault.database.transaction() as session:
        area = vault.store.ensure_area(session, aoba.area)
    with vault.store.deposit(area) as deposit:
        deposit.add(io.BytesIO(CONTENT))
        stored = deposit.finish()
    with vault.database.transaction() as session:
        blob_rows.register(session, aoba.area, stored, kind=DERIVED)
    assert vault.space(aoba) == (0, 0)
    receipt = hold(vault, aoba, signing, {"a": CONTENT})
    assert (receipt["sequence"], vault.space(aoba)) == (1, (len(CONTENT), 0))
    with vault.database.read() as session:
        assert session.scalars(select(BlobRow.kind)).all() == ["data"]
