"""The second copy: everything that is kept is copied, and nothing that is gone is left in it."""

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.vault.care.conftest import Vault
from tests.vault.care.keeping import flip, keep
from vault.base import clock
from vault.base.errors import Conflict, Unavailable
from vault.base.scope import Scope
from vault.base.settings import Vault as VaultSettings
from vault.store import areas, copying, emptied, places
from vault.store.backends import Backend
from vault.store.backends.memory import MemoryBackend
from vault.store.garbage import Hands
from vault.store.models import AreaKey, GoneCopy, PackRow
from vault.store.places import FIRST, MARKER, SECOND
from vault.store.store import Store, open_store


def test_packs_and_key_files_are_copied_byte_for_byte_once(vault: Vault, hands: Hands, aoba: Scope) -> None:
    keep(vault, aoba)
    done = copying.copy_all(hands)
    assert (done.packs, done.keys) == (1, 1)
    assert vault.packs(aoba)[0].read_bytes() == vault.copies(aoba)[0].read_bytes()
    key = areas.file_of(aoba.area)
    assert (vault.folder / key).read_bytes() == (vault.second / key).read_bytes()
    assert vars(copying.copy_all(hands)) == {"packs": 0, "keys": 0, "removed": 0, "waiting": 0}
    with vault.database.read() as session:
        assert copying.lag(session) == (0, None)
        assert session.scalars(select(GoneCopy)).all() == []


def test_a_pack_that_goes_takes_its_copy_with_it(vault: Vault, hands: Hands, aoba: Scope) -> None:
    keep(vault, aoba)
    copying.copy_all(hands)
    with vault.database.transaction() as session:
        row = session.scalars(select(PackRow)).one()
        emptied.forget(session, aoba.area, row.pack)
    assert copying.copy_all(hands).removed == 1
    assert vault.copies(aoba) == []


def test_a_copy_whose_original_goes_meanwhile_is_not_left(
    vault: Vault, hands: Hands, aoba: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(vault, aoba)
    write = copying._write

    def gone_meanwhile(first: Backend, second: Backend, name: str) -> None:
        write(first, second, name)
        with vault.database.transaction() as session:
            emptied.forget(session, aoba.area, session.scalars(select(PackRow)).one().pack)

    monkeypatch.setattr(copying, "_write", gone_meanwhile)
    copying.copy_all(hands)
    assert vault.copies(aoba) == []


def test_a_key_file_wrapped_anew_is_copied_again(vault: Vault, hands: Hands, aoba: Scope) -> None:
    keep(vault, aoba)
    copying.copy_all(hands)
    with vault.database.transaction() as session:
        session.scalars(select(AreaKey)).one().copied_key_id = "an older one"
    assert copying.copy_all(hands).keys == 1


def test_a_damaged_pack_is_copied_and_told(vault: Vault, hands: Hands, aoba: Scope) -> None:
    keep(vault, aoba)
    flip(vault.packs(aoba)[0], 5000)
    assert copying.copy_all(hands).packs == 1
    with vault.database.read() as session:
        assert session.scalars(select(PackRow.copied_at)).one() is not None


def second_at(vault: Vault, folder: Path) -> Hands:
    where = VaultSettings(second=f"file://{folder}")
    store = open_store(vault.folder, vault.folder.parent / "keys", vault.database, where)
    return Hands(store, vault.database.read, vault.database.transaction)


def test_an_empty_disk_is_not_taken_for_the_second_copy(
    vault: Vault, hands: Hands, aoba: Scope, tmp_path: Path
) -> None:
    keep(vault, aoba)
    copying.copy_all(hands)
    with pytest.raises(Conflict) as refused:
        copying.copy_all(second_at(vault, tmp_path / "not-mounted"))
    assert (refused.value.reason, refused.value.values["place"]) == ("wrong_place", SECOND)
    assert list((tmp_path / "not-mounted").iterdir()) == []


def test_a_place_that_holds_something_is_not_taken(vault: Vault, aoba: Scope, tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "something").write_bytes(b"x")
    with pytest.raises(Conflict, match="place_taken"):
        copying.copy_all(second_at(vault, tmp_path / "used"))


def test_the_first_place_is_known_again_and_another_is_refused(vault: Vault, hands: Hands, aoba: Scope) -> None:
    keep(vault, aoba)
    with pytest.raises(Conflict, match="wrong_place"):
        places.claim(hands.read, hands.transaction, MemoryBackend(), FIRST)
    for _ in range(2):
        places.claim(hands.read, hands.transaction, vault.store.backend, FIRST)
    (vault.folder / MARKER).unlink()
    with pytest.raises(Conflict, match="wrong_place"):
        places.claim(hands.read, hands.transaction, vault.store.backend, FIRST)


def test_the_packs_are_not_taken_for_their_own_copy(vault: Vault, hands: Hands, aoba: Scope) -> None:
    keep(vault, aoba)
    places.claim(hands.read, hands.transaction, vault.store.backend, FIRST)
    with pytest.raises(Conflict):
        copying.copy_all(second_at(vault, vault.folder))


class Away(MemoryBackend):
    """A server that does not answer."""

    def _find(self, name: str) -> bytearray:
        raise Unavailable("store_unreachable", problem="away")


def test_a_second_copy_that_is_away_hinders_nothing_and_is_caught_up(vault: Vault, hands: Hands, aoba: Scope) -> None:
    away = Hands(
        Store(vault.store.backend, vault.store.keys, second=Away()), vault.database.read, vault.database.transaction
    )
    with pytest.raises(Unavailable):
        copying.copy_all(away)
    keep(vault, aoba)
    with vault.database.read() as session:
        count, oldest = copying.lag(session)
    assert count == 1
    assert oldest is not None
    assert oldest <= clock.now()
    assert copying.copy_all(hands).packs == 1
