"""Drawings with their words, as components/plots.html draws them: columns, tracks, strips of nights, spans of days."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from portal import plots

STRIP = 18
"""Pixels from top to bottom of a strip of nights."""


@dataclass(frozen=True)
class Series:
    """What pieces of one kind stand for; `hue` is the class they are drawn in."""

    name: str
    hue: str


@dataclass(frozen=True)
class Place:
    """One place of the ground line: `label` under it (empty: none; `minor`: not on a phone), `words` for its title."""

    label: str
    words: str
    stacks: Sequence[Sequence[int]]
    minor: bool = False


def columns(
    say: str,
    series: Sequence[Series],
    places: Sequence[Place],
    tick: Callable[[int], str],
    value: Callable[[int], str],
    *,
    binary: bool = False,
    legend: bool = True,
) -> dict[str, Any]:
    """
    `say` is the sentence for who does not see it; `tick` and `value` write a value shortly and in full.

    All pieces of a series are one path, as a page is to stay light.
    """
    drawn = plots.columns([one.stacks for one in places], binary=binary)
    pieces = [piece for column in drawn.columns for piece in column.pieces]
    return {
        "kind": "columns",
        "say": say,
        "empty": not pieces,
        "series": [asdict(one) for one in series] if legend else [],
        "ground": plots.HEIGHT,
        "ticks": [{"y": one.y, "words": tick(one.value)} for one in drawn.ticks],
        "paths": [{"hue": one.hue, "d": _path(pieces, place)} for place, one in enumerate(series)],
        "columns": [
            {
                "middle": column.middle,
                "label": place.label,
                "minor": place.minor,
                "words": _told(place, series, column, value),
            }
            for place, column in zip(places, drawn.columns, strict=True)
        ],
    }


def _path(pieces: Sequence[plots.Piece], series: int) -> str:
    mine = [one for one in pieces if one.series == series]
    return "".join(f"M{one.x:.5g} {one.y:.4g}h{one.width:.3g}v{one.height:.4g}h-{one.width:.3g}z" for one in mine)


def _told(place: Place, series: Sequence[Series], column: plots.Column, value: Callable[[int], str]) -> str:
    return " · ".join([place.words, *(f"{series[one.series].name}: {value(one.value)}" for one in column.pieces)])


def tracks(say: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Rows of {name, url, words, more, share, hue}: how far each is along its track."""
    return {"kind": "tracks", "say": say, "empty": not rows, "rows": list(rows)}


def strips(
    say: str, rows: Sequence[dict[str, Any]], series: Sequence[dict[str, Any]], days: Sequence[date]
) -> dict[str, Any]:
    """
    Rows of {name, url, words, told, marks: [{place, hue}]} over the same days; `series` are {hue, glyph, name}, and
    `told` says the marks in words.
    """
    return {
        "kind": "strips",
        "say": say,
        "empty": not rows,
        "series": list(series),
        "rows": [row | {"layers": _layers(row["marks"], series, len(days))} for row in rows],
        "high": STRIP,
        "first": days[0],
        "last": days[-1],
    }


def _layers(marks: Sequence[dict[str, Any]], series: Sequence[dict[str, Any]], days: int) -> list[dict[str, Any]]:
    """Of each hue its fields as one path, and where its marks stand in them."""
    slot, found = 100 / days, []
    for one in series:
        places = [mark["place"] for mark in marks if mark["hue"] == one["hue"]]
        path = "".join(
            f"M{slot * place:.1f} 0h{slot * many - 0.3:.1f}v{STRIP}h-{slot * many - 0.3:.1f}z"
            for place, many in _runs(places)
        )
        at = " ".join(f"{slot * place + 1.5:.1f}%" for place in places)
        if places:
            found.append({"hue": one["hue"], "d": path, "at": at, "glyphs": one["glyph"] * len(places)})
    return found


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Places that follow each other as one field: the first of them, and how many."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((place, 1))
    return found


def spans(rows: Sequence[dict[str, Any]], window: tuple[date, date], today: date) -> dict[str, Any]:
    """Rows of {name, url, words, more, hue, first, last} over a window of days; those outside of it are left out."""
    placed = [(row, plots.stretch(row["first"], row["last"], window)) for row in rows]
    inside = [row | {"x": at.x, "width": at.width, "cut": at.cut} for row, at in placed if at is not None]
    now = plots.stretch(today, today, window)
    return {
        "kind": "spans",
        "empty": not inside,
        "rows": inside,
        "first": window[0],
        "last": window[1],
        "today": now.x if now else None,
    }
