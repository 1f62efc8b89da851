"""Restore drills: a sample is read back from both copies, and the signed proof says what was whole and what was not."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.care.conftest import Vault
from tests.vault.care.keeping import flip
from tests.vault.intake.exams import hold, sha256
from vault.backup import drills
from vault.backup.models import RestoreDrill
from vault.base.errors import NotFound
from vault.base.notices import Notice
from vault.base.scope import Scope
from vault.base.settings import Vault as VaultSettings
from vault.intake.signing import SigningKeys, verify
from vault.store import copying
from vault.store.garbage import Hands

IMAGES = {"a.jpg": b"first" * 5000, "b.jpg": b"second" * 50_000}
POLICY = VaultSettings()
Drilled = Callable[[Scope], RestoreDrill]


@pytest.fixture
def signing(tmp_path: Path) -> SigningKeys:
    return SigningKeys.make(tmp_path / "keys")


@pytest.fixture
def drilled(hands: Hands, signing: SigningKeys) -> Drilled:
    return lambda scope: drills.drill(hands, signing, scope, POLICY)


def test_the_proof_names_what_was_restored_and_is_signed(
    vault: Vault, hands: Hands, aoba: Scope, signing: SigningKeys, drilled: Drilled
) -> None:
    receipt = hold(vault, aoba, signing, IMAGES)
    copying.copy_all(hands)
    made = drilled(aoba)
    assert (made.images, made.failed, made.receipts) == (2, [], [receipt["sequence"]])
    with vault.database.read() as session:
        proof = json.loads(drills.proof(session, aoba, made.id))
    verify(proof, signing.public_keys)
    assert {one["sha256"] for one in proof["images"]} == {sha256(content) for content in IMAGES.values()}
    assert proof["second_copy"]
    assert proof["bytes"] == 2 * sum(map(len, IMAGES.values()))


@pytest.mark.parametrize("copy", ["first", "second"])
def test_what_cannot_be_restored_from_either_copy_is_named_and_told(
    vault: Vault, hands: Hands, aoba: Scope, signing: SigningKeys, drilled: Drilled, copy: str
) -> None:
    hold(vault, aoba, signing, IMAGES)
    copying.copy_all(hands)
    flip((vault.packs(aoba) if copy == "first" else vault.copies(aoba))[0], 2000)
    made = drilled(aoba)
    assert [one.split(":")[0] for one in made.failed] == [copy]
    assert made.failed[0].endswith("/a.jpg")
    with vault.database.read() as session:
        told = session.scalars(select(Notice.audience).where(Notice.kind == drills.FAILED)).all()
    assert set(told) == {f"facility:{aoba.area}", "role:admin"}


def test_a_drill_is_due_when_its_time_has_come_and_only_where_something_is_held(
    vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys, drilled: Drilled, clock: HeldClock
) -> None:
    month = timedelta(days=POLICY.drill_days)

    def due() -> list[str]:
        with vault.database.read() as session:
            return drills.due(session, month)

    assert due() == []
    hold(vault, aoba, signing, IMAGES)
    assert due() == [aoba.area]
    drilled(aoba)
    assert due() == []
    clock.forward(month)
    assert due() == [aoba.area]


def test_the_proof_is_nobody_elses(
    vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys, drilled: Drilled
) -> None:
    hold(vault, aoba, signing, IMAGES)
    made = drilled(aoba)
    with vault.database.read() as session:
        assert list(drills.of_area(session, midori)) == []
        with pytest.raises(NotFound):
            drills.proof(session, midori, made.id)
