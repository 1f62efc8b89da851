"""A backup: packs once, nothing deleted meanwhile, every loss by its name, and bad places refused."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.vault.intake.exams import hold, sha256
from tests.vault.store.areas import Vault
from tests.vault.system.homes import backed_up, home_of, revived
from vault.base import clock
from vault.base.errors import AppError, Conflict, Damaged, Invalid
from vault.base.scope import Scope
from vault.intake.signing import SigningKeys
from vault.store import keys, leases, rotation
from vault.store.collecting import collect_area
from vault.store.garbage import Collected, Hands
from vault.store.keys import KeyRing
from vault.store.models import BlobRow, Find
from vault.system import backup, destination, keysfile, restore, verify
from vault.system.destination import Destination

ONE, TWO = {"1.jpg": b"one" * 30_000}, {"2.jpg": b"two" * 30_000}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is tested here are files; rows are restored on both engines in test_there_and_back.py."""
    return sqlite_url


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_pack_is_copied_once(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, ONE)
    assert backed_up(vault).copied == 1
    hold(vault, aoba, signing, TWO, patient_id="P-2")
    again = backed_up(vault)
    assert (again.packs, again.copied) == (2, 1)


def test_old_snapshots_go_and_with_them_the_packs_that_none_names(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path
) -> None:
    hold(vault, aoba, signing, ONE)
    first = backed_up(vault)
    stray = place / "vault" / aoba.area / "packs" / "x" / "stray.pack"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"of a snapshot that went")
    assert backed_up(vault, keep=1).removed == 1
    assert first.id not in Destination(place).ids()
    assert verify.verify(place).is_whole


def test_neither_the_data_nor_the_names_can_be_read_without_the_keys(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path
) -> None:
    hold(vault, aoba, signing, {"1.jpg": b"seldom words" * 1000}, patient_id="P-unmistakable")
    backed_up(vault)
    content = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    for secret in (b"P-unmistakable", b"seldom words", b"sqlite:///secret", b"CREATE TABLE"):
        assert secret not in content
    assert not list(place.rglob("provider-*"))


def test_a_pack_that_was_healed_is_copied_again_and_older_snapshots_keep_theirs(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path, tmp_path: Path
) -> None:
    receipt = hold(vault, aoba, signing, ONE)
    (pack,) = vault.packs(aoba)
    sound = pack.read_bytes()
    flip(pack)
    backed_up(vault)
    pack.write_bytes(sound)
    with vault.database.transaction() as session:
        find = {"part": "record", "found_at": clock.now(), "healed_at": clock.now(), "how": "copy"}
        session.add(Find(facility_id=aoba.area, pack=pack.stem, **find))
    assert backed_up(vault).copied == 1
    assert backed_up(vault).copied == 0
    assert verify.verify(place, vault.store.keys).is_whole
    made = revived(tmp_path, f"sqlite:///{tmp_path / 'again.sqlite'}")
    assert made.images(aoba, receipt["exam"]) == ONE
    made.database.close()


@pytest.mark.parametrize("part", ["vault/**/*.pack", "snapshots/*/packs/**/*.pack", "snapshots/*/areas/*.key"])
def test_each_damaged_or_missing_file_is_named(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path, part: str
) -> None:
    hold(vault, aoba, signing, ONE)
    backed_up(vault)
    assert verify.verify(place, vault.store.keys).is_whole
    path = min(place.glob(part))
    name = str(path.relative_to(place))
    flip(path)
    assert verify.verify(place).damaged == [name]
    path.unlink()
    assert verify.verify(place).missing == [name]


@pytest.mark.parametrize("name", ["manifest.json", "files.jsonl"])
def test_a_damaged_manifest_or_list_is_named(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path, name: str
) -> None:
    hold(vault, aoba, signing, ONE)
    made = backed_up(vault)
    path = place / "snapshots" / made.id / name
    path.write_text(path.read_text(encoding="utf-8").replace("{", "[", 1), encoding="utf-8")
    assert verify.verify(place).damaged == [f"snapshots/{made.id}/{name}"]


