"""The data key of an area: made once, wrapped by the provider key, kept as a row and as a file beside the packs."""

import base64
import hashlib
import json
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.database import insert_if_absent
from vault.base.errors import Gone, NotFound, Unavailable
from vault.base.faults import Point, point
from vault.base.scope import Scope, scoped
from vault.base.wrapping import KeyService, Wrapped
from vault.store.backends import Backend, Missing, read_small
from vault.store.models import AreaKey
from vault.store.packs import Area
from vault.tenancy.capacity import AREA
from vault.tenancy.models import Space

VERSION = 1
_KIND = "kura-area-key"


def ensure(session: Session, backend: Backend, keys: KeyService, facility_id: str) -> Area:
    """
    The area, opened; its key is made at the first call.

    The file beside the packs is made first, and once: whichever of two callers made it, both take the key it holds, so
    that a rolled-back transaction or a lost row cannot part an area from its packs.
    """
    try:
        return opened(session, keys, Scope.system(facility_id))
    except NotFound:
        # Whoever promises room locks this row first: in another order two first uses would wait for each other.
        mine = select(Space.used).where(Space.facility_id == facility_id, Space.target_id == AREA)
        session.execute(mine.with_for_update())
        _refuse_second_key(backend, facility_id)
        made = keys.wrap(secrets.token_bytes(32), _context(facility_id))
        backend.keep(file_of(facility_id), _written(facility_id, made))
        point(Point.AREA_KEY_KEPT)
        wrapped = _read(backend, facility_id)
        insert_if_absent(
            session,
            AreaKey,
            facility_id=facility_id,
            key_id=wrapped.key_id,
            sealed=wrapped.sealed,
            made_at=clock.now(),
        )
        return opened(session, keys, Scope.system(facility_id))


def _refuse_second_key(backend: Backend, facility_id: str) -> None:
    """Unavailable where there are packs and no key: another key would hide that the one that opens them is lost."""
    # In this order: whoever else makes the area has its key file there before its first pack.
    packs = next(iter(backend.names(f"{facility_id}/packs/")), None)
    if packs is not None:
        _read(backend, facility_id)


def opened(session: Session, keys: KeyService, scope: Scope) -> Area:
    """
    The caller's area with its data key; NotFound where nothing was ever stored, Unavailable without its key, Gone
    (`area_erased`, with `at`) once the area was erased.
    """
    row = session.scalar(scoped(select(AreaKey), scope, AreaKey))
    if row is None:
        raise NotFound("area_key")
    if row.erased_at is not None:
        raise Gone("area_erased", at=row.erased_at.isoformat(timespec="seconds"))
    wrapped = Wrapped(row.key_id, row.sealed)
    return Area(row.facility_id, keys.unwrap(wrapped, _context(row.facility_id)))


def from_packs(backend: Backend, keys: KeyService, facility_id: str) -> Area:
    """The area, opened by the file beside its packs: for when the database is lost."""
    return Area(facility_id, keys.unwrap(_read(backend, facility_id), _context(facility_id)))


def rewrap(session: Session, backend: Backend, keys: KeyService, facility_id: str) -> bool:
    """
    See to it that row and file hold the area's key under the current provider key; True where either did not.

    The row is locked meanwhile, so that an area that is being erased is not given its key back. A stop between file
    and commit leaves the two under different provider keys, both of which still unwrap.
    """
    locked = select(AreaKey).where(AreaKey.facility_id == facility_id).with_for_update()
    row = session.scalar(locked)
    found = _found(backend, facility_id)
    if row is None or row.erased_at is not None:
        return False
    area, current = opened(session, keys, Scope.system(facility_id)), keys.current
    if row.key_id == current and found == Wrapped(row.key_id, row.sealed):
        return False
    if row.key_id != current:
        fresh = keys.wrap(area.key, _context(facility_id))
        row.key_id, row.sealed = fresh.key_id, fresh.sealed
    backend.replace(file_of(facility_id), _written(facility_id, Wrapped(row.key_id, row.sealed)))
    point(Point.AREA_KEY_REPLACED)
    session.flush()
    return True


def wrapped_by(session: Session, backend: Backend, facility_id: str) -> frozenset[str]:
    """The provider keys under which row, file and second copy of the file hold the area's key."""
    row = session.scalar(select(AreaKey).where(AreaKey.facility_id == facility_id))
    found = _found(backend, facility_id)
    ids = {found.key_id} if found else set()
    if row is not None and row.erased_at is None:
        ids |= {row.key_id} | ({row.copied_key_id} if row.copied_key_id else set())
    return frozenset(ids)


def fingerprint(area: Area) -> str:
    """What tells a data key from every other without telling the key: SHA-256 (hex) of it behind a name."""
    return hashlib.sha256(b"kura/area-key/1" + area.key).hexdigest()


def file_of(facility_id: str) -> str:
    """Where the file with the area's wrapped key lies in the backend."""
    return f"{facility_id}/area.key"


def _context(facility_id: str) -> str:
    return f"area/{facility_id}"


def _written(facility_id: str, wrapped: Wrapped) -> bytes:
    sealed = base64.b64encode(wrapped.sealed).decode()
    content = {"version": VERSION, "kind": _KIND, "area": facility_id, "key_id": wrapped.key_id, "sealed": sealed}
    return json.dumps(content, indent=1).encode()


def _found(backend: Backend, facility_id: str) -> Wrapped | None:
    """What the file holds; None where it is not there or cannot be read."""
    try:
        return _read(backend, facility_id)
    except Unavailable:
        return None


def file_content(backend: Backend, facility_id: str) -> tuple[bytes, str]:
    """The bytes of the area's key file, to be copied, and the provider key that wraps it; Unavailable as unreadable."""
    try:
        found = read_small(backend, file_of(facility_id))
    except Missing as problem:
        raise Unavailable("area_key_unreadable", area=facility_id) from problem
    return found, _parsed(found, facility_id).key_id


def _read(backend: Backend, facility_id: str) -> Wrapped:
    return _parsed(file_content(backend, facility_id)[0], facility_id)


def _parsed(found: bytes, facility_id: str) -> Wrapped:
    name = file_of(facility_id)
    try:
        content = json.loads(found)
        if (content["version"], content["kind"], content["area"]) != (VERSION, _KIND, facility_id):
            raise ValueError(name)
        return Wrapped(content["key_id"], base64.b64decode(content["sealed"], validate=True))
    except (ValueError, KeyError, TypeError) as problem:
        raise Unavailable("area_key_unreadable", area=facility_id) from problem
