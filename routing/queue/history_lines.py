"""One line of another help desk's history, read and checked; pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.requests import texts
from vault.base.errors import AppError, Invalid

FIELDS = frozenset({"facility", "subject", "body", "filed_at", "departments", "answers"})
ANSWER_FIELDS = frozenset({"department", "body", "at"})


@dataclass(frozen=True)
class OldAnswer:
    """What a department answered, and when."""

    department: str
    body: str
    at: datetime


@dataclass(frozen=True)
class OldRequest:
    """A request of the past; `key` is the digest of its line, by which it is known again."""

    key: str
    facility: str
    subject: str
    body: str
    filed_at: datetime
    departments: tuple[str, ...]
    answers: tuple[OldAnswer, ...]

    @property
    def codes(self) -> frozenset[str]:
        """Every department it names."""
        return frozenset({*self.departments, *(answer.department for answer in self.answers)})


def read(line: str) -> OldRequest:
    """The request of a line; Invalid naming the field that cannot be taken, TooLarge for a text beyond the limit."""
    try:
        values = json.loads(line)
    except ValueError as problem:
        raise Invalid("not_json", field="line") from problem
    _check_names(values, FIELDS, "line")
    canonical = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    filed_at = _time(values.get("filed_at"), "filed_at")
    answers = _list(values.get("answers"), "answers")
    return OldRequest(
        key=hashlib.sha256(canonical.encode()).hexdigest(),
        facility=_text(values.get("facility"), "facility"),
        subject=texts.line(_text(values.get("subject"), "subject"), field="subject"),
        body=texts.body(_text(values.get("body"), "body"), required=False),
        filed_at=filed_at,
        departments=tuple(
            dict.fromkeys(_text(code, "departments") for code in _list(values.get("departments"), "departments"))
        ),
        answers=tuple(_answer(answer, f"answers.{number}", filed_at) for number, answer in enumerate(answers)),
    )


def named(problem: AppError) -> str:
    """The field that a line was refused for."""
    return str(problem.values.get("field", problem.reason))


def _answer(values: Any, field: str, filed_at: datetime) -> OldAnswer:
    _check_names(values, ANSWER_FIELDS, field)
    return OldAnswer(
        department=_text(values.get("department"), f"{field}.department"),
        body=texts.body(_text(values.get("body"), f"{field}.body"), field=f"{field}.body"),
        at=_time(values["at"], f"{field}.at") if "at" in values else filed_at,
    )


def _check_names(values: Any, known: frozenset[str], field: str) -> None:
    if not isinstance(values, Mapping):
        raise Invalid("not_an_object", field=field)
    for name in values.keys() - known:
        raise Invalid("unknown", field=name if field == "line" else f"{field}.{name}")


def _list(value: Any, field: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid("not_a_list", field=field)
    return value


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid("missing", field=field)
    return value


def _time(value: Any, field: str) -> datetime:
    try:
        at = datetime.fromisoformat(_text(value, field))
    except ValueError as problem:
        raise Invalid("time", field=field) from problem
    if at.tzinfo is None:
        raise Invalid("time_without_zone", field=field)
    return at
