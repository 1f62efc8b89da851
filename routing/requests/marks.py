"""Marks on an image: a layer of points, rings, arrows, frames and words, in fractions of its width and height."""

from collections.abc import Mapping, Sequence
from typing import Any

from vault.base.errors import Invalid, TooLarge

MOST = 100
TEXT_LENGTH = 500

COORDINATES: dict[str, frozenset[str]] = {
    "point": frozenset({"x", "y"}),
    "ring": frozenset({"x", "y", "r"}),
    "arrow": frozenset({"x", "y", "x2", "y2"}),
    "rect": frozenset({"x", "y", "w", "h"}),
    "text": frozenset({"x", "y", "text"}),
}


def checked(marks: Sequence[Any], field: str) -> list[dict[str, Any]]:
    """
    The marks, if each is one of the five shapes with its coordinates between 0 and 1 and at most a `text` besides.

    A ring's `r` is a fraction of the width; an arrow points at (x2, y2). Raises Invalid naming the mark within `field`,
    TooLarge for more than a hundred on one image.
    """
    if len(marks) > MOST:
        raise TooLarge(field=field, limit=MOST)
    return [_checked(mark, f"{field}.{number}") for number, mark in enumerate(marks)]


def _checked(mark: Any, field: str) -> dict[str, Any]:
    if not isinstance(mark, Mapping):
        raise Invalid("mark", field=field)
    kind = mark.get("type", "point")
    if not isinstance(kind, str) or kind not in COORDINATES:
        raise Invalid("mark_type", field=f"{field}.type")
    needed = COORDINATES[kind]
    for name in sorted(needed - mark.keys()):
        raise Invalid("missing", field=f"{field}.{name}")
    for name in mark.keys() - needed - {"type", "text"}:
        raise Invalid("unknown", field=f"{field}.{name}")
    for name, value in mark.items():
        if name != "type":
            _check_value(name, value, f"{field}.{name}")
    return {"type": kind, **{name: value for name, value in mark.items() if name != "type"}}


def _check_value(name: str, value: Any, field: str) -> None:
    if name == "text":
        if not isinstance(value, str) or len(value) > TEXT_LENGTH:
            raise Invalid("mark_text", field=field)
    elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Invalid("mark_outside", field=field)
