"""Contracts that run out within 90 days, by their last day, with or without something that follows."""

from datetime import date, timedelta
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
from vault.base.scope import Scope
from vault.contracts import running_out
from vault.contracts.running_out import DAYS, STEPS, Ending, LastDay

BAR = 5
"""Days that one column stands for."""


def shown(session: Session, scope: Scope, window: Window) -> Shown:
    """Three statements at most, however many contracts there are."""
    today = running_out.today(scope)
    days = running_out.by_day(session, scope)
    rows, more = window.cut(running_out.listed(session, scope, q=window.q, offset=window.offset, limit=window.reach))
    return Shown([_drawing(days, today)], _table(rows, today), _facts(days, today), more)


def _facts(days: list[LastDay], today: date) -> list[Fact]:
    found = []
    for step in STEPS:
        bare = sum(one.bare for one in days if one.ends_on < today + timedelta(days=step))
        name = _("Within %(days)s days, nothing follows", days=step)
        found.append(Fact(name, filters.whole(bare, languages.reader()), "bad" if bare and step == STEPS[0] else ""))
    return found


def _drawing(days: list[LastDay], today: date) -> dict[str, Any]:
    reader = languages.reader()
    places = []
    for number in range(DAYS // BAR):
        first = today + timedelta(days=BAR * number)
        last = first + timedelta(days=BAR - 1)
        within = [one for one in days if first <= one.ends_on <= last]
        label = filters.day_of_month(first, reader) if number % 6 == 0 else ""
        stacks = [[sum(one.bare for one in within), sum(one.followed for one in within)]]
        places.append(Place(label, f"{filters.civil_date(first, reader)} – {filters.civil_date(last, reader)}", stacks))
    bare, all_ = sum(one.bare for one in days), sum(one.bare + one.followed for one in days)
    say = ngettext("%(num)d contract ends within 90 days", "%(num)d contracts end within 90 days", all_)
    return drawings.columns(
        f"{say}; " + ngettext("nothing follows %(num)d of them", "nothing follows %(num)d of them", bare),
        [Series(_("Nothing follows yet"), "bad"), Series(_("What follows is agreed"), "two")],
        places,
        lambda count: filters.short(count, reader),
        lambda count: filters.whole(count, reader),
    )


def _table(rows: list[Ending], today: date) -> Table:
    words = {True: _("agreed"), False: _("nothing yet")}
    return Table(
        [
            Column(_("Facility")),
            Column(_("Backup target")),
            Column(_("Last day"), Kind.DATE),
            Column(_("Days left"), Kind.COUNT),
            Column(_("What follows")),
        ],
        [
            Row(
                [one.facility, one.target, one.ends_on, (one.ends_on - today).days, words[one.followed]],
                url_for("admin.contract", code=one.code, contract_id=one.id),
            )
            for one in rows
        ],
    )
