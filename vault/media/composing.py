"""The files of one disc: what lies on it by the plan, its pages and lists, and on the first one the receipts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.errors import NotFound
from vault.base.scope import Scope, get_for, scoped
from vault.contracts.models import Contract
from vault.exams.models import DriveFile, DriveVersion, Exam, ExamImage, ExamState
from vault.intake import receipts
from vault.intake.models import Receipt
from vault.intake.signing import SigningKeys
from vault.media import content, layout, pages, sizes
from vault.media.models import MediaDisc, MediaPiece, MediaSet, PieceKind
from vault.media.packing import Unit, units_of
from vault.media.sources import Entry, Opened
from vault.store import queries as blobs
from vault.store.garbage import Transaction
from vault.store.store import Store
from vault.tenancy import facilities

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
"""What any browser shows."""
BATCH = 200
BACK = f"../../{layout.INDEX}"


@dataclass
class Disc:
    """The files of a disc, in the order in which they are written; what of the plan is not among them, and why."""

    number: int
    entries: list[Entry] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    exams: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Composer:
    """What a disc is composed of: the vault, and the set with its contract."""

    read: Transaction
    store: Store
    signing: SigningKeys
    scope: Scope
    row: MediaSet
    contract: Contract
    zone: str

    def disc(self, number: int) -> Disc:
        """The disc of that number."""
        made = Disc(number)
        with self.read() as session:
            for batch in self._pieces(session, number):
                for piece in batch:
                    self._add_exam(session, made, piece) if piece.kind == PieceKind.EXAM.value else self._add_file(
                        session, made, piece
                    )
                session.expunge_all()
            self._add_lists(session, made)
        return made

    def _pieces(self, session: Session, number: int) -> Iterator[list[MediaPiece]]:
        mine = scoped(select(MediaPiece), self.scope, MediaPiece).where(
            MediaPiece.set_id == self.row.id, MediaPiece.disc == number
        )
        after = -1
        while batch := list(
            session.scalars(mine.where(MediaPiece.place > after).order_by(MediaPiece.place).limit(BATCH))
        ):
            after = batch[-1].place
            yield batch

    @property
    def _most(self) -> int:
        return sizes.largest_part(self.row.disc_bytes, encrypted=self.row.encrypted)

    @property
    def _damaged(self) -> set[str]:
        return {one["sha256"] for one in self.row.left_out if one["why"] == "damaged"}

    def _add_exam(self, session: Session, made: Disc, piece: MediaPiece) -> None:
        folder = layout.exam_folder(piece.place)
        try:
            exam = get_for(session, self.scope, Exam, piece.subject_id)
        except NotFound:
            exam = None
        if exam is None or exam.state != ExamState.HELD.value:
            made.left_out.append({"what": folder, "sha256": "", "why": "gone"})
            return
        images = [one for one in self._images(session, exam) if content.covered(self.contract.terms, one)]
        shown: list[dict[str, Any]] = []
        for unit in units_of((one.size for one in images), self._most)[piece.first : piece.until]:
            image = images[unit.content]
            path = layout.image_path(piece.place, image.name, unit)
            line = {"exam": exam.id, "name": image.name}
            if self._add(made, path, unit, image.sha256, image.size, line):
                shown.append(
                    {
                        "url": path.rpartition("/")[2],
                        "name": image.name,
                        "picture": image.media_type in PICTURES and unit.parts == 1 and not image.broken,
                        "part": _part(unit),
                    }
                )
        about = self._about(exam, "" if piece.until - piece.first == piece.units else _of(piece))
        page = pages.page("exam.html", title=about["patient_id"], exam=about, images=shown, back=BACK)
        made.entries.append(_given(f"{folder}/index.html", page))
        made.exams.append(about | {"url": f"{folder}/index.html", "images": len(shown)})

    def _images(self, session: Session, exam: Exam) -> list[ExamImage]:
        mine = scoped(select(ExamImage), self.scope, ExamImage).where(ExamImage.exam_id == exam.id)
        return list(session.scalars(mine.order_by(ExamImage.position)))

    def _about(self, exam: Exam, part: str) -> dict[str, Any]:
        return {
            "patient_id": exam.patient_id,
            "performed_at": pages.written(exam.performed_at, self.zone),
            "kind": exam.kind,
            "scope": " ".join(filter(None, (exam.scope_model, exam.scope_serial))),
            "note": exam.note,
            "part": part,
        }

    def _add_file(self, session: Session, made: Disc, piece: MediaPiece) -> None:
        mine = scoped(select(DriveVersion), self.scope, DriveVersion)
        found = session.scalar(
            mine.where(DriveVersion.file_id == piece.subject_id, DriveVersion.version == piece.version)
        )
        file = session.scalar(scoped(select(DriveFile), self.scope, DriveFile).where(DriveFile.id == piece.subject_id))
        if found is None or file is None:
            made.left_out.append({"what": f"{layout.FILES}/f{piece.place:06d}", "sha256": "", "why": "gone"})
            return
        for unit in units_of([found.size], self._most)[piece.first : piece.until]:
            path = layout.file_path(piece.place, file.path, unit)
            if self._add(made, path, unit, found.sha256, found.size, {"file": file.path}):
                row = {"url": path, "path": file.path, "bytes": unit.end - unit.start, "part": _part(unit)}
                made.files.append(row)

    def _add(self, made: Disc, path: str, unit: Unit, digest: str, size: int, line: dict[str, Any]) -> bool:
        """The bytes of a unit, unless they are known to be damaged."""
        line = {"path": path, **line, "sha256": digest, "size": size, "part": unit.part, "parts": unit.parts}
        if digest in self._damaged:
            made.left_out.append(
                {"what": f"{path} ({line.get('name') or line['file']})", "sha256": digest, "why": "damaged"}
            )
            made.lines.append(line | {"left_out": "damaged"})
            return False
        whole = digest if unit.parts == 1 else ""
        made.entries.append(Entry(path, unit.end - unit.start, self._blob(digest, unit), digest, whole))
        made.lines.append(line)
        return True

    def _blob(self, digest: str, unit: Unit) -> Opened:
        def opened() -> Iterator[bytes]:
            with self.read() as session:
                area = self.store.area(session, self.scope)
                blob = self.store.blob(area, blobs.kept(session, self.scope, digest))
            yield from blob.read_range(unit.start, unit.end)

        return opened

    def _add_lists(self, session: Session, made: Disc) -> None:
        lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in made.lines)
        made.entries.append(_given(layout.CONTENTS, lines.encode()))
        if made.number == 1:
            known = json.dumps({"items": receipts.receipt_keys(session, self.signing)}, indent=1)
            made.entries.append(_given(layout.KEYS, known.encode()))
            size = sum(len(document.encode()) + 1 for document in self._receipts(session))
            made.entries.append(Entry(layout.RECEIPTS, size, self._receipt_lines))
        made.entries.append(_given(layout.INDEX, self._index(session, made)))

    def _receipts(self, session: Session) -> Iterator[str]:
        mine = scoped(select(Receipt.document), self.scope, Receipt)
        until = mine.where(Receipt.sequence <= self.row.receipts_until).order_by(Receipt.sequence)
        yield from session.scalars(until.execution_options(yield_per=BATCH))

    def _receipt_lines(self) -> Iterator[bytes]:
        with self.read() as session:
            for document in self._receipts(session):
                yield f"{document}\n".encode()

    def _index(self, session: Session, made: Disc) -> bytes:
        every = scoped(select(MediaDisc), self.scope, MediaDisc).where(MediaDisc.set_id == self.row.id)
        others = [
            {"number": one.number, "first": one.first_patient or "", "last": one.last_patient or "", "exams": one.exams}
            for one in session.scalars(every.order_by(MediaDisc.number))
        ]
        facility = facilities.of(session, self.scope)
        disc = {
            "number": made.number,
            "discs": self.row.discs,
            "facility": facility.name,
            "target": self.contract.terms.target,
            "due_on": self.row.due_on.isoformat(),
        }
        title = f"{facility.name} {made.number}/{self.row.discs}"
        about = {"title": title, "disc": disc, "others": others, "left_out": made.left_out}
        return pages.page("index.html", **about, exams=made.exams, files=made.files)


def _given(path: str, content: bytes) -> Entry:
    return Entry(path, len(content), lambda: iter((content,)))


def _part(unit: Unit) -> str:
    return "" if unit.parts == 1 else f"{unit.part}/{unit.parts}"


def _of(piece: MediaPiece) -> str:
    return f"{piece.first + 1}–{piece.until} / {piece.units}"
