"""A figure as it is shown: what it comes to in a few words, its drawings, and the table that they are drawn of."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from flask import Response

T = TypeVar("T")
MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Kind(StrEnum):
    """How a column's values are written: on pages as the reader's language does, in CSV as they are."""

    TEXT = "text"
    DATE = "date"
    MONTH = "month"
    COUNT = "count"
    YEN = "yen"
    BYTES = "bytes"
    PERCENT = "percent"


@dataclass(frozen=True)
class Column:
    """A column's heading and kind."""

    name: str
    kind: Kind = Kind.TEXT

    @property
    def is_number(self) -> bool:
        """Whether it stands to the right."""
        return self.kind in (Kind.COUNT, Kind.YEN, Kind.BYTES, Kind.PERCENT)


@dataclass(frozen=True)
class Row:
    """Its values, one a column (None: nothing to say), and where its first one leads."""

    values: Sequence[str | int | date | None]
    url: str = ""


@dataclass(frozen=True)
class Table:
    """What a chart shows, in full."""

    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Fact:
    """A figure in large type; `hue` is "", "care" or "bad", beside words that say the same."""

    name: str
    words: str
    hue: str = ""


@dataclass(frozen=True)
class Shown:
    """`drawings` as components/plots.html draws them; `more`: whether rows come behind these."""

    drawings: list[dict[str, Any]]
    table: Table
    facts: list[Fact] = field(default_factory=list)
    more: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return all(one["empty"] for one in self.drawings)


@dataclass(frozen=True)
class Window:
    """Which rows are asked for: of those that `q` names, behind `offset` of them; `limit` None is all."""

    q: str = ""
    offset: int = 0
    limit: int | None = None

    @property
    def reach(self) -> int | None:
        """One row more than is shown tells whether there are more."""
        return None if self.limit is None else self.limit + 1

    def cut(self, rows: list[T]) -> tuple[list[T], bool]:
        """The rows to show, and whether more come."""
        return (rows, False) if self.limit is None else (rows[: self.limit], len(rows) > self.limit)


def as_csv(table: Table, name: str) -> Response:
    """The table as a file; a text that a spreadsheet would take for a formula is given as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        writer.writerow([_plain(column, value) for column, value in zip(table.columns, row.values, strict=True)])
    head = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(MARK + out.getvalue(), content_type="text/csv; charset=utf-8", headers=head)


def _plain(column: Column, value: str | int | date | None) -> str | int:
    match value:
        case None:
            return ""
        case date():
            return value.isoformat()[:7] if column.kind is Kind.MONTH else value.isoformat()
        case str():
            return f"'{value}" if value.startswith(_FORMULA) else value
        case _:
            return value
