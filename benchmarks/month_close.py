"""
How long a month of many contracts takes to close: `python -m benchmarks.month_close [--contracts 10000] [--url URL]`.

Contracts are written as rows, half of them annual, one a facility; `--url` names an empty database, else it is SQLite.
"""

import argparse
import tempfile
import time
from datetime import date
from pathlib import Path

from portal.migrations import upgrade
from vault.base import clock, ids, settings
from vault.base.database import Database
from vault.base.scope import Scope
from vault.billing import closing
from vault.billing.months import Month
from vault.contracts.models import Contract
from vault.contracts.parsing import terms_from
from vault.tenancy.models import Facility, Target

START = date(2025, 4, 1)


def fill(database: Database, contracts: int) -> None:
    """A facility with a target and a contract each."""
    now = clock.now()
    for first in range(0, contracts, 1000):
        numbers = range(first, min(first + 1000, contracts))
        named = [(number, ids.new(), ids.new()) for number in numbers]
        with database.transaction() as session:
            session.add_all(
                Facility(id=area, code=f"f{number:05}", name=f"Clinic {number}", capacity=10**9, created_at=now)
                for number, area, _target in named
            )
            session.flush()
            session.add_all(Target(id=target, facility_id=area, name="ward") for _number, area, target in named)
            session.flush()
            session.add_all(contract(number, area, target) for number, area, target in named)


def contract(number: int, area: str, target: str) -> Contract:
    """Every other one by the year, the rest by the month."""
    period = {"period": "annual"} if number % 2 else {"period": "monthly", "terms": 0}
    terms = terms_from({"target": "ward", "start": START, "timing": "per-exam", "unit_price": 1000, **period})
    return Contract(
        facility_id=area,
        target_id=target,
        state="agreed",
        start=START,
        ends_on=terms.end,
        agreed_terms=terms.values(),
        digest=terms.digest,
        agreed_at=clock.now(),
    )


def main() -> None:
    """Fill, close two months, tell the seconds of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contracts", type=int, default=10_000)
    parser.add_argument("--url", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(args.url or f"sqlite:///{folder}/kura.sqlite")
        upgrade(database)
        fill(database, args.contracts)
        for month in (Month(2025, 4), Month(2025, 5)):
            began = time.perf_counter()
            figures = closing.close(database, Scope.system(), settings.read(Path(folder), {}), month)
            print(f"{database.engine.dialect.name} {figures}: {time.perf_counter() - began:.1f} s", flush=True)
        database.close()


if __name__ == "__main__":
    main()
