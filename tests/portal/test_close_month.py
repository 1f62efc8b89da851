"""`kura close-month`: figures as JSON, the same again when run twice, one line and a status for what is refused."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from portal.installation import make_home
from tests.services.sources import ROOT
from vault.base.scope import Scope
from vault.contracts import service
from vault.contracts.parsing import terms_from
from vault.tenancy import facilities

TERMS = {"target": "ward", "period": "annual", "start": "2025-04-01", "timing": "per-exam", "unit_price": 1000}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which a year was agreed from 1 April 2025."""
    installation = make_home(tmp_path / "home")
    with installation.database.transaction() as session:
        area = facilities.make(session, Scope.system(), code="f001", name="第一クリニック", capacity=10**6)
        service.agree_from_file(session, Scope.system(area.id), terms_from(TERMS))
    installation.close()
    return tmp_path / "home"


def kura(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "portal", "--home", str(home), "close-month", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_it_prints_its_figures_and_the_same_again(home: Path) -> None:
    first, again = kura(home, "2025-04", "--json"), kura(home, "2025-04", "--json")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert json.loads(first.stdout) == json.loads(again.stdout)
    assert json.loads(first.stdout)["subtotal"] == 10_000


@pytest.mark.parametrize(
    ("month", "status", "words"),
    [("2025-06", 6, "2025-04"), ("2999-01", 2, "not ended"), ("April", 2, "2026-04")],
)
def test_what_is_refused_is_one_line(home: Path, month: str, status: int, words: str) -> None:
    done = kura(home, month)
    assert (done.returncode, done.stdout) == (status, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_kura_ledger_prints_entries_that_sum_to_zero(home: Path) -> None:
    kura(home, "2025-04")
    command = [sys.executable, "-m", "portal", "--home", str(home), "ledger"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=True).stdout
    rows = list(csv.DictReader(printed.decode("utf-8-sig").splitlines()))
    assert (len(rows), sum(int(row["amount"]) for row in rows)) == (3, 0)
