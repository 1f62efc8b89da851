"""What the router decided, and why, as data: faces put a reason's code and values into the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Why(StrEnum):
    """Every code a reason can have; the values it carries stand beside it."""

    RULE = "rule"
    """A rule of the provider matched. number (from 1), conditions {name: what it looks for}, found (text or None)."""
    WORDS = "words"
    """Words that past answers tie to the department. words [in the text's own spelling]."""
    ABOUT = "about"
    """Words of what the department says it handles. words [in the text's own spelling]."""
    UNSURE = "unsure"
    """No department reached its threshold. department (the nearest), probability."""
    NOTHING_FITS = "nothing_fits"
    """Nothing in the text points to any department. No values."""
    NO_TEXT = "no_text"
    """There is nothing to read. No values."""
    NO_DEPARTMENT = "no_department"
    """The text fits best what no department here handles. code (known from training alone), probability."""


@dataclass(frozen=True)
class Reason:
    """One reason: a code and its values."""

    code: Why
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As JSON keeps it: `{"code": …, …values}`."""
        return {"code": self.code.value, **self.values}


@dataclass(frozen=True)
class Choice:
    """A department the request goes to (or, among `others`, does not), how probable it is, and why."""

    department: str
    probability: float
    reasons: tuple[Reason, ...] = ()

    def reasons_as_data(self) -> list[dict[str, Any]]:
        """As an assignment's row keeps them."""
        return [reason.as_data() for reason in self.reasons]


@dataclass(frozen=True)
class Decision:
    """
    Where a request goes: to every one of `choices`, most probable first, and to the triage desk when `triage` says why.

    Departments are named by code. `others` are the departments it does not go to, most probable first; `model` is the
    id of the model that took part, None while there is only what departments say of themselves.
    """

    choices: tuple[Choice, ...]
    triage: Reason | None
    others: tuple[Choice, ...] = ()
    model: str | None = None

    @property
    def departments(self) -> tuple[str, ...]:
        """The codes of the departments the request goes to, triage not among them."""
        return tuple(choice.department for choice in self.choices)

    def as_data(self) -> dict[str, Any]:
        """As pages and the API show it."""
        return {
            "departments": [
                {"department": c.department, "probability": c.probability, "reasons": c.reasons_as_data()}
                for c in self.choices
            ],
            "triage": self.triage.as_data() if self.triage else None,
            "others": [{"department": c.department, "probability": c.probability} for c in self.others],
            "model": self.model,
        }
