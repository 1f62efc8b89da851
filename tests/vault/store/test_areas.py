"""Each area has one data key, however it comes to be made, and it opens nothing of another's."""

import io
from pathlib import Path

import pytest

from tests.vault.store.areas import Vault
from vault.base.errors import NotFound, Unavailable
from vault.base.scope import Scope
from vault.store import areas, keys, queries, service
from vault.store.store import Store, open_store


def test_an_area_keeps_its_key_even_when_the_first_call_is_undone(vault: Vault, aoba: Scope) -> None:
    with vault.database.read() as session:
        first = vault.store.ensure_area(session, aoba.area)
    with vault.database.transaction() as session:
        assert vault.store.ensure_area(session, aoba.area) == first
    with vault.database.read() as session:
        assert vault.store.area(session, aoba) == first
    assert areas.from_packs(vault.store.backend, vault.store.keys, aoba.area) == first


def test_keys_differ_and_no_digest_finds_what_another_area_holds(vault: Vault, aoba: Scope, midori: Scope) -> None:
    with vault.database.transaction() as session:
        area, other = (vault.store.ensure_area(session, scope.area) for scope in (aoba, midori))
        with vault.store.deposit(area) as deposit:
            stored = deposit.add(io.BytesIO(b"x"), size=1)
            deposit.finish()
        assert service.register(session, aoba.area, [stored, stored]) == {stored.digest}
        assert service.register(session, aoba.area, [stored]) == set()
    assert area.key != other.key
    with vault.database.read() as session:
        assert queries.held(session, aoba, [stored.digest, "0" * 64]) == {stored.digest: 1}
        assert queries.held(session, midori, [stored.digest]) == {}
        with pytest.raises(NotFound):
            queries.blob(session, midori, stored.digest)


def test_an_area_without_anything_is_not_found(vault: Vault, aoba: Scope) -> None:
    with vault.database.read() as session, pytest.raises(NotFound):
        vault.store.area(session, aoba)


def test_nothing_is_read_without_the_provider_key(vault: Vault, aoba: Scope, tmp_path: Path) -> None:
    with vault.database.transaction() as session:
        vault.store.ensure_area(session, aoba.area)
    stranger = Store(vault.store.backend, keys.make(tmp_path / "other"))
    with vault.database.read() as session, pytest.raises(Unavailable):
        stranger.area(session, aoba)
    with pytest.raises(Unavailable):
        open_store(tmp_path / "vault", tmp_path / "none", vault.database)
