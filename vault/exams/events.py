"""News of exams."""

from dataclasses import dataclass
from typing import ClassVar

from vault.base.outbox import Event


@dataclass(frozen=True)
class ExamsHeld(Event):
    """All images of these exams are held and their receipts are signed. Many come at once, and ingest goes first."""

    name: ClassVar[str] = "exams.held"
    wakes: ClassVar[bool] = False
    exam_ids: list[str]


@dataclass(frozen=True)
class ExamDeleted(Event):
    """An exam went out of sight; it can be brought back for a while."""

    name: ClassVar[str] = "exam.deleted"
    exam_id: str


@dataclass(frozen=True)
class ExamUndeleted(Event):
    """An exam was brought back."""

    name: ClassVar[str] = "exam.undeleted"
    exam_id: str


@dataclass(frozen=True)
class ExamRemoved(Event):
    """The grace of a deleted exam has ended: its images are gone for good."""

    name: ClassVar[str] = "exam.removed"
    exam_id: str


@dataclass(frozen=True)
class FileChanged(Event):
    """A file of the drive was put, deleted or brought back."""

    name: ClassVar[str] = "file.changed"
    file_id: str
