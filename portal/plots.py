"""The arithmetic of drawings: round ticks, stacked columns, lengths along a track; pure, without words or colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

HEIGHT = 140
"""Pixels from the ground line to the highest tick."""
STEPS_DECIMAL = (1, 2, 5)
STEPS_BINARY = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
FILLED = 0.72
"""How much of its slot a column takes."""


@dataclass(frozen=True)
class Tick:
    """A line across at `y` pixels from the top."""

    value: int
    y: float


@dataclass(frozen=True)
class Piece:
    """One value of a column: `x` and `width` in percent of the drawing, `y` and `height` in pixels from its top."""

    series: int
    value: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Column:
    """The pieces over one place of the ground line, `middle` percent from the left; those of nothing are left out."""

    middle: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Columns:
    """A drawing of columns, with the ticks that they are read by."""

    ticks: tuple[Tick, ...]
    columns: tuple[Column, ...]


def ticks(most: int, *, binary: bool = False, wanted: int = 4) -> list[int]:
    """
    Round values from 0 to the first one that `most` does not pass, about `wanted` steps of them.

    Steps are 1, 2 or 5 with noughts behind; with `binary` those that bytes are round in (256 MB, 512 MB, 1 GB).
    """
    step = _step(max(1, -(-most // wanted)), binary)
    return [step * number for number in range(-(-max(1, most) // step) + 1)]


def _step(least: int, binary: bool) -> int:
    unit, steps = 1, STEPS_BINARY if binary else STEPS_DECIMAL
    while True:
        for one in steps:
            if one * unit >= least:
                return one * unit
        unit *= 1024 if binary else 10


def columns(places: Sequence[Sequence[Sequence[int]]], *, binary: bool = False) -> Columns:
    """
    At each place of the ground line its stacks, side by side; each stack its values, the lowest first.

    A value's `series` counts on from stack to stack. No value is below zero.
    """
    marks = ticks(max((sum(stack) for place in places for stack in place), default=0), binary=binary)
    slot = 100 / max(1, len(places))
    return Columns(
        tuple(Tick(value, _round(HEIGHT - HEIGHT * value / marks[-1])) for value in marks),
        tuple(_column(place, slot * number, slot, marks[-1]) for number, place in enumerate(places)),
    )


def _column(place: Sequence[Sequence[int]], left: float, slot: float, top: int) -> Column:
    width = slot * FILLED / max(1, len(place))
    pieces: list[Piece] = []
    series = 0
    for number, stack in enumerate(place):
        x = left + slot * (1 - FILLED) / 2 + width * number
        for value, reached in zip(stack, accumulate(stack), strict=True):
            if value:
                height = HEIGHT * value / top
                y = HEIGHT - HEIGHT * reached / top
                pieces.append(Piece(series, value, _round(x), _round(y), _round(width), _round(height)))
            series += 1
    return Column(_round(left + slot / 2), tuple(pieces))


def share(part: float, whole: float) -> float:
    """How far along a track, in percent; never outside it."""
    return _round(min(100.0, max(0.0, 100 * part / whole))) if whole > 0 else 0.0


@dataclass(frozen=True)
class Stretch:
    """From where to where along a track, in percent; `cut` where it goes on beyond the end."""

    x: float
    width: float
    cut: bool


def stretch(first: date, last: date | None, window: tuple[date, date]) -> Stretch | None:
    """The days from `first` to `last` (None: no end), both included, within a window of days; None where outside."""
    begin, end = window
    whole = (end - begin).days + 1
    start, stop = max(first, begin), end if last is None else min(last, end)
    if stop < start:
        return None
    x = share((start - begin).days, whole)
    return Stretch(x, _round(100 * ((stop - start).days + 1) / whole), last is None or last > end)


def _round(value: float) -> float:
    return round(value, 2)
