"""The ledger as CSV for a spreadsheet: UTF-8 with a byte order mark, and no cell that would be taken for a formula."""

import csv
import io
from collections.abc import Iterator

from sqlalchemy.orm import Session

from vault.base.scope import Scope
from vault.billing import ledger
from vault.billing.ledger import Row
from vault.billing.months import Month

BOM = "\ufeff"
HEADER = ("date", "posting", "document", "facility", "facility_name", "account", "debit", "credit", "amount")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def ledger_csv(session: Session, scope: Scope, month: Month | None = None) -> Iterator[str]:
    """Line by line, of one month or whole; `amount` is debit less credit, and its column sums to zero."""
    since, until = (month.first_day, month.last_day) if month else (None, None)
    found = ledger.rows(session, scope, since=since, until=until)
    yield BOM + _line(HEADER)
    for row in found:
        yield _line(_cells(row))


def harmless(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would work out."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(row: Row) -> tuple[str | int, ...]:
    texts = (row.on.isoformat(), row.posting, row.document, row.facility, row.name, row.account)
    debit, credit = max(row.amount, 0), max(-row.amount, 0)
    return (*map(harmless, texts), debit, credit, row.amount)


def _line(cells: tuple[str | int, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
