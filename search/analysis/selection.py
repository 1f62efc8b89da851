"""Which exams an analysis looks at."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from search.documents.area import Area
from vault.base.errors import Invalid
from vault.base.scope import scoped
from vault.exams.models import Exam, ExamState

FIELDS = frozenset({"facilities", "scope_model", "exam_kind", "from", "to"})


@dataclass(frozen=True)
class Selection:
    """Held exams of these facilities (codes; none means all), scope model and kind, performed in [since, until)."""

    facilities: tuple[str, ...] = ()
    scope_model: str = ""
    exam_kind: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Self:
        """From the `filter` of the API; Invalid names the field that is unknown or wrong."""
        for name in given:
            if name not in FIELDS:
                raise Invalid("unknown_field", field=f"filter.{name}")
        facilities = given.get("facilities", [])
        if not isinstance(facilities, list) or not all(isinstance(code, str) for code in facilities):
            raise Invalid("not_a_list", field="filter.facilities")
        return cls(
            facilities=tuple(facilities),
            scope_model=_text(given, "scope_model"),
            exam_kind=_text(given, "exam_kind"),
            since=_time(given, "from"),
            until=_time(given, "to"),
        )

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Self:
        """From what `kept` made."""
        return cls(**{**kept, "facilities": tuple(kept["facilities"])})

    def kept(self) -> dict[str, Any]:
        """As JSON, for a job."""
        return asdict(self)

    def told(self) -> dict[str, Any]:
        """As the `filter` that `parse` takes, without what does not narrow it."""
        told = {
            "facilities": list(self.facilities),
            "scope_model": self.scope_model,
            "exam_kind": self.exam_kind,
            "from": self.since,
            "to": self.until,
        }
        return {name: value for name, value in told.items() if value}

    def includes(self, area: Area) -> bool:
        return not self.facilities or area.code in self.facilities

    def exams(self, session: Session, area: Area) -> list[str]:
        """The ids of the area's exams, oldest first."""
        statement = scoped(select(Exam.id), area.scope, Exam).where(Exam.state == ExamState.HELD)
        if self.scope_model:
            statement = statement.where(Exam.scope_model == self.scope_model)
        if self.exam_kind:
            statement = statement.where(Exam.kind == self.exam_kind)
        if self.since:
            statement = statement.where(Exam.performed_at >= datetime.fromisoformat(self.since))
        if self.until:
            statement = statement.where(Exam.performed_at < datetime.fromisoformat(self.until))
        return list(session.scalars(statement.order_by(Exam.performed_at, Exam.id)))


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise Invalid("not_a_text", field=f"filter.{name}")
    return value


def _time(given: Mapping[str, Any], name: str) -> str:
    value = _text(given, name)
    try:
        if value and datetime.fromisoformat(value).tzinfo is None:
            raise Invalid("time_without_zone", field=f"filter.{name}")
    except ValueError as problem:
        raise Invalid("not_a_time", field=f"filter.{name}") from problem
    return value
