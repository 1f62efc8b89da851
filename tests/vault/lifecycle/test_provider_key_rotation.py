"""The provider key is rotated while areas are read and written: no data is written again, none is unreadable."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.vault.intake.exams import hold
from tests.vault.store.areas import Vault
from vault.base.errors import Conflict, Unavailable
from vault.base.scope import Scope
from vault.exams import queries
from vault.intake.signing import SigningKeys
from vault.store import areas, keys, recovery, rotation
from vault.store.models import AreaKey
from vault.store.store import open_store

IMAGES = {"a.jpg": b"first" * 1000}


def folder_of(vault: Vault) -> Path:
    return vault.folder.parent / "keys"


def read(vault: Vault, scope: Scope, exam_id: str) -> dict[str, bytes]:
    """As a process finds it that was started now."""
    store = open_store(vault.folder, folder_of(vault), vault.database)
    with vault.database.read() as session:
        return {image.name: blob.read() for image, blob in queries.open_images(session, scope, store, exam_id)}


def rotate(vault: Vault) -> rotation.Rotated:
    rotation.begin(vault.database, folder_of(vault))
    return rotation.rewrap_all(vault.database, vault.store)


def prove(vault: Vault, name: str) -> None:
    ring, copy = keys.load(folder_of(vault)), vault.folder.parent / name
    recovery.write(copy, ring, "correct horse battery")
    recovery.prove(folder_of(vault), copy, "correct horse battery", ring)


def wrapped(vault: Vault, scope: Scope) -> frozenset[str]:
    with vault.database.read() as session:
        return areas.wrapped_by(session, vault.store.backend, scope.area)


def test_every_area_is_wrapped_anew_and_no_pack_is_touched(
    vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys
) -> None:
    exams = {scope: hold(vault, scope, signing, IMAGES)["exam"] for scope in (aoba, midori)}
    packs = {path: path.stat().st_mtime_ns for scope in (aoba, midori) for path in vault.packs(scope)}
    before = keys.load(folder_of(vault)).current
    rotated = rotate(vault)
    assert rotated.key_id != before
    assert rotated.rewrapped == 2
    for scope, exam_id in exams.items():
        assert wrapped(vault, scope) == {rotated.key_id}
        assert read(vault, scope, exam_id) == IMAGES
    assert {path: path.stat().st_mtime_ns for path in packs} == packs


def test_the_old_key_is_retired_only_when_nothing_needs_it(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    exam_id = hold(vault, aoba, signing, IMAGES)["exam"]
    folder, old = folder_of(vault), keys.load(folder_of(vault)).current
    prove(vault, "copy-1.json")
    new = rotation.begin(vault.database, folder)
    with pytest.raises(Conflict, match="recovery_not_proved"):
        rotation.retire(vault.database, vault.store, folder)
    assert not recovery.is_proved(folder, keys.load(folder))
    prove(vault, "copy-2.json")
    with pytest.raises(Conflict, match="key_in_use"):
        rotation.retire(vault.database, vault.store, folder)
    rotation.rewrap_all(vault.database, vault.store)
    assert rotation.retire(vault.database, vault.store, folder) == [old]
    assert set(keys.load(folder).keys) == {new}
    assert read(vault, aoba, exam_id) == IMAGES


def test_a_second_copy_under_the_old_key_keeps_it(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, IMAGES)
    old = keys.load(folder_of(vault)).current
    with vault.database.transaction() as session:
        session.scalars(select(AreaKey)).one().copied_key_id = old
    rotate(vault)
    prove(vault, "copy.json")
    with pytest.raises(Conflict, match="key_in_use"):
        rotation.retire(vault.database, vault.store, folder_of(vault))


def test_a_begun_rotation_is_finished_not_begun_again(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, IMAGES)
    new = rotation.begin(vault.database, folder_of(vault))
    assert rotation.begin(vault.database, folder_of(vault)) == new
    assert rotate(vault) == rotation.Rotated(new, 1)
    assert rotation.rewrap_all(vault.database, vault.store) == rotation.Rotated(new, 0)
    assert rotation.begin(vault.database, folder_of(vault)) != new


def test_a_process_that_began_before_reads_and_makes_areas_by_the_new_key(
    vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys
) -> None:
    exam_id = hold(vault, aoba, signing, IMAGES)["exam"]
    other = open_store(vault.folder, folder_of(vault), vault.database)
    rotated = rotation.Rotated(rotation.begin(vault.database, folder_of(vault)), 1)
    assert rotation.rewrap_all(vault.database, other) == rotated
    with vault.database.read() as session:
        assert queries.open_images(session, aoba, vault.store, exam_id)[0][1].read() == IMAGES["a.jpg"]
    hold(vault, midori, signing, IMAGES)
    assert wrapped(vault, midori) == {rotated.key_id}


def test_a_lost_or_older_key_file_is_written_anew(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    exam_id = hold(vault, aoba, signing, IMAGES)["exam"]
    vault.store.backend.delete(areas.file_of(aoba.area))
    assert rotation.rewrap_all(vault.database, vault.store).rewrapped == 1
    area = areas.from_packs(vault.store.backend, vault.store.keys, aoba.area)
    with vault.database.read() as session:
        assert vault.store.area(session, aoba) == area
    assert read(vault, aoba, exam_id) == IMAGES


def test_rotating_while_exams_come_in_and_are_read(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    exams: list[str] = [hold(vault, aoba, signing, IMAGES)["exam"]]
    failed: list[BaseException] = []
    stop = threading.Event()

    def serve() -> None:
        serving = Vault(vault.database, open_store(vault.folder, folder_of(vault), vault.database), vault.folder)
        try:
            while not stop.is_set():
                exams.append(
                    hold(serving, aoba, signing, {"x": str(len(exams)).encode()}, patient_id=str(len(exams)))["exam"]
                )
                with vault.database.read() as session:
                    assert queries.open_images(session, aoba, serving.store, exams[0])[0][1].read() == IMAGES["a.jpg"]
        except BaseException as problem:
            failed.append(problem)

    thread = threading.Thread(target=serve)
    thread.start()
    for turn in range(2):
        rotate(vault)
        prove(vault, f"copy-{turn}.json")
        rotation.retire(vault.database, vault.store, folder_of(vault))
    stop.set()
    thread.join()
    assert failed == []
    assert len(keys.load(folder_of(vault)).keys) == 1
    assert all(read(vault, aoba, exam_id) for exam_id in exams)


def test_without_its_provider_key_an_area_is_unavailable(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    exam_id = hold(vault, aoba, signing, IMAGES)["exam"]
    old = keys.load(folder_of(vault)).current
    keys.add(folder_of(vault))
    keys.retire(folder_of(vault), old)
    with pytest.raises(Unavailable, match="no_provider_key"):
        read(vault, aoba, exam_id)
