"""Scrub: everything is read once a round, at its rate, and a round that was stopped goes on where it stood."""

from datetime import timedelta

from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.care.conftest import Vault
from tests.vault.care.keeping import keep
from vault.base.scope import Scope
from vault.store import copying, scrub
from vault.store.garbage import Hands
from vault.store.models import ScrubRound
from vault.store.scrub import Budget

MONTH = timedelta(days=30)


def rounds(vault: Vault) -> list[ScrubRound]:
    with vault.database.read() as session:
        return list(session.scalars(select(ScrubRound).order_by(ScrubRound.id)))


def test_a_round_goes_on_after_each_slice_and_reads_everything_once(
    vault: Vault, hands: Hands, aoba: Scope, midori: Scope
) -> None:
    for scope in (aoba, aoba, midori):
        keep(vault, scope)
    whole = scrub.once(hands, Budget())
    assert (whole.packs, whole.blobs, whole.damaged) == (3, 12, 0)
    sliced = [scrub.go_on(hands, Budget(most=1), timedelta(0)) for _ in range(3)]
    assert sum(one.bytes for one in sliced) == whole.bytes
    assert [one.packs for one in sliced] == [1, 1, 1]


def test_a_large_pack_is_left_in_its_middle_and_gone_on_with(
    vault: Vault, hands: Hands, aoba: Scope, monkeypatch: object
) -> None:
    keep(vault, aoba)
    stretch, scrub.STRETCH_BYTES = scrub.STRETCH_BYTES, 1000
    try:
        scrub.go_on(hands, Budget(most=1), MONTH)
        (at,) = rounds(vault)
        assert at.offset > 0
        assert at.packs == 0
        scrub.go_on(hands, Budget(), MONTH)
    finally:
        scrub.STRETCH_BYTES = stretch
    (at,) = rounds(vault)
    assert (at.packs, at.blobs, at.offset) == (1, 4, 0)
    assert at.finished_at is not None


def test_a_new_round_begins_when_its_time_has_come(vault: Vault, hands: Hands, aoba: Scope, clock: HeldClock) -> None:
    keep(vault, aoba)
    assert scrub.go_on(hands, Budget(), MONTH).packs == 1
    assert scrub.go_on(hands, Budget(), MONTH).packs == 0
    clock.forward(MONTH)
    assert scrub.go_on(hands, Budget(), MONTH).packs == 1
    assert len(rounds(vault)) == 2


def test_both_copies_are_read(vault: Vault, hands: Hands, aoba: Scope) -> None:
    keep(vault, aoba)
    alone = scrub.once(hands, Budget()).bytes
    copying.copy_all(hands)
    assert scrub.once(hands, Budget()).bytes == 2 * alone


def test_reading_waits_for_its_rate() -> None:
    waited: list[float] = []
    budget = Budget(rate=1000, pause=waited.append)
    budget.take(10_000)
    assert 9.5 < waited[0] <= 10
