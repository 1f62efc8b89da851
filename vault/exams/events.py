"""News of exams."""

from dataclasses import dataclass
from typing import ClassVar

from vault.base.outbox import Event


@dataclass(frozen=True)
class ExamHeld(Event):
    """All images of an exam are held and its receipt is signed."""

    name: ClassVar[str] = "exam.held"
    exam_id: str


@dataclass(frozen=True)
class FileChanged(Event):
    """A file of the drive was put, deleted or brought back."""

    name: ClassVar[str] = "file.changed"
    file_id: str
