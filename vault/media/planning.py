"""What lies on which disc, decided once for a set and kept in rows, so that a disc is made anew as it was begun."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.errors import Conflict
from vault.base.scope import Scope, get_for, scoped
from vault.contracts.models import Contract
from vault.exams.models import DriveFile
from vault.intake.models import Receipt
from vault.media import content, sizes
from vault.media.content import ExamOn
from vault.media.models import MediaDisc, MediaPiece, MediaSet, PieceKind, SetState
from vault.media.packing import DoesNotFit, Piece, Room, Thing, packed, units_of
from vault.store.garbage import Transaction

BATCH = 500


@dataclass(frozen=True)
class _Subject:
    """What a piece is of."""

    kind: PieceKind
    id: str
    version: int | None
    units: int
    patient: str | None


def plan(read: Transaction, transaction: Transaction, scope: Scope, set_id: str) -> None:
    """
    Pack the area of now; once the set is `MAKING` nothing changes it. Conflict (`disc_too_small`) where something that
    every set needs has no room on one disc.
    """
    with transaction() as session:
        if get_for(session, scope, MediaSet, set_id).state != SetState.ORDERED.value:
            return
        for table in (MediaPiece, MediaDisc):
            session.execute(delete(table).where(table.facility_id == scope.area, table.set_id == set_id))
    with read() as session:
        row = get_for(session, scope, MediaSet, set_id)
        contract = get_for(session, scope, Contract, row.contract_id)
        until, receipts = _receipts(session, scope)
        session.expunge_all()
        filling = _Filling(scope, row, contract, receipts)
        for batch in filling.rows(session):
            with transaction() as writing:
                writing.add_all(batch)
    with transaction() as session:
        row = get_for(session, scope, MediaSet, set_id, lock=True)
        session.add_all(filling.discs.values())
        row.state, row.planned_at, row.receipts_until = SetState.MAKING.value, clock.now(), until
        row.discs, row.exams, row.files = len(filling.discs), filling.exams, filling.files


class _Filling:
    """Discs as they fill: what is counted of them, and the rows of their pieces."""

    def __init__(self, scope: Scope, row: MediaSet, contract: Contract, receipts: int) -> None:
        self._scope, self._row, self._contract = scope, row, contract
        self._most = sizes.largest_part(row.disc_bytes, encrypted=row.encrypted)
        self._room = sizes.room(row.disc_bytes)
        words = sizes.on_disc(receipts, encrypted=row.encrypted) + sizes.on_disc(64_000, encrypted=row.encrypted)
        self._first = Room(self._room.bytes - words.bytes, self._room.files - 2)
        if self._first.bytes < 0:
            raise Conflict("disc_too_small")
        self._subjects: dict[str, _Subject] = {}
        self.discs: dict[int, MediaDisc] = {}
        self.exams = self.files = 0

    def rows(self, session: Session) -> Iterator[list[MediaPiece]]:
        """The rows of all pieces, some hundreds at a time."""
        self._disc(1)
        batch: list[MediaPiece] = []
        try:
            for piece in packed(self._things(session), self._first, self._room):
                # The rule looks at one thing after the other: the piece is of the one that was counted last.
                batch.append(self._piece(piece, self.exams + self.files))
                if len(batch) == BATCH:
                    yield batch
                    batch = []
        except DoesNotFit as problem:
            raise Conflict("disc_too_small") from problem
        yield batch

    def _things(self, session: Session) -> Iterator[Thing]:
        for one in content.exams(session, self._scope, self._contract):
            self.exams += 1
            yield self._exam(one)
        for file in content.files(session, self._scope, self._contract):
            self.files += 1
            yield self._file(file)

    def _exam(self, one: ExamOn) -> Thing:
        units = units_of((image.size for image in one.images), self._most)
        encrypted = self._row.encrypted
        taken = [
            sizes.unit(unit.end - unit.start, one.images[unit.content].name, encrypted=encrypted) for unit in units
        ]
        exam = one.exam
        self._subjects[exam.id] = _Subject(PieceKind.EXAM, exam.id, None, len(units), exam.patient_id)
        return Thing(exam.id, sizes.exam(content.words(exam), encrypted=encrypted), taken)

    def _file(self, file: DriveFile) -> Thing:
        units = units_of([file.size], self._most)
        encrypted = self._row.encrypted
        taken = [sizes.unit(unit.end - unit.start, file.path, encrypted=encrypted) for unit in units]
        self._subjects[file.id] = _Subject(PieceKind.FILE, file.id, file.version, len(units), None)
        return Thing(file.id, Room(0, 0), taken)

    def _piece(self, piece: Piece, place: int) -> MediaPiece:
        subject = self._subjects[piece.key]
        if piece.until == subject.units:
            del self._subjects[piece.key]
        disc = self._disc(piece.disc)
        disc.expected += piece.taken.bytes
        if subject.patient is not None:
            disc.exams += 1
            disc.first_patient = disc.first_patient or subject.patient
            disc.last_patient = subject.patient
        return MediaPiece(
            facility_id=self._scope.area,
            set_id=self._row.id,
            disc=piece.disc,
            place=place,
            kind=subject.kind.value,
            subject_id=subject.id,
            version=subject.version,
            first=piece.first,
            until=piece.until,
            units=subject.units,
        )

    def _disc(self, number: int) -> MediaDisc:
        if number not in self.discs:
            base = self._row.disc_bytes - (self._first if number == 1 else self._room).bytes
            made = MediaDisc(facility_id=self._scope.area, set_id=self._row.id, number=number, expected=base, exams=0)
            self.discs[number] = made
        return self.discs[number]


def _receipts(session: Session, scope: Scope) -> tuple[int, int]:
    """The last receipt of the area, and how many bytes all of them have, a line each."""
    until = session.scalar(scoped(select(func.max(Receipt.sequence)), scope, Receipt)) or 0
    documents = scoped(select(Receipt.document), scope, Receipt).execution_options(yield_per=200)
    return until, sum(len(document.encode()) + 1 for document in session.scalars(documents))
