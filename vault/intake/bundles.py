"""A bundle: many images in one stream, one pack and one barrier; what came in whole before a fault is kept."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from vault.base.database import Database
from vault.base.errors import AppError, Invalid, TooLarge, Unavailable
from vault.base.faults import Point, point
from vault.base.scope import FACILITY_ROLES, Role, Scope, all_for
from vault.exams.models import Exam, ExamState
from vault.exams.queries import require_there
from vault.intake import promises, receipts, service
from vault.intake.promises import Listed
from vault.intake.signing import SigningKeys
from vault.intake.tar import Member, members
from vault.store import leftovers
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
    """What may come: the size of every digest the exams name, those that the area holds already, and the others."""

    area: Area
    sizes: dict[str, int]
    held: set[str]
    missing: list[str]


@dataclass(frozen=True)
class Received:
    """Digests (hex) that an exam still misses after a bundle, and its receipt where that completed it."""

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
    """As `receive_all`, for one exam."""
    return receive_all(database, store, scope, [exam_id], source, signing=signing, largest=largest)[exam_id]


def receive_all(
    database: Database,
    store: Store,
    scope: Scope,
    exam_ids: Sequence[str],
    source: Source,
    *,
    signing: SigningKeys | None = None,
    largest: int | None = None,
) -> dict[str, Received]:
    """
    Take the images of exams in from a tar of files named by their SHA-256 (hex); what became of each exam, by its id.

    With `signing` exams that miss nothing any more are committed in the transaction that registers their last bytes.
    No transaction is open while the stream is read. Members are checked one by one: wrong bytes, a size that differs
    from the manifest's, or a name that none has raise Invalid (`bundle`, with `member`), a stream that breaks off
    Invalid (`bundle_interrupted`), more than `largest` bytes TooLarge; what came in whole before is kept. Raises
    Unavailable when it cannot be stored, and OverCapacity when room that had been given back is gone.
    """
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    source = source if largest is None else _Bounded(source, largest)
    exam_ids = list(dict.fromkeys(exam_ids))
    plan, missing = _prepare(database, store, scope, exam_ids)
    work = _Work(database, store, plan.area, scope, exam_ids, missing)
    if not plan.missing:
        return work.register([], signing)
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


def _prepare(
    database: Database, store: Store, scope: Scope, exam_ids: Sequence[str]
) -> tuple[_Plan, dict[str, list[str]]]:
    """
    What may come, with room promised for it, and what each exam misses; writes only when room has to be promised again.
    """
    with database.read() as session:
        exams = all_for(session, scope, Exam, exam_ids)
        for exam in exams:
            require_there(exam)
        needs = promises.needed_by(session, scope, exams)
        short = [exam.id for exam in exams if exam.state == ExamState.RECEIVING and needs[exam.id].short > 0]
        area = store.area(session, scope)
    if short:
        with database.transaction() as session:
            for exam in all_for(session, scope, Exam, short, lock=True):
                promises.keep(session, scope, exam)
    sizes = {digest: size for need in needs.values() for digest, size in need.sizes.items()}
    missing = list(dict.fromkeys(digest for need in needs.values() for digest in need.missing))
    plan = _Plan(area, sizes, sizes.keys() - set(missing), missing)
    return plan, {exam_id: need.missing for exam_id, need in needs.items()}


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
    """The rows of one call: what is durable is registered, and exams that miss nothing (`missing`) are committed."""

    database: Database
    store: Store
    area: Area
    scope: Scope
    exam_ids: list[str]
    missing: dict[str, list[str]]

    def register(self, stored: list[Stored], signing: SigningKeys | None = None) -> dict[str, Received]:
        """Rows for what is durable now, its room counted as used; receipts where `signing` is there to give them."""
        if not stored and signing is None:
            return {exam_id: Received(self.missing[exam_id]) for exam_id in self.exam_ids}
        point(Point.BUNDLE_DURABLE)
        try:
            return self._registered(stored, signing)
        except AppError:
            leftovers.discard(self.store, self.area, stored)
            raise

    def _registered(self, stored: list[Stored], signing: SigningKeys | None) -> dict[str, Received]:
        with self.database.transaction() as session:
            exams = all_for(session, self.scope, Exam, self.exam_ids, lock=True)
            images = promises.listed_of(session, self.scope, self.exam_ids)
            made, surplus = self._register(session, exams, _Owners(exams, images), stored)
            held = self._held(session, images, stored)
            self.missing = {exam.id: promises.missing_of(images[exam.id], held) for exam in exams}
            whole = [exam for exam in exams if not self.missing[exam.id]] if signing else []
            done = [exam for exam in whole if exam.state == ExamState.RECEIVING]
            promises.settle_all(session, made, last={exam.id for exam in done})
            point(Point.BUNDLE_COUNTED)
            given = self._receipts(session, whole, done, images, signing) if signing else {}
        point(Point.BUNDLE_REGISTERED)
        if surplus:
            leftovers.clear(self.database, self.store, self.scope.area)
        return {exam.id: Received(self.missing[exam.id], given.get(exam.id)) for exam in exams}

    def _register(
        self, session: Session, exams: Sequence[Exam], owners: "_Owners", stored: list[Stored]
    ) -> tuple[Counter[str], list[Stored]]:
        """
        Rows for what is durable; returns how many bytes of each exam the area did not hold before, and what others
        brought meanwhile.
        """
        owners.adopt_parts(stored)
        size, made, whole = owners.sizes(stored), owners.sizes([]), set[str]()
        promised = promises.promised(session, self.scope, exams) if stored else {}
        for exam in exams:
            if promised.get(exam.id, 0) < size[exam.id]:
                promises.keep(session, self.scope, exam)
        for target_id in sorted({exam.target_id for exam in exams}):
            mine = [one for one in stored if owners.of(one).target_id == target_id]
            new = blob_rows.register(session, self.scope.area, mine, target_id=target_id)
            made += owners.sizes([one for one in mine if one.digest in new])
            whole |= new
        surplus = [] if whole.issuperset(one.digest for one in stored if not one.is_part) else stored
        if surplus:
            leftovers.settle(session, self.scope.area, surplus)
        return made, surplus

    def _held(self, session: Session, images: Mapping[str, Sequence[Listed]], stored: list[Stored]) -> dict[str, int]:
        """What came now is held; only the rest is asked for."""
        held = {one.digest: one.size for one in stored}
        return held | blobs.held(
            session, self.scope, {i.sha256 for each in images.values() for i in each} - held.keys()
        )

    def _receipts(
        self,
        session: Session,
        whole: Sequence[Exam],
        done: Sequence[Exam],
        images: Mapping[str, Sequence[Listed]],
        signing: SigningKeys,
    ) -> dict[str, dict[str, Any] | None]:
        """Given now for those that are `done`, or when the exam was committed before."""
        for exam in whole:
            require_there(exam)
        before = {e.id: receipts.of_exam(session, self.scope, e.id) for e in whole if e.state != ExamState.RECEIVING}
        if not done:
            return before
        return before | service.complete(session, self.scope, signing, [(exam, images[exam.id]) for exam in done])


class _Owners:
    """Within whose promise bytes come: the first exam that names them, of those still receiving before the others."""

    def __init__(self, exams: Sequence[Exam], images: Mapping[str, Sequence[Listed]]) -> None:
        self._first = exams[0]
        self._of: dict[str, Exam] = {}
        for exam in sorted(exams, key=lambda exam: exam.state != ExamState.RECEIVING):
            for image in images[exam.id]:
                self._of.setdefault(image.sha256, exam)

    def adopt_parts(self, stored: Iterable[Stored]) -> None:
        """Parts are named by no exam: they go with the blob that they make."""
        for one in stored:
            for digest, _ in one.parts:
                self._of.setdefault(digest, self.of(one))

    def of(self, stored: Stored) -> Exam:
        """The owner of a blob."""
        return self._of.get(stored.digest, self._first)

    def sizes(self, stored: Iterable[Stored]) -> Counter[str]:
        """Bytes by the id of their owner."""
        sizes: Counter[str] = Counter()
        for one in stored:
            sizes[self.of(one).id] += one.size
        return sizes


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
