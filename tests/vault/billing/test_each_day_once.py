"""Whatever is agreed, changed and ended: each day of each target is billed once, and the ledger balances."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.vault.billing.books import Books, settings_in
from vault.base import clock
from vault.base.database import Database
from vault.base.scope import Scope
from vault.billing import closing
from vault.contracts.models import Contract
from vault.contracts.terms import Period

FIRST = date(2027, 11, 1)
UNTIL = date(2028, 8, 31)

agreements = st.fixed_dictionaries(
    {
        "period": st.sampled_from(["annual", "monthly", None]),
        "terms": st.integers(1, 3),
        "wait": st.integers(0, 70),
        "unit_price": st.sampled_from([0, 1, 333, 1000]),
        "runs": st.none() | st.integers(0, 100),
        "closes": st.booleans(),
    }
)


@settings(max_examples=15)
@given(histories=st.lists(st.lists(agreements, min_size=1, max_size=4), min_size=1, max_size=2))
def test_each_day_of_each_target_is_billed_once(
    histories: list[list[dict[str, Any]]], sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("history")
    copyfile(sqlite_template, folder / "kura.sqlite")
    books = Books(Database(f"sqlite:///{folder / 'kura.sqlite'}"), settings_in(folder))
    with clock.frozen(noon(FIRST)):
        area = books.facility()
    for number, history in enumerate(histories):
        live(books, area, f"room {number}", history)
    with clock.frozen(noon(UNTIL + timedelta(days=1))):
        close_until(books, UNTIL)
    assert billed(books) == held(books, UNTIL)
    assert_sums(books)
    books.database.close()


def noon(day: date) -> datetime:
    return datetime.combine(day, time(3), UTC)


def live(books: Books, area: Scope, target: str, history: list[dict[str, Any]]) -> None:
    """Agree on one contract after the other, ending some after so many days, closing months in between or not."""
    day = FIRST
    for one in history:
        day += timedelta(days=one["wait"])
        if day > UNTIL:
            return
        wanted = {"period": one["period"], "terms": one["terms"] if one["period"] else None}
        with clock.frozen(noon(day)):
            contract = books.agree(area, target=target, start=day.isoformat(), unit_price=one["unit_price"], **wanted)
        ends = end_of(books, contract)
        # An end after the last month that is closed would be credited with its own month.
        told = None if one["runs"] is None else min(day + timedelta(days=one["runs"]), UNTIL)
        if told is not None and (ends is None or told < ends):
            with clock.frozen(noon(told)):
                if one["closes"]:
                    close_until(books, told.replace(day=1) - timedelta(days=1))
                books.end(area, contract, told.isoformat())
            ends = told
        if ends is None:
            return
        day = ends + timedelta(days=1)


def end_of(books: Books, contract_id: str) -> date | None:
    with books.database.read() as session:
        return session.scalars(select(Contract.ends_on).where(Contract.id == contract_id)).one()


def close_until(books: Books, last: date) -> None:
    """Every month that comes next and has ended by then."""
    while True:
        with books.database.read() as session:
            month = closing.following(session)
        if month is None or month.last_day > last:
            return
        books.close(str(month))


def held(books: Books, until: date) -> Counter[tuple[str, date]]:
    """The days on which each target has a contract, as far as the terms go that began by then."""
    days: Counter[tuple[str, date]] = Counter()
    with books.database.read() as session:
        for contract in session.scalars(select(Contract).where(Contract.start <= until)):
            last = last_charged(contract, until)
            days.update((contract.terms.target, day) for day in all_days(contract.start, last))
    return days


def last_charged(contract: Contract, until: date) -> date:
    """The last day for which something is charged and not credited once the months until then are closed."""
    terms = contract.terms
    if contract.ends_on is not None and contract.ends_on <= until:
        return contract.ends_on
    number = 0
    while terms.first_day(number + 1) <= until:
        number += 1
    whole = terms.period is Period.ANNUAL or number == terms.terms - 1
    return terms.end if terms.end and whole else terms.first_day(number + 1) - timedelta(days=1)


def billed(books: Books) -> Counter[tuple[str, date]]:
    """The days of the charged terms less those that were credited."""
    days: Counter[tuple[str, date]] = Counter()
    for line in books.lines():
        days.update((line.target, day) for day in all_days(line.first_day, line.last_day))
    for credit in books.credit_lines():
        days.subtract((credit.target, day) for day in all_days(credit.first_day, credit.last_day))
    return Counter({day: count for day, count in days.items() if count})


def all_days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def assert_sums(books: Books) -> None:
    """What is open is what was charged less credits and payments; numbers have no gap; the ledger sums to zero."""
    notes, paid = books.credit_notes(), books.paid()
    assert books.numbers() == list(range(1, len(books.invoices()) + 1))
    assert [one.number for one in notes] == list(range(1, len(notes) + 1))
    for invoice in books.invoices():
        credited = sum(note.total for note in notes if note.invoice_id == invoice.id)
        assert 0 <= credited <= invoice.total
        assert invoice.outstanding == invoice.total - credited - paid[invoice.id]
    assert books.sum_of_ledger() == 0
