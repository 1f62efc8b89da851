"""
Where packs lie: backends by their address, each with a marker that tells it from every other place.

A disk that is not mounted and a bucket of another installation look like an empty vault; so each place holds a small
file with an id, which the database knows, and one that does not match is refused by its name.
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import clock, ids
from vault.base.database import insert_if_absent
from vault.base.errors import Conflict, Invalid
from vault.base.settings import Vault as VaultSettings
from vault.store.backends import Backend, Missing, read_small
from vault.store.backends.disk import DiskBackend
from vault.store.backends.s3 import Bucket, S3Backend
from vault.store.models import AreaKey, VaultPlace

FIRST, SECOND = "first", "second"
MARKER = "kura-place.json"
VERSION = 1
_KIND = "kura-place"
_REGION = "us-east-1"
_TIMEOUT = timedelta(seconds=30)

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Marker:
    """What the marker file says: the place's id, and for a second copy the id of the place it is a copy of."""

    place_id: str
    copy_of: str | None


def backends(where: VaultSettings, vault_folder: Path) -> tuple[Backend, Backend | None]:
    """The backend of the packs and that of their copies; Invalid (`vault_address`) for an address that is none."""
    spool = vault_folder.parent / "spool"
    first = (where.backend_access_key, where.backend_secret_key)
    second = (where.second_access_key, where.second_secret_key)
    return (
        _opened("backend", where.backend, first, spool) if where.backend else DiskBackend(vault_folder),
        _opened("second", where.second, second, spool) if where.second else None,
    )


def claim(read: Transaction, transaction: Transaction, backend: Backend, name: str) -> None:
    """
    See that `backend` is the place that the database knows as `name`; one that it does not know yet is marked.

    Raises Conflict: `wrong_place` where the marker is missing or another's, `place_taken` where a new place holds
    something already. A stop between marker and row is gone on from.
    """
    with read() as session:
        known = _known(session, name)
        first = _known(session, FIRST)
        living = select(AreaKey.facility_id).where(AreaKey.erased_at.is_(None)).order_by(AreaKey.facility_id)
        some_area = session.scalar(living.limit(1))
    found = _marker(backend)
    if known is None:
        _require_ours(backend, found, name, first, some_area)
        marker = Marker(ids.new(), first if name == SECOND else None)
        backend.keep(MARKER, _written(marker))
        found = _marker(backend)
        with transaction() as session:
            place_id = found.place_id if found else marker.place_id
            insert_if_absent(session, VaultPlace, name=name, place_id=place_id, made_at=clock.now())
            known = _known(session, name)
    if found is None or found.place_id != known:
        raise Conflict("wrong_place", place=name)


def has_second(session: Session) -> bool:
    """Whether there ever was a second copy: what is in it has to be deleted as well, also while it is not set."""
    return _known(session, SECOND) is not None


def _require_ours(backend: Backend, found: Marker | None, name: str, first: str | None, area: str | None) -> None:
    """A place that no row knows is empty, or was marked by a process that was stopped, or is an older vault's own."""
    if name == SECOND:
        ours = found.copy_of == first if found else next(iter(backend.names("")), None) is None
    elif area is not None:
        ours = (found is None or found.copy_of is None) and _holds(backend, f"{area}/area.key")
    else:
        ours = found is None or all(one == MARKER for one in backend.names(""))
    if not ours:
        raise Conflict("place_taken" if found or name == SECOND else "wrong_place", place=name)


def _holds(backend: Backend, name: str) -> bool:
    try:
        backend.size(name)
    except Missing:
        return False
    return True


def _known(session: Session, name: str) -> str | None:
    return session.scalar(select(VaultPlace.place_id).where(VaultPlace.name == name))


def _marker(backend: Backend) -> Marker | None:
    """What the place says of itself; None where it says nothing that can be read."""
    try:
        content = json.loads(read_small(backend, MARKER))
        if (content["version"], content["kind"]) != (VERSION, _KIND):
            return None
        return Marker(content["id"], content["copy_of"])
    except (Missing, ValueError, KeyError, TypeError):
        return None


def _written(marker: Marker) -> bytes:
    content = {"version": VERSION, "kind": _KIND, "id": marker.place_id, "copy_of": marker.copy_of}
    return json.dumps(content, indent=1).encode()


def _opened(setting: str, address: str, keys: tuple[str, str], spool: Path) -> Backend:
    parts = urlsplit(address)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return DiskBackend(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.hostname and not parts.username:
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if not asked.keys() - {"endpoint", "region"}:
            bucket = Bucket(
                parts.netloc,
                asked.get("endpoint", ""),
                asked.get("region", _REGION),
                unquote(parts.path.strip("/")),
                *keys,
                _TIMEOUT,
            )
            return S3Backend(bucket, spool)
    raise Invalid("vault_address", field=f"vault.{setting}")
