"""Whatever both sides do in whatever order: each day of a target is covered by at most one contract."""

import itertools
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from shutil import copyfile
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.services.clock import HeldClock
from tests.vault.contracts.signing import seated, wish
from vault.base.database import Database
from vault.base.errors import AppError
from vault.base.scope import Scope
from vault.contracts import acts, offers, queries, reminders, running, winding
from vault.contracts.lifecycle import Standing
from vault.contracts.offers import Wish

pytestmark = pytest.mark.timeout(400)
PERIODS = st.sampled_from([("annual", 1), ("annual", 2), ("monthly", 0), ("monthly", 1), ("monthly", 7), ("open", 0)])
TARGETS = st.sampled_from(["room", "ward", "server", "van"])


class Tables(RuleBasedStateMachine):
    """Two sides, four targets, a calendar that moves on, and every act that the pages have."""

    template: Path
    folder: Path
    rows = Bundle("rows")

    @initialize()
    def sit_down(self) -> None:
        self.stack = ExitStack()
        self.clock = HeldClock(self.stack)
        # A folder of its own each time: what SQLite left beside the last one's file would be taken for this one's.
        path = Path(mkdtemp(dir=self.folder)) / "kura.sqlite"
        copyfile(self.template, path)
        self.database = Database(f"sqlite:///{path}")
        self.table = seated(self.database)
        self.agreed: dict[str, dict[str, Any]] = {}
        self.table.agree(wish(target="room", period="monthly", terms=0))
        self.table.agree(wish(target="ward"))

    def teardown(self) -> None:
        self.database.close()
        self.stack.close()

    def tried(self, act: Any, scope: Scope, *args: Any, **more: Any) -> Any:
        """What the act returned; None where it was refused."""
        try:
            return self.table.do(act, scope, *args, **more)
        except AppError:
            return None

    @rule(
        target=rows, of=TARGETS, period=PERIODS, start=st.integers(-40, 20) | st.integers(0, 500), signed=st.booleans()
    )
    def offer(self, of: str, period: tuple[str, int], start: int, *, signed: bool) -> Any:
        made = wish(target=of, period=period[0], terms=period[1], start=self.today() + timedelta(days=start))
        return self._offered(made, None, signed=signed)

    @rule(
        target=rows,
        which=st.integers(0, 30),
        period=PERIODS,
        start=st.integers(-5, 40) | st.integers(0, 400),
        renews=st.booleans(),
        signed=st.booleans(),
    )
    def offer_what_follows(self, which: int, period: tuple[str, int], start: int, *, renews: bool, signed: bool) -> Any:
        contracts = self.table.do(queries.active, self.table.clinic)
        if not contracts:
            return multiple()
        before = contracts[which % len(contracts)]
        day = self.today() + timedelta(days=start)
        if renews and before.ends_on is not None:
            day = before.ends_on + timedelta(days=1)
        made = wish(target=before.terms.target, period=period[0], terms=period[1], start=day)
        return self._offered(made, before.id, signed=signed)

    def _offered(self, made: Wish, replaces: str | None, *, signed: bool) -> Any:
        row = self.tried(offers.offer, self.table.clinic, made, replaces=replaces)
        if row is None:
            return multiple()
        if signed:
            self.both_sign(row.id, ["clinic", "provider"])
        return row.id

    @rule(row=rows, order=st.permutations(["clinic", "provider"]))
    def sign_later(self, row: str, order: list[str]) -> None:
        self.both_sign(row, order)

    def both_sign(self, row: str, order: list[str]) -> None:
        with self.database.read() as session:
            digest = acts.of(session, self.table.clinic, row)[0].text_digest
        for side in order:
            self.tried(offers.sign, getattr(self.table, side), row, digest)

    @rule(row=rows)
    def withdraw(self, row: str) -> None:
        self.tried(offers.withdraw, self.table.provider, row, "reason")

    @rule(row=rows)
    def end(self, row: str) -> None:
        self.tried(running.end, self.table.clinic, row)

    @rule(row=rows)
    def suspend_or_resume(self, row: str) -> None:
        if self.tried(running.suspend, self.table.provider, row, "reason") is None:
            self.tried(running.resume, self.table.provider, row)

    @rule(days=st.integers(1, 40) | st.integers(1, 400))
    def time_goes_by(self, days: int) -> None:
        self.clock.forward(timedelta(days=days))
        with self.database.transaction() as session:
            scope = Scope.system(self.table.clinic.area)
            reminders.give(session, scope, self.today())
            winding.follow(session, scope, self.today(), 60)

    def today(self) -> date:
        with self.database.read() as session:
            return queries.today(session, self.table.clinic)

    @invariant()
    def each_day_of_a_target_has_at_most_one_contract(self) -> None:
        if not hasattr(self, "table"):
            return
        by_target: dict[str, list[tuple[date, date]]] = {}
        for one in self.table.contracts():
            assert one.ends_on is None or one.ends_on >= one.start
            by_target.setdefault(one.target_id, []).append((one.start, one.ends_on or date.max))
        for spans in by_target.values():
            spans.sort()
            assert all(last < first for (_, last), (first, _) in itertools.pairwise(spans))

    @invariant()
    def what_was_agreed_stays_and_what_runs_is_never_wound_down(self) -> None:
        if not hasattr(self, "table"):
            return
        found = {one.id: one for one in self.table.contracts()}
        for id_, terms in self.agreed.items():
            assert found[id_].agreed_terms == terms
        self.agreed = {id_: one.agreed_terms for id_, one in found.items()}
        with self.database.read() as session:
            running_now = queries.ahead(session, self.table.clinic)
            assert not running_now or winding.under_way(session, self.table.clinic) is None
            for one in running_now:
                standing = queries.standing(session, self.table.clinic, one)
                assert standing in (Standing.AGREED, Standing.ACTIVE, Standing.SUSPENDED)


def test_whatever_is_done_no_day_is_agreed_twice(sqlite_template: Path, tmp_path: Path) -> None:
    Tables.template, Tables.folder = sqlite_template, tmp_path
    quick = settings(max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Tables, settings=quick)
