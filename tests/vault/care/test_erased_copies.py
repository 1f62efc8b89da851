"""Erasing an area reaches its second copy before the certificate is signed."""

from datetime import timedelta
from pathlib import Path

from tests.services.clock import HeldClock
from tests.vault.care.conftest import Vault
from tests.vault.intake.exams import hold
from vault.base.scope import Role, Scope
from vault.base.settings import Retention
from vault.intake import erasing, erasure
from vault.intake.signing import SigningKeys
from vault.store import areas, copying
from vault.store.garbage import Hands


def test_the_certificate_waits_until_no_copy_is_left(
    vault: Vault, hands: Hands, aoba: Scope, tmp_path: Path, clock: HeldClock
) -> None:
    signing = SigningKeys.make(tmp_path / "keys")
    hold(vault, aoba, signing, {"a.jpg": b"first" * 5000})
    copying.copy_all(hands)
    assert vault.copies(aoba)
    administrator = Scope("a", "admin", "Admin", Role.ADMIN, facility_id=aoba.area, person_id="a")
    with vault.database.transaction() as session:
        ordered = erasure.order(session, administrator, Retention(), "the contract has ended").id
    clock.forward(timedelta(days=90, seconds=1))
    assert not erasing.carry_out(hands, signing, ordered)
    assert vault.packs(aoba) == []
    copying.copy_all(hands)
    assert vault.copies(aoba) == []
    assert not (vault.second / areas.file_of(aoba.area)).exists()
    assert erasing.carry_out(hands, signing, ordered)
