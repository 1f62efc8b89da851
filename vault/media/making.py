"""A set is made: planned, then disc after disc; killed anywhere, it goes on with the disc at which it stood."""

import base64
import errno
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import Conflict, Damaged, OverCapacity
from vault.base.scope import Scope, get_for, scoped
from vault.contracts.models import Contract
from vault.intake.models import Erasure
from vault.intake.signing import SigningKeys
from vault.media import keeping, layout, news, pages, planning, queries, sealing, writing
from vault.media.composing import Composer, Disc
from vault.media.models import MediaDisc, MediaSet, SetState
from vault.media.sources import Entry
from vault.store.garbage import Transaction
from vault.store.store import Store
from vault.tenancy import facilities

VERSION, KIND = 1, "kura-media-disc"
DISK_FULL = "disk_full"
SPARE = 64 * 2**20
"""So much of the disk is left to others."""


@dataclass(frozen=True)
class Workplace:
    """What a set is made with; `told` hears how many of how many bytes are written."""

    store: Store
    signing: SigningKeys
    read: Transaction
    transaction: Transaction
    media: Path
    keep: timedelta
    told: Callable[[int, int], None]


def make(place: Workplace, scope: Scope, set_id: str) -> bool:
    """
    Make what is not made of a set; True once it is there.

    False where it has to wait, which its `problem` says and the provider is told: a full disk, discs too small.
    """
    try:
        return _make(place, scope, set_id)
    except OverCapacity:
        news.waits(place.transaction, scope, set_id, DISK_FULL)
    except OSError as problem:
        if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        news.waits(place.transaction, scope, set_id, DISK_FULL)
    except Conflict as problem:
        news.waits(place.transaction, scope, set_id, problem.reason)
    return False


def _make(place: Workplace, scope: Scope, set_id: str) -> bool:
    if not _begun(place, scope, set_id):
        return True
    planning.plan(place.read, place.transaction, scope, set_id)
    with place.read() as session:
        mine = scoped(select(MediaDisc), scope, MediaDisc).where(MediaDisc.set_id == set_id)
        discs = list(session.scalars(mine.order_by(MediaDisc.number)))
    total, done = sum(disc.size or disc.expected for disc in discs), 0
    for disc in discs:
        if disc.made_at is None:
            _make_disc(place, scope, set_id, disc, partial(_told, place, done, total))
        done += disc.size or disc.expected
    _finish(place, scope, set_id)
    return True


def _told(place: Workplace, before: int, total: int, count: int) -> None:
    place.told(before + count, total)


def _begun(place: Workplace, scope: Scope, set_id: str) -> bool:
    """Whether there is anything to do; an encrypted set has its passphrase before its first byte."""
    with place.transaction() as session:
        row = get_for(session, scope, MediaSet, set_id, lock=True)
        if row.state not in (SetState.ORDERED.value, SetState.MAKING.value) or _is_erased(session, scope):
            return False
        if row.encrypted and row.sealed is None:
            area = place.store.ensure_area(session, scope.area)
            row.sealed = sealing.kept(sealing.new_passphrase(), area.key, row.id)
            row.salt = base64.b64encode(secrets.token_bytes(16)).decode()
    return True


def _is_erased(session: Session, scope: Scope) -> bool:
    begun = scoped(select(Erasure.id), scope, Erasure).where(Erasure.began_at.is_not(None))
    return session.scalar(begun.limit(1)) is not None


def _make_disc(place: Workplace, scope: Scope, set_id: str, disc: MediaDisc, told: writing.Told) -> None:
    keeping.make_folder(place.media, set_id)
    path = keeping.image_of(place.media, set_id, disc.number)
    free = keeping.free_bytes(place.media)
    if free < disc.expected + SPARE:
        raise OverCapacity(DISK_FULL, left=free)
    while True:
        composer, key = _composer(place, scope, set_id)
        made = composer.disc(disc.number)
        try:
            written = _written(composer, made, key, path, told)
        except Damaged as damaged:
            _leave_out(place, scope, composer, made, str(damaged.values.get("digest", "")), damaged)
            continue
        _note(place, scope, set_id, disc, made, written)
        return


def _composer(place: Workplace, scope: Scope, set_id: str) -> tuple[Composer, bytes | None]:
    """What the discs are composed with, and the key of an encrypted set."""
    with place.read() as session:
        row = get_for(session, scope, MediaSet, set_id)
        contract = get_for(session, scope, Contract, row.contract_id)
        zone = facilities.of(session, scope).zone
        key = None
        if row.sealed is not None:
            area = place.store.area(session, scope)
            key = sealing.key_of(sealing.opened(row.sealed, area.key, row.id), row.salt)
        session.expunge_all()
    return Composer(place.read, place.store, place.signing, scope, row, contract, zone), key


def _written(composer: Composer, made: Disc, key: bytes | None, path: Path, told: writing.Told) -> writing.Written:
    row, now = composer.row, clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")
    about = {"number": made.number, "discs": row.discs, "made_at": now, "encrypted": row.encrypted}
    text = pages.readme(disc=about)
    entries = [*made.entries, Entry(layout.README, len(text), lambda: iter((text,)))]
    said: dict[str, Any] = {
        "version": VERSION,
        "kind": KIND,
        "set": row.id,
        "disc": made.number,
        "discs": row.discs,
        "made_at": now,
        "encrypted": None if key is None else {"kdf": "scrypt", "salt": row.salt, **sealing.COST},
    }
    return writing.write(
        path,
        queries.label_of(row, made.number),
        entries if key is None else writing.encrypted(entries, key),
        lambda sums: composer.signing.sign({**said, "sums": sums}),
        told,
    )


def _leave_out(place: Workplace, scope: Scope, composer: Composer, made: Disc, digest: str, damaged: Damaged) -> None:
    """Whatever has these bytes is not copied: the disc is begun anew without them, and says so."""
    known = {one["sha256"] for one in composer.row.left_out}
    if not any(entry.digest == digest for entry in made.entries) or digest in known:
        raise damaged
    with place.transaction() as session:
        row = get_for(session, scope, MediaSet, composer.row.id, lock=True)
        row.left_out = [*row.left_out, {"what": "", "sha256": digest, "why": "damaged"}]


def _note(place: Workplace, scope: Scope, set_id: str, disc: MediaDisc, made: Disc, written: writing.Written) -> None:
    with place.transaction() as session:
        row = get_for(session, scope, MediaSet, set_id, lock=True)
        kept = get_for(session, scope, MediaDisc, disc.id, lock=True)
        if written.size > row.disc_bytes:
            raise AssertionError(f"disc {disc.number} of {set_id} outgrew its medium")
        kept.size, kept.sha256, kept.made_at = written.size, written.sha256, clock.now()
        gone = [one for one in made.left_out if one["why"] == "gone"]
        row.left_out, row.problem = [*row.left_out, *gone], None


def _finish(place: Workplace, scope: Scope, set_id: str) -> None:
    with place.transaction() as session:
        row = get_for(session, scope, MediaSet, set_id, lock=True)
        if row.state != SetState.MAKING.value:
            return
        row.state, row.made_at, row.problem = SetState.READY.value, clock.now(), None
        row.keep_until = row.made_at + place.keep
        session.flush()
        audit.record(session, scope, "media.made", items=[f"media:{row.id}"])
        news.ready(session, scope, row)
