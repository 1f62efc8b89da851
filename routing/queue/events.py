"""News of assignments and answers, for whoever stands above: ids only."""

from dataclasses import dataclass
from typing import ClassVar

from vault.base.outbox import Event


@dataclass(frozen=True)
class AssignmentChanged(Event):
    """A department's part of a request is new, or moved on."""

    name: ClassVar[str] = "assignment.changed"
    assignment_id: str
    request_id: str
    department_id: str


@dataclass(frozen=True)
class AnswerReady(Event):
    """An answer, or a new version of one, is in the facility's inbox."""

    name: ClassVar[str] = "answer.ready"
    answer_id: str
    request_id: str
    department_id: str


@dataclass(frozen=True)
class AnswerPickedUp(Event):
    """An answer was shown, or received by a person."""

    name: ClassVar[str] = "answer.picked-up"
    answer_id: str
    request_id: str


@dataclass(frozen=True)
class HistoryImported(Event):
    """Answered requests came from another help desk, at most a thousand an event; `facility_id` is None."""

    name: ClassVar[str] = "history.imported"
    request_ids: list[str]
