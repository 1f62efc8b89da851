"""What was billed and paid by month, and what is open by its age."""

from collections.abc import Sequence
from datetime import date
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
from vault.base import clock
from vault.base.scope import Scope
from vault.billing import figures
from vault.billing.figures import Age, MonthFigures
from vault.billing.numbers import Series as Numbered
from vault.billing.numbers import written


def months(session: Session, scope: Scope, _window: Window) -> Shown:
    """Twelve months over all areas; three statements."""
    found = figures.by_month(session, scope, figures.last_months(clock.today(scope.zone)))
    billed, credited, received = (
        sum(getattr(one, name) for one in found) for name in ("billed", "credited", "received")
    )
    reader = languages.reader()
    facts = [
        Fact(_("Billed in 12 months"), filters.yen(billed, reader)),
        Fact(_("Credited"), filters.yen(credited, reader)),
        Fact(_("Received"), filters.yen(received, reader)),
    ]
    return Shown([by_month(found, by_class=True)], months_table(found, by_class=True), facts)


def by_month(found: Sequence[MonthFigures], *, by_class: bool) -> dict[str, Any]:
    """Beside what was billed for each month stands what was received in it."""
    reader = languages.reader()
    series = [Series(_("Economy"), "one"), Series(_("Deluxe"), "two")] if by_class else [Series(_("Billed"), "one")]
    billed, received = sum(one.billed for one in found), sum(one.received for one in found)
    say = _(
        "%(billed)s billed and %(received)s received in 12 months",
        billed=filters.yen(billed, reader),
        received=filters.yen(received, reader),
    )
    return drawings.columns(
        say,
        [*series, Series(_("Received"), "good")],
        [
            Place(
                filters.month_of_year(one.month.first_day, reader),
                filters.civil_month(one.month.first_day, reader),
                [[one.economy, one.deluxe] if by_class else [one.billed], [one.received]],
                minor=(len(found) - 1 - number) % 2 == 1,
            )
            for number, one in enumerate(found)
        ],
        lambda amount: filters.short_yen(amount, reader),
        lambda amount: filters.yen(amount, reader),
    )


def months_table(found: Sequence[MonthFigures], *, by_class: bool) -> Table:
    """The same figures, with what was credited."""
    classes = [Column(_("Economy"), Kind.YEN), Column(_("Deluxe"), Kind.YEN)] if by_class else []
    rest = [Column(_("Billed"), Kind.YEN), Column(_("Credited"), Kind.YEN), Column(_("Received"), Kind.YEN)]
    return Table(
        [Column(_("Month"), Kind.MONTH), *classes, *rest],
        [Row(_month_row(one, by_class=by_class)) for one in found],
    )


def _month_row(one: MonthFigures, *, by_class: bool) -> list[date | int]:
    classes = [one.economy, one.deluxe] if by_class else []
    return [one.month.first_day, *classes, one.billed, one.credited, one.received]


def open_amounts(session: Session, scope: Scope, window: Window) -> Shown:
    """Two statements, however many invoices are open."""
    today = clock.today(scope.zone)
    ages = figures.by_age(session, scope, today)
    rows, more = window.cut(figures.open_invoices(session, scope, q=window.q, offset=window.offset, limit=window.reach))
    reader = languages.reader()
    late = sum(one.amount for one in ages if one.first)
    facts = [
        Fact(_("Open in all"), filters.yen(sum(one.amount for one in ages), reader)),
        Fact(_("Of it late"), filters.yen(late, reader), "bad" if late else ""),
    ]
    return Shown([_by_age(ages)], _open_table(rows, today), facts, more)


def _by_age(ages: Sequence[Age]) -> dict[str, Any]:
    reader = languages.reader()
    all_ = sum(one.invoices for one in ages)
    return drawings.columns(
        ngettext("%(num)d invoice is open", "%(num)d invoices are open", all_),
        [Series(_("Not due yet"), "one"), Series(_("Late"), "bad")],
        [
            Place(
                _span(one),
                f"{_age(one)}: " + ngettext("%(num)d invoice", "%(num)d invoices", one.invoices),
                [[0, one.amount] if one.first else [one.amount, 0]],
            )
            for one in ages
        ],
        lambda amount: filters.short_yen(amount, reader),
        lambda amount: filters.yen(amount, reader),
    )


def _span(one: Age) -> str:
    if one.first is None:
        return str(_("not due"))
    return f"{one.first}–{one.last or ''}"


def _age(one: Age) -> str:
    if one.first is None:
        return str(_("Not due yet"))
    if one.last is None:
        return str(_("%(days)s days late or more", days=one.first))
    return str(_("%(first)s to %(last)s days late", first=one.first, last=one.last))


def _open_table(rows: Sequence[figures.OpenInvoice], today: date) -> Table:
    return Table(
        [
            Column(_("Facility")),
            Column(_("Invoice")),
            Column(_("Payable by"), Kind.DATE),
            Column(_("Days late"), Kind.COUNT),
            Column(_("Total"), Kind.YEN),
            Column(_("Open amount"), Kind.YEN),
        ],
        [_open_row(one, today) for one in rows],
    )


def _open_row(one: figures.OpenInvoice, today: date) -> Row:
    number = written(Numbered.INVOICE, one.number)
    late = max(0, (today - one.due_on).days) or None
    url = url_for("admin.facility", code=one.code)
    return Row([one.facility, number, one.due_on, late, one.total, one.outstanding], url)
