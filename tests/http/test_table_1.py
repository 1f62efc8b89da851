"""Table 1 of the seed from the web form to the invoices: a year closed by twelve processes, two of them killed."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.http.test_contract_pages import PRICES, Sides
from tests.http.world import World
from tests.services.clock import HeldClock
from tests.services.sources import ROOT
from tests.vault.billing.books import span
from vault.base.faults import AT
from vault.billing.months import Month

pytestmark = pytest.mark.timeout(400)
FREE = {name: value if name in ("included", "step", "copies") else "0" for name, value in PRICES.items()}
MONTHS = span("2026-04", "2027-03")
KILLED = {"2026-08": "month.invoiced", "2026-10": "month.batch_done"}
"""Before what was charged is durable, and after it, with the month still open."""


@pytest.fixture
def home(clock: HeldClock, world: World) -> Path:
    """
    Three targets of one facility, agreed on the web on 1 April 2026 by both sides: a year, months that renew by
    themselves, and a year free of charge.
    """
    sides = Sides(world)
    assert sides.provider.post("/admin/plans", data=PRICES).status_code == 303
    sides.agree(target="内視鏡室 1")
    sides.agree(target="病棟", period="monthly", months="")
    assert sides.provider.post("/admin/plans", data=FREE).status_code == 303
    sides.agree(target="体験")
    return world.installation.settings.home


def close(home: Path, month: str, killed_at: str = "") -> subprocess.CompletedProcess[str]:
    """`kura close-month` as a process whose clock says noon after the month's end, whatever the machine's says."""
    first = Month.parse(month).following.first_day
    ahead = datetime(first.year, first.month, first.day, 3, tzinfo=UTC).timestamp() - _machine_time()
    environment = {**os.environ, "KURA_CLOCK_SHIFT_SECONDS": str(int(ahead)), **({AT: killed_at} if killed_at else {})}
    command = [sys.executable, "-m", "portal", "--home", str(home), "close-month", month, "--json"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def _machine_time() -> float:
    return datetime.now().astimezone().timestamp()


def test_a_year_is_10_000_yen_and_twelve_months_are_12_000(world: World, home: Path) -> None:
    """10 points × 1 year × ¥1,000; 1 point × 12 months × ¥1,000; 0: each once, though two closes are killed."""
    subtotals = []
    for month in MONTHS:
        if month in KILLED:
            assert close(home, month, KILLED[month]).returncode == -signal.SIGKILL
        done = close(home, month)
        assert done.returncode == 0, done.stderr
        subtotals.append(json.loads(done.stdout)["subtotal"])
    assert subtotals == [11_000, *[1_000] * 11]
    assert json.loads(close(home, "2026-10").stdout)["subtotal"] == 1_000
    invoices = world.call("aoba-admin", "GET", "/invoices").get_json()["items"]
    assert [one["number"] for one in invoices] == [f"KI-{number:06}" for number in range(12, 0, -1)]
    assert [one["month"] for one in invoices] == MONTHS[::-1]
    charged: Counter[str] = Counter()
    for line in (line for one in invoices for line in one["lines"]):
        charged[line["target"]] += line["amount"]
    assert charged == {"内視鏡室 1": 10_000, "病棟": 12_000, "体験": 0}
    assert sum(one["total"] for one in invoices) == 24_200