def test_a_manifest_that_somebody_changed_is_found_with_the_keys(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path
) -> None:
    hold(vault, aoba, signing, ONE)
    made = backed_up(vault)
    path = place / "snapshots" / made.id / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"made_at": "2020-01-01T00:00:00+00:00"}))
    assert verify.verify(place, vault.store.keys).damaged == [f"snapshots/{made.id}/manifest.json"]
    with pytest.raises(Damaged, match="manifest_altered"):
        restore.chosen(Destination(place), keys.load(place.parent / "keys"), None)


def test_what_is_missing_in_the_vault_is_named_and_the_rest_comes_back(
    vault: Vault, aoba: Scope, signing: SigningKeys, tmp_path: Path
) -> None:
    hold(vault, aoba, signing, ONE)
    (lost,) = vault.packs(aoba)
    kept = hold(vault, aoba, signing, TWO, patient_id="P-2")
    lost.unlink()
    name = str(lost.relative_to(vault.folder))
    assert backed_up(vault).lost == [name]
    made = revived(tmp_path, f"sqlite:///{tmp_path / 'again.sqlite'}")
    assert (made.found.lost, made.found.is_whole) == ([name], False)
    assert made.images(aoba, kept["exam"]) == TWO
    made.database.close()


def test_nothing_is_deleted_while_a_backup_runs(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, ONE)
    hands = Hands(vault.store, vault.database.read, vault.database.transaction)
    steps: list[str] = []

    def step(_: Hands, facility_id: str) -> Collected:
        steps.append(facility_id)
        return Collected()

    with leases.taken(vault.database), pytest.MonkeyPatch.context() as patch:
        patch.setattr("vault.store.collecting.STEPS", [step])
        collect_area(hands, aoba.area)
        with vault.database.transaction() as session, pytest.raises(Conflict, match="backup_runs"):
            leases.require_none(session)
    assert steps == []
    with vault.database.transaction() as session:
        leases.require_none(session)


def test_the_lease_of_a_backup_that_was_killed_runs_out(vault: Vault, aoba: Scope) -> None:
    now = clock.now()
    with clock.frozen(now), leases.taken(vault.database) as lease, clock.frozen(now + 2 * leases.LEASE):
        with vault.database.transaction() as session:
            assert leases.until(session) is None
        with pytest.raises(Conflict, match="lease_lost"):
            lease.renew()


def test_two_backups_at_once_are_refused(vault: Vault, aoba: Scope, signing: SigningKeys, tmp_path: Path) -> None:
    home = home_of(vault)
    with destination.alone(home.folder / backup.LOCK, "backup_runs"), pytest.raises(Conflict, match="backup_runs"):
        backup.make(home, tmp_path / "backup", None, 1)
    with destination.opened(tmp_path / "backup"), pytest.raises(Conflict, match="destination_busy"):
        backup.make(home, tmp_path / "backup", None, 1)


def test_a_lease_that_another_took_over_is_lost(vault: Vault, aoba: Scope) -> None:
    killed, later = leases.taken(vault.database), leases.taken(vault.database)
    with killed as lease, later, pytest.raises(Conflict, match="lease_lost"):
        lease.renew()


