"""A bank's CSV as incoming lines, each with the digest that names it. Pure: nothing is kept here."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from vault.base.errors import Invalid, TooLarge
from vault.billing import bank_columns, bank_values
from vault.billing.bank_columns import Columns

LARGEST = 5 * 2**20
MOST_LINES = 10_000


@dataclass(frozen=True)
class Incoming:
    """One line of money that came. `digest` names it: the same line in another file has the same."""

    digest: str
    received_on: date
    amount: int
    payer: str
    reference: str

    def values(self) -> dict[str, Any]:
        """As it is stored between preview and taking."""
        return {**self.__dict__, "received_on": self.received_on.isoformat()}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Incoming":
        """From what `values` gave."""
        return cls(**{**values, "received_on": date.fromisoformat(values["received_on"])})


@dataclass(frozen=True)
class Statement:
    """What a file holds; `left_out` lines brought no money in."""

    lines: list[Incoming]
    left_out: int


def read(content: bytes, said: Mapping[str, str], today: date) -> Statement:
    """
    The incoming lines of a file in UTF-8 or Shift_JIS (cp932).

    Raises Invalid with the number of the line that cannot be taken; then none of the file is.
    """
    if len(content) > LARGEST:
        raise TooLarge("bank_file_large", limit=LARGEST // 2**20)
    rows = _rows(_text(content))
    first, columns = bank_columns.recognised(rows, said)
    seen: Counter[tuple[Any, ...]] = Counter()
    lines, left_out = [], 0
    for number, row in enumerate(rows[first:], first + 1):
        if not any(cell.strip() for cell in row):
            continue
        found = _line(row, columns, number, today, seen)
        left_out += found is None
        if found is not None:
            lines.append(found)
    if len(lines) > MOST_LINES:
        raise TooLarge("bank_lines", limit=MOST_LINES)
    if not lines:
        raise Invalid("bank_nothing", field="file", left_out=left_out)
    return Statement(lines, left_out)


def _text(content: bytes) -> str:
    if b"\x00" in content:
        raise Invalid("bank_no_csv", field="file")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("bank_no_csv", field="file")


def _rows(text: str) -> list[list[str]]:
    try:
        tabs = text.partition("\n")[0].count("\t") > text.partition("\n")[0].count(",")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if tabs else ",", strict=True))
    except csv.Error:
        raise Invalid("bank_no_csv", field="file") from None
    if not any(len(row) >= 3 for row in rows):
        raise Invalid("bank_no_csv", field="file")
    return rows


def _line(
    row: Sequence[str], columns: Columns, number: int, today: date, seen: Counter[tuple[Any, ...]]
) -> Incoming | None:
    """The line, or None where it brought no money in (`seen` counts lines that say the same)."""
    places = [*columns.date, columns.money, columns.payer]
    if max(places) >= len(row):
        if len([cell for cell in row if cell.strip()]) <= 2:
            return None  # a sum or a note under the table
        raise Invalid("bank_line_short", field="file", number=number)
    for cell in row:
        if bank_values.is_formula(cell):
            raise Invalid("bank_formula", field="file", number=number)
    amount = _amount(row, columns, number)
    if amount <= 0:
        return None
    received_on = _day(row, columns, number, today)
    payer = bank_values.folded(row[columns.payer])[:200]
    reference = "" if columns.reference is None or columns.reference >= len(row) else row[columns.reference]
    said = (received_on.isoformat(), amount, payer, bank_values.folded(reference)[:200])
    seen[said] += 1
    digest = hashlib.sha256("\x1f".join(map(str, (*said, seen[said]))).encode()).hexdigest()
    return Incoming(digest, received_on, amount, payer, said[3])


def _amount(row: Sequence[str], columns: Columns, number: int) -> int:
    cell = row[columns.money]
    try:
        amount = bank_values.amount(cell)
    except ValueError:
        raise Invalid("bank_amount", field="file", number=number, cell=cell.strip()[:40]) from None
    if amount < 0 and not columns.signed:
        raise Invalid("bank_negative", field="file", number=number, cell=cell.strip()[:40])
    kind = "" if columns.kind is None else bank_values.folded(row[columns.kind])
    return -abs(amount) if kind in bank_columns.OUT_WORDS else amount


def _day(row: Sequence[str], columns: Columns, number: int, today: date) -> date:
    cell = "/".join(row[place].strip() for place in columns.date)
    try:
        found = bank_values.day(cell)
    except ValueError:
        raise Invalid("bank_day", field="file", number=number, cell=cell[:40]) from None
    if found > today:
        raise Invalid("bank_day_to_come", field="file", number=number, cell=cell[:40])
    return found
