"""What happens around the store: keys and packs lost, the clock jumping back, several processes in one area."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

import portal.tables
from tests.faults import crowd
from tests.vault.intake.conftest import signing
from tests.vault.intake.exams import hold, sha256
from tests.vault.store.areas import Vault, aoba, facility_of, midori, vault
from vault.base import audit, clock
from vault.base.errors import Damaged, Unavailable
from vault.base.scope import Scope
from vault.exams import queries as exams
from vault.intake import receipts
from vault.intake.models import Receipt
from vault.intake.signing import SigningKeys
from vault.store import queries as blobs
from vault.store.collecting import collect_area
from vault.store.garbage import Hands
from vault.store.models import AreaKey, BlobRow

__all__ = ["aoba", "facility_of", "midori", "signing", "vault"]
assert portal.tables.METADATA.tables

ONE, TWO = {"1.jpg": b"one" * 30_000}, {"2.jpg": b"two" * 30_000}


def images(vault: Vault, scope: Scope, exam_id: str) -> dict[str, bytes]:
    with vault.database.read() as session:
        return {image.name: blob.read() for image, blob in exams.open_images(session, scope, vault.store, exam_id)}


def test_a_lost_key_file_hinders_nobody_as_the_row_holds_the_key_too(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    receipt = hold(vault, aoba, signing, ONE)
    (vault.folder / aoba.area / "area.key").unlink()
    assert images(vault, aoba, receipt["exam"]) == ONE
    assert hold(vault, aoba, signing, TWO, patient_id="P-2")


def test_a_lost_key_row_comes_back_from_the_file_beside_the_packs(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    receipt = hold(vault, aoba, signing, ONE)
    lose_key_row(vault, aoba)
    assert hold(vault, aoba, signing, TWO, patient_id="P-2")
    assert images(vault, aoba, receipt["exam"]) == ONE


def test_with_row_and_file_lost_no_other_key_hides_the_loss(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, ONE)
    kept = (vault.folder / aoba.area / "area.key").read_bytes()
    lose_key_row(vault, aoba)
    (vault.folder / aoba.area / "area.key").unlink()
    with pytest.raises(Unavailable, match="area_key_unreadable"):
        hold(vault, aoba, signing, TWO, patient_id="P-2")
    (vault.folder / aoba.area / "area.key").write_bytes(kept)
    assert hold(vault, aoba, signing, TWO, patient_id="P-2"), "with the file from a backup it goes on"


def test_a_lost_pack_is_told_blob_by_blob_and_the_others_stay(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    lost = hold(vault, aoba, signing, ONE)
    (pack,) = vault.packs(aoba)
    kept = hold(vault, aoba, signing, TWO, patient_id="P-2")
    pack.unlink()
    collect_area(Hands(vault.store, vault.database.read, vault.database.transaction), aoba.area)
    with pytest.raises(Damaged) as damaged:
        images(vault, aoba, lost["exam"])
    assert damaged.value.values["digest"] == sha256(ONE["1.jpg"])
    for thread in [one for one in threading.enumerate() if one.name.startswith("damage-")]:
        thread.join()
    with vault.database.read() as session:
        assert blobs.damaged(session, aoba, [sha256(ONE["1.jpg"])])
    assert images(vault, aoba, kept["exam"]) == TWO


def test_the_clock_jumping_back_loses_nothing_and_the_chains_hold(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    now, hands = clock.now(), Hands(vault.store, vault.database.read, vault.database.transaction)
    held = []
    for number, days in enumerate((0, -400, 3, -30, 1)):
        with clock.frozen(now + timedelta(days=days)):
            content = {"0.jpg": bytes([number]) * 50_000}
            held.append((hold(vault, aoba, signing, content, patient_id=f"P-{number}"), content))
            collect_area(hands, aoba.area)
    for days in (40, -40, 80):
        with clock.frozen(now + timedelta(days=days)):
            collect_area(hands, aoba.area)
    for receipt, content in held:
        assert images(vault, aoba, receipt["exam"]) == content
    given = [receipt for receipt, _ in held]
    assert [one["sequence"] for one in given] == [1, 2, 3, 4, 5]
    assert [one["previous"] for one in given[1:]] == [receipts.digest_of(one) for one in given[:-1]]
    with vault.database.read() as session:
        assert list(audit.broken_links(session, aoba.area)) == []


def test_processes_that_write_one_area_at_once_and_collect_in_it_lose_and_double_nothing(
    vault: Vault, aoba: Scope, signing: SigningKeys, tmp_path: Path
) -> None:
    vault.database.close()
    assert crowd.run(vault.database.url, tmp_path, aoba.area) == [0, 0, 0]
    with vault.database.read() as session:
        (key,) = session.scalars(select(AreaKey))
        given = session.scalars(select(Receipt).order_by(Receipt.sequence)).all()
        used = sum(session.scalars(select(BlobRow.size).where(BlobRow.counted_in.is_not(None))))
    # Half of what each sends the other sends as well, for the same patient: that is one exam.
    assert [one.sequence for one in given] == list(range(1, crowd.EACH + crowd.EACH // 2 + 1))
    for one in given:
        assert len(images(vault, aoba, one.exam_id)) == 1
    assert (key.facility_id, vault.space(aoba)) == (aoba.area, (used, 0))


def lose_key_row(vault: Vault, scope: Scope) -> None:
    with vault.database.transaction() as session:
        session.execute(delete(AreaKey).where(AreaKey.facility_id == scope.area))
