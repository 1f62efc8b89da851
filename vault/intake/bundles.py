"""A bundle: many images in one stream, one pack and one barrier; what came in whole before a fault is kept."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from vault.base.database import Database
from vault.base.errors import Invalid, TooLarge, Unavailable
from vault.base.faults import Point, point
from vault.base.scope import FACILITY_ROLES, Role, Scope, get_for
from vault.exams.models import Exam, ExamState
from vault.exams.queries import require_there
from vault.intake import promises, receipts, service
from vault.intake.promises import Listed
from vault.intake.signing import SigningKeys
from vault.intake.tar import Member, members
from vault.store import queries as blobs
from vault.store import service as blob_rows
from vault.store.packs import Area, Deposit, Interrupted, Mismatch, Source, Stored
from vault.store.store import Store

CHECKPOINT_BYTES = 256 * 2**20
"""After so many bytes what has come in is made durable and registered, so that a cut costs no more than that."""
_TRAILING_BYTES = 2**20
_MEMBERS_EACH, _MEMBERS_MORE = 4, 100
"""A tar may hold each file again, and headers beside it, but not members without end."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class _Plan:
    """What may come: the size of every digest the exam names, and those that the area holds already."""

    area: Area
    sizes: dict[str, int]
    held: set[str]
    missing: list[str]


@dataclass(frozen=True)
class Received:
    """Digests (hex) that are still missing after a bundle, and the receipt where it completed the exam."""

    missing: list[str]
    receipt: dict[str, Any] | None = None


def receive(
    database: Database,
    store: Store,
    scope: Scope,
    exam_id: str,
    source: Source,
    *,
    signing: SigningKeys | None = None,
    largest: int | None = None,
) -> Received:
    """
    Take the images of an exam in from a tar of files named by their SHA-256 (hex).

    With `signing` an exam that misses nothing any more is committed in the transaction that registers its last bytes.
    No transaction is open while the stream is read. Members are checked one by one: wrong bytes, a size that differs
    from the manifest's, or a name that it does not have raise Invalid (`bundle`, with `member`), a stream that breaks
    off Invalid (`bundle_interrupted`), more than `largest` bytes TooLarge; what came in whole before is kept. Raises
    Unavailable when it cannot be stored, and OverCapacity when room that had been given back is gone.
    """
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    source = source if largest is None else _Bounded(source, largest)
    plan = _prepare(database, store, scope, exam_id)
    work = _Work(database, scope, exam_id, plan.missing)
    if not plan.missing:
        return work.register([], signing) if signing else Received([])
    with store.deposit(plan.area) as deposit:
        try:
            problem = _take_all(plan, work, deposit, source)
            stored = deposit.finish()
        except OSError as failed:
            raise Unavailable("cannot_store") from failed
        received = work.register(stored, signing if problem is None else None)
    if problem is not None:
        raise problem
    return received


def _take_all(plan: _Plan, work: "_Work", deposit: Deposit, source: Source) -> Invalid | TooLarge | None:
    """Every member of the tar, until its end or until what is wrong with it, which is returned."""
    try:
        for member in members(source, most=_MEMBERS_EACH * len(plan.sizes) + _MEMBERS_MORE):
            _take(plan, deposit, member)
            if deposit.size >= CHECKPOINT_BYTES:
                work.register(deposit.finish())
        _pass_over(source)
    except Interrupted:
        return Invalid("bundle_interrupted", field="bundle")
    except (Invalid, TooLarge) as refused:
        return refused
    return None


def _prepare(database: Database, store: Store, scope: Scope, exam_id: str) -> _Plan:
    """What may come, with room promised for it; writes only when room has to be promised again."""
    with database.read() as session:
        exam = get_for(session, scope, Exam, exam_id)
        require_there(exam)
        need = promises.needed(session, scope, exam)
        plan = _Plan(store.area(session, scope), need.sizes, set(need.sizes) - set(need.missing), need.missing)
        receiving = exam.state == ExamState.RECEIVING
    if receiving and need.short > 0:
        with database.transaction() as session:
            promises.keep(session, scope, get_for(session, scope, Exam, exam_id, lock=True))
    return plan


