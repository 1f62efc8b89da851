"""Whatever both sides do in whatever order, months closed and bills paid in between: each day is billed once."""

from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from tests.vault.billing.books import Books, settings_in
from tests.vault.billing.test_each_day_once import assert_sums, billed, close_until, held
from tests.vault.contracts.signing import wish
from tests.vault.contracts.test_days_of_a_target import PERIODS, Tables
from vault.contracts import price_plans, queries
from vault.contracts.prices import Prices

pytestmark = pytest.mark.timeout(400)
TOKYO = ZoneInfo("Asia/Tokyo")
MONTH_END = timedelta(days=32)


class Ledger(Tables):
    """The acts of both sides (offer, sign, change, renew, suspend, end, days that pass), and those of the clerk."""

    @initialize()
    def sit_down(self) -> None:
        super().sit_down()
        self.books = Books(self.database, settings_in(self.folder))
        self.payments = 0

    @rule(economy=st.sampled_from([0, 1, 333, 1000]), step=st.sampled_from([0, 150]))
    def set_prices(self, economy: int, step: int) -> None:
        prices = Prices(economy, economy * 2, 2**30, 2**30, step, 0, 40, 2, 300)
        self.table.do(price_plans.set_prices, self.table.provider, prices)

    @rule(days=st.integers(1, 40))
    def time_goes_by(self, days: int) -> None:
        super().time_goes_by(days)

    @rule(which=st.integers(0, 30), part=st.integers(1, 3))
    def pay(self, which: int, part: int) -> None:
        owing = [one for one in self.books.invoices() if one.outstanding > 0]
        if owing:
            invoice, self.payments = owing[which % len(owing)], self.payments + 1
            amount = -(-invoice.outstanding // part)
            self.books.pay(self.table.clinic, invoice.id, amount, self.today().isoformat(), str(self.payments))

    @rule(which=st.integers(0, 30), period=PERIODS)
    def change_from_the_first(self, which: int, period: tuple[str, int]) -> None:
        """The day on which a month ends is the last one of a contract that was charged for longer."""
        contracts = self.table.do(queries.active, self.table.clinic)
        if contracts:
            before = contracts[which % len(contracts)]
            first = (self.today().replace(day=1) + MONTH_END).replace(day=1)
            made = wish(target=before.terms.target, period=period[0], terms=period[1], start=first)
            self._offered(made, before.id, signed=True)

    @rule()
    def month_is_closed(self) -> None:
        """On the first day after a month everything that happened in it is charged and credited."""
        first = (self.today().replace(day=1) + MONTH_END).replace(day=1)
        self.clock.set(datetime.combine(first, time(9), TOKYO))
        until = first - timedelta(days=1)
        close_until(self.books, until)
        assert billed(self.books) == held(self.books, until)
        assert_sums(self.books)

    def teardown(self) -> None:
        try:
            if hasattr(self, "books"):
                self.month_is_closed()
        finally:
            super().teardown()


def test_each_day_is_billed_once_and_the_ledger_balances(sqlite_template: Path, tmp_path: Path) -> None:
    Ledger.template, Ledger.folder = sqlite_template, tmp_path
    quick = settings(max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Ledger, settings=quick)
