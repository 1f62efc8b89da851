"""A database restored from a backup that is older than the vault: what came since is taken in or told by its name."""

from datetime import timedelta
from pathlib import Path

from tests.vault.intake.exams import announce, commit, hold, sha256
from tests.vault.store.areas import Vault
from tests.vault.system.homes import Revived, backed_up, revived
from vault.base import clock
from vault.base.scope import Scope
from vault.intake.signing import SigningKeys
from vault.store import queries
from vault.store.collecting import collect_area
from vault.store.garbage import Hands

OLD, SINCE = {"old.jpg": b"old" * 30_000}, {"since.jpg": b"since" * 30_000}


def beside_the_vault(vault: Vault, tmp_path: Path, url: str) -> tuple[Revived, Vault]:
    """The database is lost and comes back as it was backed up; the vault was not lost with it."""
    made = revived(tmp_path, url, vault_folder=vault.folder)
    return made, Vault(made.database, made.store, vault.folder)


def test_what_was_acknowledged_since_is_taken_in_and_held_again_without_a_byte_sent(
    vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys, empty_url: str, tmp_path: Path
) -> None:
    old = hold(vault, aoba, signing, OLD)
    backed_up(vault)
    hold(vault, aoba, signing, SINCE, patient_id="P-2")
    hold(vault, midori, signing, SINCE)
    made, again = beside_the_vault(vault, tmp_path, empty_url)
    names = {str(path.relative_to(vault.folder)) for scope in (aoba, midori) for path in vault.packs(scope)}
    assert set(made.found.adopted) == {name for name in names if name not in _backed_up_packs(tmp_path)}
    assert made.images(aoba, old["exam"]) == OLD
    for scope in (aoba, midori):
        with made.database.read() as session:
            assert set(queries.held(session, scope, [sha256(SINCE["since.jpg"])])) == {sha256(SINCE["since.jpg"])}
        exam = announce(again, scope, SINCE, patient_id="P-2")
        assert exam.missing == []
        receipt = commit(again, scope, SigningKeys.load(made.folder / "keys"), exam.id)
        assert made.images(scope, receipt["exam"]) == SINCE
    made.database.close()


def test_packs_of_a_facility_that_the_backup_does_not_know_are_told_and_kept(
    vault: Vault, aoba: Scope, signing: SigningKeys, empty_url: str, tmp_path: Path
) -> None:
    hold(vault, aoba, signing, OLD)
    backed_up(vault)
    stranger = vault.folder / ("0" * 26) / "packs" / "1" / f"{'1' * 26}.pack"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"of a facility that was made since")
    made, _ = beside_the_vault(vault, tmp_path, empty_url)
    assert made.found.unknown == [str(stranger.relative_to(vault.folder))]
    assert stranger.exists()
    made.database.close()


def test_what_was_taken_in_is_kept_for_a_month_for_its_device_to_claim(
    vault: Vault, aoba: Scope, signing: SigningKeys, empty_url: str, tmp_path: Path
) -> None:
    hold(vault, aoba, signing, OLD)
    backed_up(vault)
    hold(vault, aoba, signing, SINCE, patient_id="P-2")
    made, again = beside_the_vault(vault, tmp_path, empty_url)
    hands = Hands(made.store, made.database.read, made.database.transaction)
    for days in (2, 15, 29):
        with clock.frozen(clock.now() + timedelta(days=days)):
            collect_area(hands, aoba.area)
    assert announce(again, aoba, SINCE, patient_id="P-2").missing == []
    made.database.close()


def _backed_up_packs(tmp_path: Path) -> set[str]:
    place = tmp_path / "backup" / "vault"
    return {str(path.relative_to(place)) for path in place.rglob("*.pack")}
