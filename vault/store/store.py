"""The store: a backend and the provider's keys, and what can be done with the two."""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from sqlalchemy.orm import Session, object_session

from vault.base.database import Database
from vault.base.scope import Scope
from vault.base.settings import Vault as VaultSettings
from vault.base.wrapping import KeyService
from vault.store import areas, lists, places, service
from vault.store.backends import Backend
from vault.store.keys import KeyFolder
from vault.store.models import BlobRow
from vault.store.packs import Area, Deposit, Stored
from vault.store.records import Blob

log = structlog.get_logger()
OnDamage = Callable[[Area, Stored], None]


def _only_log(area: Area, stored: Stored) -> None:
    log.error("damaged blob", area=area.facility_id, digest=stored.digest, pack=stored.pack)


class Store:
    """Content-addressed bytes of all areas; no area's key opens, and no digest finds, what another holds."""

    def __init__(
        self,
        backend: Backend,
        key_service: KeyService,
        on_damage: OnDamage = _only_log,
        second: Backend | None = None,
    ) -> None:
        """
        `on_damage` is told of every blob found altered or cut, outside any transaction of the store's; `second` holds
        copies of the packs, once `places.second_of` has seen that it is the right place.
        """
        self.backend, self.keys, self.second = backend, key_service, second
        self._on_damage = on_damage

    def ensure_area(self, session: Session, facility_id: str) -> Area:
        """The area, opened; its data key is made at the first call (in a writing transaction)."""
        return areas.ensure(session, self.backend, self.keys, facility_id)

    def area(self, session: Session, scope: Scope) -> Area:
        """The caller's area, opened; NotFound where nothing was ever stored."""
        return areas.opened(session, self.keys, scope)

    def deposit(self, area: Area) -> Deposit:
        """Begin to take blobs in; register what its `finish` returns."""
        return Deposit(self.backend, area)

    def blob(self, area: Area, row: BlobRow) -> Blob:
        """What a row of that area points at, to be read; one in parts is asked for while its session is open."""
        stored = Stored(row.digest, row.pack, row.offset, row.length, row.size)
        parts = lists.located(session, row) if row.parts and (session := object_session(row)) else ()
        return Blob(self.backend, area, stored, self._on_damage, parts)

    def copy_of(self, backend: Backend, area: Area, row: BlobRow) -> Blob:
        """What a row points at as `backend` holds it, to be tried: damage met here is the caller's to tell."""
        stored = Stored(row.digest, row.pack, row.offset, row.length, row.size)
        parts = lists.located(session, row) if row.parts and (session := object_session(row)) else ()
        return Blob(backend, area, stored, lambda *_: None, parts)

    def stored_blob(self, area: Area, stored: Stored) -> Blob:
        """What lies in one record that no row points at yet."""
        return Blob(self.backend, area, stored, self._on_damage)


def open_store(
    vault_folder: Path, keys_folder: Path, database: Database, where: VaultSettings = VaultSettings()
) -> Store:
    """
    The store of an installation, its backends as `where` says (the default: `vault_folder`); damage is recorded in
    `database`. Unavailable without a provider key, Invalid for an address that is none.
    """
    backend, second = places.backends(where, vault_folder)

    def record(area: Area, stored: Stored) -> None:
        with database.transaction() as session:
            service.report_damage(session, area.facility_id, stored.digest)

    def on_damage(area: Area, stored: Stored) -> None:
        _only_log(area, stored)
        # Its own thread: the reader may stand in a transaction, behind which this one has to wait.
        threading.Thread(target=record, args=(area, stored), name=f"damage-{stored.digest}").start()

    return Store(backend, KeyFolder(keys_folder), on_damage, second)