def test_an_old_provider_key_is_not_retired_meanwhile(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    folder = vault.folder.parent / "keys"
    hold(vault, aoba, signing, ONE)
    rotation.begin(vault.database, folder)
    rotation.rewrap_all(vault.database, vault.store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vault.store.recovery.is_proved", lambda *_: True)
        with leases.taken(vault.database), pytest.raises(Conflict, match="backup_runs"):
            rotation.retire(vault.database, vault.store, folder)


def test_snapshots_from_before_a_rotation_are_still_opened_by_the_keys_file(
    vault: Vault, aoba: Scope, signing: SigningKeys, tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    receipt = hold(vault, aoba, signing, ONE)
    before, old = backed_up(vault), keys.load(folder).current
    rotation.begin(vault.database, folder)
    rotation.rewrap_all(vault.database, vault.store)
    keys.retire(folder, old)
    backed_up(vault)
    made = revived(tmp_path, f"sqlite:///{tmp_path / 'again.sqlite'}", snapshot=before.id)
    assert made.images(aoba, receipt["exam"]) == ONE
    made.database.close()


def test_bad_places_are_refused_by_name(vault: Vault, aoba: Scope, signing: SigningKeys, tmp_path: Path) -> None:
    home = home_of(vault)
    (tmp_path / "file").write_text("x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").write_text("x")
    for to, keys_to, reason in (
        (home.folder, None, "destination_in_home"),
        (home.folder / "backup", None, "destination_in_home"),
        (tmp_path, None, "destination_in_home"),
        (tmp_path / "b", tmp_path / "b" / "keys", "keys_beside_data"),
        (tmp_path / "b", home.folder / "keys.json", "keys_beside_data"),
        (tmp_path / "file", None, "not_a_folder"),
        (tmp_path / "other", None, "destination_not_ours"),
        (tmp_path / "b", tmp_path / "file", "exists"),
    ):
        with pytest.raises(AppError) as refused:
            backup.make(home, to, keys_to, 1)
        assert refused.value.reason == reason
    assert (tmp_path / "file").read_text() == "x"


def test_a_disk_that_is_not_mounted_is_not_taken_for_an_empty_one(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path
) -> None:
    backed_up(vault)
    place.rename(place.with_name("unmounted"))
    place.mkdir()
    with pytest.raises(Conflict, match="destination_emptied"):
        backed_up(vault)
    assert list(place.iterdir()) == []
    assert backup.make(home_of(vault), place, None, 1, anew=True)


def test_another_installations_place_is_refused(vault: Vault, aoba: Scope, signing: SigningKeys, place: Path) -> None:
    made = backed_up(vault)
    path = place / "snapshots" / made.id / "manifest.json"
    path.write_text(path.read_text().replace(signing.current, "0" * 26))
    with pytest.raises(Invalid, match="another_installation"):
        backed_up(vault)


def test_wrong_keys_and_newer_formats_are_named(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path, tmp_path: Path
) -> None:
    made = backed_up(vault)
    with pytest.raises(Invalid, match="wrong_keys"):
        restore.chosen(Destination(place), KeyRing({"0" * 26: bytes(32)}), None)
    with pytest.raises(Invalid, match="no_snapshot"):
        restore.chosen(Destination(place), keys.load(tmp_path / "keys"), "../..")
    path = place / "snapshots" / made.id / "manifest.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(Invalid, match="backup_newer"):
        restore.chosen(Destination(place), keys.load(tmp_path / "keys"), None)
    keys_file = tmp_path / "keys.json"
    keys_file.write_text(keys_file.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(Invalid, match="backup_newer"):
        keysfile.load(keys_file)
    with pytest.raises(Invalid, match="not_a_keys_file"):
        keysfile.load(path)


def test_a_home_or_a_database_that_is_there_is_never_restored_over(
    vault: Vault, aoba: Scope, signing: SigningKeys, tmp_path: Path
) -> None:
    hold(vault, aoba, signing, ONE)
    backed_up(vault)
    with pytest.raises(Conflict, match="database_not_empty"):
        revived(tmp_path, vault.database.url)
    (tmp_path / "restored" / "restoring.json").unlink()
    with pytest.raises(Conflict, match="home_exists"):
        revived(tmp_path, f"sqlite:///{tmp_path / 'again.sqlite'}")


def test_a_damaged_database_in_the_backup_is_never_loaded(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path, tmp_path: Path
) -> None:
    hold(vault, aoba, signing, ONE)
    made = backed_up(vault)
    for path in (place / "snapshots" / made.id / "packs").rglob("*.pack"):
        flip(path)
    with pytest.raises(Damaged):
        revived(tmp_path, f"sqlite:///{tmp_path / 'again.sqlite'}")
    assert not (tmp_path / "again.sqlite").exists()


def test_a_damaged_pack_gives_back_what_is_whole_and_calls_its_blobs_damaged(
    vault: Vault, aoba: Scope, signing: SigningKeys, place: Path, tmp_path: Path
) -> None:
    hold(vault, aoba, signing, ONE)
    backed_up(vault)
    (path,) = (place / "vault").rglob("*.pack")
    flip(path)
    made = revived(tmp_path, f"sqlite:///{tmp_path / 'again.sqlite'}")
    assert made.found.damaged == [str(path.relative_to(place))]
    with made.database.read() as session:
        damaged = session.scalars(select(BlobRow.digest).where(BlobRow.damaged_at.is_not(None)))
        assert set(damaged) == {sha256(one) for one in ONE.values()}
    made.database.close()
