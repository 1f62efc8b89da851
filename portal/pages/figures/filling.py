"""Areas by how full they are, how much came to each in 30 days, and the day on which each is full if that goes on."""

from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import languages, plots
from portal.pages.figures import drawings
from portal.pages.figures.shown import Column, Fact, Kind, Row, Shown, Table, Window
from templates import filters
from vault.base import clock
from vault.base.scope import Scope
from vault.exams import arrivals
from vault.tenancy import fullness
from vault.tenancy.filling import LEVELS, full_on, level
from vault.tenancy.fullness import Filled

LOOK_BACK = timedelta(days=30)
HUES = {95: "bad", 90: "late", 80: "care", 0: "one"}


def shown(session: Session, scope: Scope, window: Window) -> Shown:
    """Four statements; the growth is of the shown areas alone, and not told where all are asked for."""
    levels = fullness.by_level(session, scope)
    today = clock.today(scope.zone)
    rows, more = window.cut(fullness.fullest(session, scope, q=window.q, offset=window.offset, limit=window.reach))
    if window.limit is None:
        return Shown([], _table(rows, None, today), _facts(levels))
    grown = arrivals.since(session, scope, [one.facility_id for one in rows], clock.now() - LOOK_BACK)
    say = _("The lines stand at %(low)s, %(mid)s and %(high)s %%.", low=80, mid=90, high=95)
    drawn = drawings.tracks(say, [_track(one, grown[one.facility_id], today) for one in rows])
    return Shown([drawn], _table(rows, grown, today), _facts(levels), more)


def _facts(levels: dict[int, int]) -> list[Fact]:
    reader = languages.reader()
    words = {
        95: _("%(percent)s %% or more", percent=95),
        90: _("%(low)s to %(high)s %%", low=90, high=95),
        80: _("%(low)s to %(high)s %%", low=80, high=90),
        0: _("Below %(percent)s %%", percent=80),
    }
    hue = {95: "bad", 90: "care"}
    return [
        Fact(words[step], filters.whole(levels[step], reader), hue.get(step, "") if levels[step] else "")
        for step in (*LEVELS, 0)
    ]


def _track(one: Filled, grown: int, today: date) -> dict[str, Any]:
    return {
        "name": one.facility,
        "url": url_for("admin.facility", code=one.code),
        "words": _taken(one),
        "more": _ahead(one, grown, today),
        "share": plots.share(one.taken, one.capacity or 0),
        "hue": HUES[level(one.taken, one.capacity)],
    }


def _taken(one: Filled) -> str:
    reader = languages.reader()
    used = filters.size(one.taken, reader)
    if one.capacity is None:
        return str(_("%(used)s, no limit", used=used))
    held = _("%(used)s of %(capacity)s", used=used, capacity=filters.size(one.capacity, reader))
    return f"{_percent(one)} % · {held}"


def _percent(one: Filled) -> int | None:
    return None if not one.capacity else one.taken * 100 // one.capacity


def _ahead(one: Filled, grown: int, today: date) -> str:
    if not grown:
        return str(_("nothing new in 30 days"))
    size = filters.size(grown, languages.reader())
    day = full_on(one.taken, one.capacity, grown, LOOK_BACK.days, today)
    if day is None:
        return str(_("%(size)s more in 30 days", size=size))
    on = filters.civil_date(day, languages.reader())
    return str(_("%(size)s more in 30 days; full about %(on)s", size=size, on=on))


def _table(rows: list[Filled], grown: dict[str, int] | None, today: date) -> Table:
    columns = [
        Column(_("Facility")),
        Column(_("Full"), Kind.PERCENT),
        Column(_("Used"), Kind.BYTES),
        Column(_("Capacity"), Kind.BYTES),
    ]
    if grown is None:
        return Table(columns, [Row(_held(one)) for one in rows])
    columns += [Column(_("Came in 30 days"), Kind.BYTES), Column(_("Full about"), Kind.DATE)]
    return Table(columns, [_grown_row(one, grown[one.facility_id], today) for one in rows])


def _grown_row(one: Filled, grown: int, today: date) -> Row:
    day = full_on(one.taken, one.capacity, grown, LOOK_BACK.days, today)
    return Row([*_held(one), grown, day], url_for("admin.facility", code=one.code))


def _held(one: Filled) -> list[str | int | None]:
    return [one.facility, _percent(one), one.taken, one.capacity]
