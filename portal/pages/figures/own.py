"""A facility's own figures: its nights, the use of its area, its terms and their end, its invoices."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import languages
from portal.pages.figures import drawings, money, nights
from portal.pages.figures.drawings import Place, Series
from portal.pages.figures.shown import Column, Fact, Kind, Row, Shown, Table
from routing.queue import files as answer_files
from templates import filters
from vault.backup import thirty_nights
from vault.backup.thirty_nights import Worst
from vault.base import clock
from vault.base.scope import Scope
from vault.billing import figures
from vault.billing.months import Month
from vault.contracts import queries as contracts
from vault.contracts.models import Contract
from vault.contracts.reminders import followed
from vault.exams import arrivals, uses

BEHIND, AHEAD = timedelta(days=92), timedelta(days=365)


def last_nights(session: Session, scope: Scope) -> Shown:
    """A strip a target; two statements."""
    days, named = thirty_nights.days(scope), nights.words()
    found, names = thirty_nights.of_area(session, scope), contracts.target_names(session, scope)
    rows = sorted((names[target], each) for target, each in found.items())
    strips = [_strip(name, each, days) for name, each in rows]
    wrong = [(day, name, each[day]) for name, each in rows for day in sorted(each) if each[day] is not Worst.FINE]
    say = _("The nights of the last 30 days that went wrong, target by target")
    table = Table(
        [Column(_("Night"), Kind.DATE), Column(_("Backup target")), Column(_("What became of it"))],
        [Row([day, name, named[worst]]) for day, name, worst in wrong],
    )
    return Shown([drawings.strips(say, strips, nights.marks(), days)], table)


def _strip(name: str, each: dict[date, Worst], days: list[date]) -> dict[str, Any]:
    fine = sum(one is Worst.FINE for one in each.values())
    reader = languages.reader()
    whole, all_ = filters.whole(fine, reader), filters.whole(len(each), reader)
    words = _("%(whole)s of %(all)s nights without fault", whole=whole, all=all_)
    return {"name": name, "url": url_for("facility.backups"), "words": words} | nights.marked(each, days)


def use(session: Session, scope: Scope) -> Shown:
    """Of what is here today, how much was here at the end of each of 12 months; five statements."""
    now = uses.of(session, scope, requests=answer_files.digests(scope))
    months = figures.last_months(clock.today(scope.zone))
    came = arrivals.within(session, scope, _edges(months, scope.zone))
    exams, files = now.exams, now.files + now.old + now.requests
    levels: list[tuple[Month, int, int]] = []
    for month, one in zip(reversed(months), reversed(came), strict=True):
        levels.insert(0, (month, max(0, exams), max(0, files)))
        exams, files = exams - one.exams, files - one.files
    return Shown([_use_drawing(levels)], _use_table(levels))


def _edges(months: list[Month], zone: str) -> list[datetime]:
    days = [one.first_day for one in months] + [months[-1].following.first_day]
    return [datetime.combine(day, time(), ZoneInfo(zone)) for day in days]


def _use_drawing(levels: list[tuple[Month, int, int]]) -> dict[str, Any]:
    reader = languages.reader()
    held = filters.size(sum(levels[-1][1:]), reader)
    return drawings.columns(
        _("%(held)s are held today", held=held),
        [Series(_("Images of exams"), "one"), Series(_("Files, older versions, answers"), "two")],
        [
            Place(
                filters.month_of_year(month.first_day, reader),
                filters.civil_month(month.first_day, reader),
                [[exams, files]],
                minor=(len(levels) - 1 - number) % 2 == 1,
            )
            for number, (month, exams, files) in enumerate(levels)
        ],
        lambda count: filters.size(count, reader),
        lambda count: filters.size(count, reader),
        binary=True,
    )


def _use_table(levels: list[tuple[Month, int, int]]) -> Table:
    return Table(
        [
            Column(_("End of"), Kind.MONTH),
            Column(_("Images of exams"), Kind.BYTES),
            Column(_("Files, older versions, answers"), Kind.BYTES),
        ],
        [Row([month.first_day, exams, files]) for month, exams, files in levels],
    )


def terms(session: Session, scope: Scope) -> Shown:
    """The contracts that run or are to begin, over a year and a quarter; two statements."""
    today = contracts.today(session, scope)
    found = sorted(contracts.ahead(session, scope), key=lambda one: (one.terms.target, one.start))
    rows = [_span(one, found) for one in found]
    drawn = drawings.spans(rows, (today - BEHIND, today + AHEAD), today)
    table = Table(
        [
            Column(_("Backup target")),
            Column(_("First day"), Kind.DATE),
            Column(_("Last day"), Kind.DATE),
            Column(_("What follows")),
        ],
        [Row([one["name"], one["first"], one["last"], one["words"]], one["url"]) for one in rows],
    )
    return Shown([drawn], table)


def _span(one: Contract, all_: list[Contract]) -> dict[str, Any]:
    words = _("renews by itself") if one.ends_on is None else _("Nothing follows yet")
    if followed(one, all_):
        words = _("What follows is agreed")
    end = "" if one.ends_on is None else filters.civil_date(one.ends_on, languages.reader())
    return {
        "name": one.terms.target,
        "url": url_for("facility.contract", contract_id=one.id),
        "words": words,
        "more": _("until %(on)s", on=end) if end else "",
        "first": one.start,
        "last": one.ends_on,
        "hue": "care" if one.ends_on and not followed(one, all_) else "one",
    }


def months(session: Session, scope: Scope) -> Shown:
    """What was billed and paid in twelve months; three statements."""
    found = figures.of_area(session, scope, figures.last_months(clock.today(scope.zone)))
    reader = languages.reader()
    facts = [
        Fact(_("Billed in 12 months"), filters.yen(sum(one.billed for one in found), reader)),
        Fact(_("Received"), filters.yen(sum(one.received for one in found), reader)),
    ]
    return Shown([money.by_month(found, by_class=False)], money.months_table(found, by_class=False), facts)
