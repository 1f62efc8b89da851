"""Nights of backup that went wrong: how many on each of the last 30 dates, and facility by facility as a strip."""

from datetime import date
from itertools import groupby
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from portal import languages
from portal.pages.figures import drawings
from portal.pages.figures.drawings import Place, Series
from portal.pages.figures.shown import Column, Fact, Kind, Row, Shown, Table, Window
from templates import filters
from vault.backup import thirty_nights
from vault.backup.thirty_nights import Worst
from vault.base.scope import Scope

HUES = {Worst.MISSED: "bad", Worst.FAILED: "late", Worst.LATE: "care", Worst.MADE_GOOD: "two"}
GLYPHS = {Worst.MISSED: "×", Worst.FAILED: "!", Worst.LATE: "?", Worst.MADE_GOOD: "+"}


def words() -> dict[Worst, str]:
    """What became of a night, by the mark that stands for it."""
    return {
        Worst.MISSED: _("missed"),
        Worst.FAILED: _("failed"),
        Worst.LATE: _("late"),
        Worst.MADE_GOOD: _("made good since"),
    }


def shown(session: Session, scope: Scope, window: Window) -> Shown:
    """Three statements, however many facilities there are."""
    days = thirty_nights.days(scope)
    counts = thirty_nights.by_night(session, scope)
    rows, more = window.cut(thirty_nights.places(session, scope, q=window.q, offset=window.offset, limit=window.reach))
    say = _("The nights of the last 30 days that went wrong, facility by facility")
    strips = [_strip(one, days) for one in rows] if window.limit is not None else []
    return Shown(
        [by_date(counts, days), drawings.strips(say, strips, marks(), days)], _table(rows), _facts(counts), more
    )


def marks() -> list[dict[str, Any]]:
    """What each mark of a strip stands for."""
    return [{"glyph": GLYPHS[one], "hue": HUES[one], "name": name} for one, name in words().items()]


def marked(nights: dict[date, Worst], days: list[date]) -> dict[str, Any]:
    """The nights that went wrong as `marks`, each at its place in the strip, and `told` in words, run by run."""
    reader, named = languages.reader(), words()
    found = [nights.get(day, Worst.FINE) for day in days]
    told = []
    for worst, run in groupby(enumerate(found), key=lambda one: one[1]):
        places = [place for place, _worst in run]
        first, last = (filters.day_of_month(days[place], reader) for place in (places[0], places[-1]))
        if worst is not Worst.FINE:
            told.append(f"{first if first == last else f'{first} – {last}'} {named[worst]}")
    marks_ = [{"place": place, "hue": HUES[one]} for place, one in enumerate(found) if one is not Worst.FINE]
    return {"marks": marks_, "told": ", ".join(told)}


def by_date(counts: dict[date, dict[Worst, int]], days: list[date]) -> dict[str, Any]:
    """A column a night."""
    reader, named = languages.reader(), words()
    all_ = sum(sum(one.values()) for one in counts.values())
    return drawings.columns(
        ngettext("%(num)d night went wrong in 30 days", "%(num)d nights went wrong in 30 days", all_),
        [Series(named[one], HUES[one]) for one in named],
        [
            Place(
                filters.day_of_month(day, reader) if (len(days) - 1 - number) % 7 == 0 else "",
                filters.civil_date(day, reader),
                [[counts.get(day, {}).get(one, 0) for one in named]],
            )
            for number, day in enumerate(days)
        ],
        lambda count: filters.short(count, reader),
        lambda count: filters.whole(count, reader),
        legend=False,
    )


def _facts(counts: dict[date, dict[Worst, int]]) -> list[Fact]:
    found = {one: sum(night.get(one, 0) for night in counts.values()) for one in HUES}
    reader, named = languages.reader(), words()
    return [
        Fact(named[one].capitalize(), filters.whole(count, reader), "bad" if one > Worst.LATE and count else "")
        for one, count in found.items()
    ]


def _strip(one: thirty_nights.Place, days: list[date]) -> dict[str, Any]:
    open_ = ngettext("%(num)d night is missing", "%(num)d nights are missing", one.open)
    return {
        "name": one.facility,
        "url": url_for("admin.facility", code=one.code),
        "words": open_ if one.open else _("made good since"),
        **marked(one.nights, days),
    }


def _table(rows: list[thirty_nights.Place]) -> Table:
    return Table(
        [Column(_("Facility")), Column(_("Still open"), Kind.COUNT), Column(_("Went wrong in 30 days"), Kind.COUNT)],
        [Row([one.facility, one.open, one.wrong], url_for("admin.facility", code=one.code)) for one in rows],
    )
