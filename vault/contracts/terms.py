"""What a contract says, as frozen values and pure rules: the paragraph a hospital agrees to."""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import rfc8785

from vault.base.errors import Invalid
from vault.contracts import spans
from vault.contracts.money import Yen
from vault.contracts.timing import Timing

BASE_CASES, MORE_CASES = 100, 50
LONGEST_RETENTION = 100
FIRST_YEAR, LAST_YEAR = 1900, 2900
"""Between these every term that can be agreed has a last day, and one more after it."""


class Period(StrEnum):
    """How long: whole years, months, or until it is ended (billed by the month)."""

    ANNUAL = "annual"
    MONTHLY = "monthly"
    OPEN = "open"


class Unit(StrEnum):
    """How much one run backs up."""

    FACILITY = "facility"
    PATIENT = "patient"
    EXAM = "exam"


class DataKind(StrEnum):
    """The kinds of data that can be opted in."""

    STILL = "still"
    CLIP = "clip"
    CHART = "chart"
    FILE = "file"


@dataclass(frozen=True)
class Patients:
    """Whose data is backed up: everyone (`in`) or no one (`out`), but for the exceptions."""

    default: str = "in"
    exceptions: frozenset[str] = frozenset()

    def opted_out(self, patient_id: str) -> bool:
        """Whether nothing of that patient may be backed up."""
        return (self.default == "in") == (patient_id in self.exceptions)


@dataclass(frozen=True)
class Terms:
    """
    The terms of one backup target.

    `terms` counts years of an annual contract and months of a monthly one, where 0 renews by the month; it is 0 for an
    open one. `capacity` is in bytes, None for no limit of its own. `unit_price` is a point's. `retention` says for how
    many years data of a kind cannot be deleted, beyond what the provider keeps anyway.
    """

    target: str
    start: date
    timing: Timing
    unit_price: Yen
    period: Period = Period.OPEN
    terms: int = 0
    unit: Unit = Unit.FACILITY
    kinds: frozenset[DataKind] = frozenset(DataKind)
    patients: Patients = Patients()
    capacity: int | None = None
    display_tool_cases: int = BASE_CASES
    retention: tuple[tuple[DataKind, int], ...] = ()
    encrypted_discs: bool = False

    def __post_init__(self) -> None:
        for field, bad in (
            ("target", not self.target.strip()),
            ("start", not FIRST_YEAR <= self.start.year <= LAST_YEAR),
            ("terms", not self._terms_fit()),
            ("kinds", not self.kinds),
            ("patients", self.patients.default not in ("in", "out")),
            ("capacity", self.capacity is not None and self.capacity <= 0),
            ("unit_price", self.unit_price.amount < 0),
            ("display_tool_cases", not _offered(self.display_tool_cases)),
            ("retention", not all(0 <= years <= LONGEST_RETENTION for _, years in self.retention)),
        ):
            if bad:
                raise Invalid(field, field=field)

    def _terms_fit(self) -> bool:
        longest = {Period.ANNUAL: (1, 100), Period.MONTHLY: (0, 1200), Period.OPEN: (0, 0)}
        least, most = longest[self.period]
        return least <= self.terms <= most

    @property
    def end(self) -> date | None:
        """The last day, inclusive; None where it runs until it is ended."""
        months = self.terms * 12 if self.period is Period.ANNUAL else self.terms
        return spans.last_day(self.start, months) if months else None

    def holds_on(self, day: date) -> bool:
        """Whether `day` lies in the service period."""
        return self.start <= day and (self.end is None or day <= self.end)

    def covers(self, kind: DataKind, patient_id: str, on: date) -> bool:
        """Whether data of that kind and patient is backed up on that day."""
        return self.holds_on(on) and kind in self.kinds and not self.patients.opted_out(patient_id)

    def first_day(self, number: int) -> date:
        """The first day of term `number` (from 0): its fee falls in that day's month."""
        return spans.corresponding_day(self.start, number * (12 if self.period is Period.ANNUAL else 1))

    def values(self) -> dict[str, Any]:
        """The terms as plain values, always in the same order: what is stored, shown and digested."""
        values: dict[str, Any] = {
            "target": self.target,
            "period": self.period.value,
            "terms": self.terms,
            "start": self.start.isoformat(),
            "timing": str(self.timing),
            "unit": self.unit.value,
            "kinds": sorted(kind.value for kind in self.kinds),
            "patients": {"default": self.patients.default, "except": sorted(self.patients.exceptions)},
            "capacity": self.capacity,
            "unit_price": self.unit_price.amount,
            "display_tool_cases": self.display_tool_cases,
        }
        if self.retention:
            # Left out where nothing is agreed: older terms keep their digest.
            values["retention"] = {kind.value: years for kind, years in sorted(self.retention)}
        if self.encrypted_discs:
            values["encrypted_discs"] = True
        return values

    @property
    def digest(self) -> str:
        """SHA-256 over the RFC 8785 form of the terms: two contracts say the same exactly if these are equal."""
        return hashlib.sha256(rfc8785.dumps(self.values())).hexdigest()


def _offered(cases: int) -> bool:
    """The display tool holds 100 cases and is extended by 50."""
    return cases >= BASE_CASES and (cases - BASE_CASES) % MORE_CASES == 0
