"""Terms from plain values (a file, a form, a stored row); Invalid names the field that cannot be taken."""

import unicodedata
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from vault.base.errors import Invalid
from vault.contracts.money import Yen
from vault.contracts.terms import BASE_CASES, DataKind, Patients, Period, Terms, Unit
from vault.contracts.timing import Timing

_FIELDS = frozenset(field.name for field in fields(Terms))
Choice = TypeVar("Choice", bound=StrEnum)


def terms_from(values: Mapping[str, Any]) -> Terms:
    """
    The terms that `values` name as `Terms.values` does; `start` may be a date, `capacity` is in bytes.

    A period left out runs until it is ended; a length left out is one year or one month. `retention` maps kinds to
    years; older terms have none.
    """
    for name in values:
        if name not in _FIELDS:
            raise Invalid("unknown_field", field=name)
    period = _choice(Period, values.get("period") or Period.OPEN, "period")
    terms = values.get("terms")
    return Terms(
        target=_text(values.get("target"), "target"),
        period=period,
        terms=(0 if period is Period.OPEN else 1) if terms is None else _number(terms, "terms"),
        start=_date(values.get("start")),
        timing=Timing.parse(_text(values.get("timing"), "timing")),
        unit=_choice(Unit, values.get("unit", Unit.FACILITY), "unit"),
        kinds=frozenset(
            _choice(DataKind, kind, "kinds") for kind in _items(values.get("kinds", list(DataKind)), "kinds")
        ),
        patients=_patients(values.get("patients", {})),
        capacity=None if values.get("capacity") is None else _number(values["capacity"], "capacity"),
        unit_price=Yen(_number(values.get("unit_price"), "unit_price")),
        display_tool_cases=_number(values.get("display_tool_cases", BASE_CASES), "display_tool_cases"),
        retention=_retention(values.get("retention") or {}),
        encrypted_discs=_switch(values.get("encrypted_discs", False), "encrypted_discs"),
    )


def _retention(values: object) -> tuple[tuple[DataKind, int], ...]:
    if not isinstance(values, Mapping):
        raise Invalid("retention", field="retention")
    years = {_choice(DataKind, kind, "retention"): _number(given, "retention") for kind, given in values.items()}
    return tuple(sorted(years.items()))


def _patients(values: object) -> Patients:
    if not isinstance(values, Mapping) or not set(values) <= {"default", "except"}:
        raise Invalid("patients", field="patients")
    exceptions = frozenset(_text(name, "patients") for name in _items(values.get("except", []), "patients"))
    return Patients(_text(values.get("default", "in"), "patients"), exceptions)


def _choice(choices: type[Choice], value: object, field: str) -> Choice:
    try:
        return choices(str(value))
    except ValueError:
        raise Invalid("unknown_value", field=field, known=[choice.value for choice in choices]) from None


def _date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Invalid("date", field="start") from None


def _number(value: object, field: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid("number", field=field)
    return value


def _switch(value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise Invalid("switch", field=field)
    return value


def _items(value: object, field: str) -> list[object]:
    if not isinstance(value, list | tuple):
        raise Invalid("list", field=field)
    return list(value)


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Invalid("text", field=field)
    return unicodedata.normalize("NFC", value)