def _take(plan: _Plan, deposit: Deposit, member: Member) -> None:
    """Store the member, or only check it where the area holds it already."""
    digest = member.name
    if not _DIGEST.fullmatch(digest) or digest not in plan.sizes:
        raise Invalid("not_in_manifest", field="bundle", member=digest)
    if member.size != plan.sizes[digest]:
        raise Invalid("size_differs", field="bundle", member=digest)
    if digest in plan.held:
        _check(member)
        return
    try:
        deposit.add(member, size=member.size, digest=digest)
    except Mismatch as problem:
        raise Invalid("digest_differs", field="bundle", member=digest) from problem
    plan.held.add(digest)


def _check(member: Member) -> None:
    running, view = hashlib.sha256(), memoryview(bytearray(256 * 1024))
    while read := member.readinto(view):
        running.update(view[:read])
    if running.hexdigest() != member.name:
        raise Invalid("digest_differs", field="bundle", member=member.name)


@dataclass
class _Work:
    """The rows of one call: what is durable is registered, and the exam committed when nothing is `missing`."""

    database: Database
    scope: Scope
    exam_id: str
    missing: list[str]

    def register(self, stored: list[Stored], signing: SigningKeys | None = None) -> Received:
        """Rows for what is durable now, its room counted as used; the receipt where `signing` is there to give one."""
        if not stored and signing is None:
            return Received(self.missing)
        point(Point.BUNDLE_DURABLE)
        with self.database.transaction() as session:
            exam = get_for(session, self.scope, Exam, self.exam_id, lock=True)
            images = promises.listed(session, self.scope, exam.id)
            made = self._register(session, exam, stored)
            self.missing = promises.missing_of(images, self._held(session, images, stored))
            done = signing is not None and not self.missing and exam.state == ExamState.RECEIVING
            promises.settle(session, exam, made, last=done)
            point(Point.BUNDLE_COUNTED)
            receipt = self._receipt(session, exam, images, signing) if signing and not self.missing else None
        point(Point.BUNDLE_REGISTERED)
        return Received(self.missing, receipt)

    def _register(self, session: Session, exam: Exam, stored: list[Stored]) -> int:
        """Rows for what is durable; returns how many bytes the area did not hold before."""
        size = sum(one.size for one in stored)
        if stored and promises.promised(session, self.scope, exam) < size:
            promises.keep(session, self.scope, exam)
        made = blob_rows.register(session, self.scope.area, stored, target_id=exam.target_id)
        return sum(one.size for one in stored if one.digest in made)

    def _held(self, session: Session, images: Sequence[Listed], stored: list[Stored]) -> dict[str, int]:
        """What came now is held; only the rest is asked for."""
        held = {one.digest: one.size for one in stored}
        return held | blobs.held(session, self.scope, {image.sha256 for image in images} - held.keys())

    def _receipt(
        self, session: Session, exam: Exam, images: Sequence[Listed], signing: SigningKeys
    ) -> dict[str, Any] | None:
        """Given now, or when the exam was committed before."""
        require_there(exam)
        if exam.state != ExamState.RECEIVING:
            return receipts.of_exam(session, self.scope, exam.id)
        return service.complete(session, self.scope, signing, exam, images)


def _pass_over(source: Source) -> None:
    """A tar is padded with zeros after its end; a server can keep the connection only when the body was read."""
    view, left = memoryview(bytearray(64 * 1024)), _TRAILING_BYTES
    while left > 0 and (read := source.readinto(view)):
        left -= read
        if bytes(view[:read]).strip(b"\0"):
            raise Invalid("tar_trailing", field="bundle")


class _Bounded:
    """A source of at most so many bytes, also where nobody said how many will come."""

    def __init__(self, source: Source, most: int) -> None:
        self._source, self._left, self._most = source, most, most

    def readinto(self, view: memoryview, /) -> int:
        """Read from the source; TooLarge beyond the most."""
        read = self._source.readinto(view)
        self._left -= read
        if self._left < 0:
            raise TooLarge("bundle_too_large", limit=self._most)
        return read
