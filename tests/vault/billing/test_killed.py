"""Killed in the middle of a close: the next run charges what is left, nothing twice, no number left out."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.sources import ROOT
from tests.vault.billing.books import Books
from tests.vault.tenancy.tenants import at_once
from vault.base.faults import AT
from vault.billing import closing

FACILITIES = 5


@pytest.fixture
def two_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that few areas are several batches."""
    monkeypatch.setattr(closing, "BATCH", 2)


def agreed(books: Books) -> None:
    """Five facilities, a year each; one of them has a second target and one that is free."""
    for number in range(FACILITIES):
        area = books.facility(f"f{number}")
        books.agree(area, start="2025-04-01")
    books.agree(area, target="ward", start="2025-04-01", period="monthly", terms=1)
    books.agree(area, target="trial", start="2025-04-01", unit_price=0)


def closed_once(books: Books) -> None:
    assert books.numbers() == list(range(1, FACILITIES + 1))
    assert sorted(one.subtotal for one in books.invoices()) == [10_000] * 4 + [11_000]
    assert len(books.lines()) == len({(line.contract_id, line.first_day) for line in books.lines()}) == 7
    assert books.sum_of_ledger() == 0


@pytest.mark.parametrize(
    "point",
    [
        "month.begun",
        *(f"month.invoiced:{time}" for time in range(1, 6)),
        "month.batch_done",
        *(f"transaction.committing:{time}" for time in range(1, 4)),
        *(f"transaction.committed:{time}" for time in range(1, 4)),
    ],
)
def test_killed_and_run_again_it_charges_each_term_once(books: Books, tmp_path: Path, point: str) -> None:
    agreed(books)
    command = [sys.executable, "-m", "tests.vault.billing.closer", books.database.url, str(tmp_path), "2025-04"]
    killed = subprocess.run(command, cwd=ROOT, env={**os.environ, AT: point}, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (figures,) = books.close("2025-04")
    assert (figures["invoices"], figures["lines"], figures["subtotal"]) == (5, 7, 51_000)
    closed_once(books)
    assert books.close("2025-04") == [figures]


@pytest.mark.usefixtures("two_a_batch")
def test_closers_at_once_close_once(books: Books) -> None:
    agreed(books)
    first, second, third = at_once(3, lambda _: books.close("2025-04")[0]["subtotal"])
    assert (first, second, third) == (51_000, 51_000, 51_000)
    closed_once(books)
