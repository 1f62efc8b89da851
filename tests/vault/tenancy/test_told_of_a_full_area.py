"""An area that fills up is told at 80, 90 and 95 %: once each time it gets there, to those whom it concerns."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.vault.tenancy.tenants import facility, undone
from vault.base import outbox
from vault.base.database import Database
from vault.base.notices import Notice
from vault.tenancy import capacity, subscribers

Told = Callable[[], list[tuple[str, int]]]


@pytest.fixture
def area(database: Database) -> str:
    """An area of 1,000 bytes."""
    with database.transaction() as session:
        return facility(session).id


@pytest.fixture
def told(database: Database) -> Told:
    """(audience without its id, percent) of every notice so far, in their order."""
    subscribers.subscribe_all()

    def read() -> list[tuple[str, int]]:
        outbox.relay(database)
        with database.read() as session:
            found = session.scalars(select(Notice).where(Notice.kind == subscribers.FILLED).order_by(Notice.number))
            return [(one.audience.split(":")[0], one.values["level"]) for one in found]

    return read


def keep(database: Database, area: str, size: int) -> None:
    with database.transaction() as session:
        capacity.reserve(session, area, "exam:1", size)
        capacity.settle(session, "exam:1", size, last=True)


def let_go(database: Database, area: str, size: int) -> None:
    with database.transaction() as session:
        capacity.free(session, area, size)


def test_each_step_is_told_once_and_the_last_one_to_the_provider_too(database: Database, area: str, told: Told) -> None:
    keep(database, area, 799)
    assert told() == []
    for size in (1, 50, 50, 20):
        keep(database, area, size)
    steps = [("facility-admin", 80), ("facility-admin", 90)]
    assert told() == steps
    keep(database, area, 30)
    assert told() == [*steps, ("facility-admin", 95), ("role", 95)]
    keep(database, area, 40)
    assert len(told()) == 4


def test_it_is_told_again_only_after_it_fell_below(database: Database, area: str, told: Told) -> None:
    keep(database, area, 850)
    let_go(database, area, 40)
    keep(database, area, 40)
    assert told() == [("facility-admin", 80)]
    let_go(database, area, 60)
    keep(database, area, 60)
    assert told() == [("facility-admin", 80)] * 2


def test_room_that_is_only_promised_counts_and_given_back_it_does_not(
    database: Database, area: str, told: Told
) -> None:
    for _ in range(2):
        with database.transaction() as session:
            capacity.reserve(session, area, "upload:1", 900)
        with database.transaction() as session:
            capacity.release(session, "upload:1")
    assert told() == [("facility-admin", 90)] * 2


def test_what_was_undone_is_not_told(database: Database, area: str, told: Told) -> None:
    with undone(database) as session:
        capacity.reserve(session, area, "exam:1", 990)
    assert told() == []
    keep(database, area, 990)
    assert [level for _, level in told()] == [95, 95]


def test_a_smaller_limit_is_told_as_well_and_a_larger_one_lets_it_be_told_again(
    database: Database, area: str, told: Told
) -> None:
    keep(database, area, 500)
    for limit in (600, 1000, 600, None):
        with database.transaction() as session:
            capacity.set_capacity(session, area, limit)
    assert told() == [("facility-admin", 80)] * 2
