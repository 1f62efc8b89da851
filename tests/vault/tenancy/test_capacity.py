"""Capacity is promised before bytes travel: two uploads that fit alone but not together never both pass."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import at_once, facility, undone
from vault.base.database import Database
from vault.base.errors import OverCapacity
from vault.base.scope import Scope
from vault.tenancy import capacity, facilities
from vault.tenancy.models import Space

Spaces = tuple[str, str]


@pytest.fixture
def spaces(database: Database) -> Spaces:
    """The ids of an area of 1,000 bytes and of a target of 600 within it."""
    with database.transaction() as session:
        area = facility(session, capacity=1000).id
        target = facilities.ensure_target(session, Scope.system(area), "room 1")
        facilities.limit_target(session, target, 600)
        return area, target.id


def left(database: Database, spaces: Spaces) -> tuple[int, int]:
    with database.read() as session:
        return capacity.left(session, spaces[0]), capacity.left(session, spaces[0], spaces[1])


def test_of_two_reservations_at_once_that_fit_alone_one_passes(database: Database, spaces: Spaces) -> None:
    def reserve(number: int) -> None:
        with database.transaction() as session:
            capacity.reserve(session, spaces[0], f"exam:{number}", 700)

    told = at_once(2, reserve)
    assert sorted(type(each).__name__ for each in told) == ["NoneType", "OverCapacity"]
    assert [each.left for each in told if isinstance(each, OverCapacity)] == [300]
    assert left(database, spaces) == (300, 600)


def test_many_at_once_fill_the_target_to_the_last_byte_and_no_further(database: Database, spaces: Spaces) -> None:
    def reserve(number: int) -> None:
        with database.transaction() as session:
            capacity.reserve(session, spaces[0], f"exam:{number}", 100, target_id=spaces[1])

    told = at_once(9, reserve)
    assert told.count(None) == 6
    assert {str(each) for each in told if each is not None} == {"target_full: left=0"}
    assert left(database, spaces) == (400, 0)


def test_a_refused_reservation_keeps_nothing_of_the_area(database: Database, spaces: Spaces) -> None:
    with pytest.raises(OverCapacity, match="target_full: left=600"), database.transaction() as session:
        capacity.reserve(session, spaces[0], "exam:1", 601, target_id=spaces[1])
    assert left(database, spaces) == (1000, 600)


def test_one_subject_adds_to_what_it_has_also_at_once(database: Database, spaces: Spaces) -> None:
    def reserve(_: int) -> None:
        with database.transaction() as session:
            capacity.reserve(session, spaces[0], "exam:1", 50)

    assert at_once(4, reserve) == [None] * 4
    assert left(database, spaces)[0] == 800
    with database.transaction() as session:
        capacity.release(session, "exam:1")
    assert left(database, spaces)[0] == 1000


def test_bytes_move_from_promised_to_used_to_free(database: Database, spaces: Spaces) -> None:
    area, target = spaces
    with database.transaction() as session:
        capacity.reserve(session, area, "exam:1", 500, target_id=target)
        capacity.settle(session, "exam:1", 300)
        capacity.release(session, "exam:1")
        capacity.release(session, "exam:1")
    assert left(database, spaces) == (700, 300)
    with database.transaction() as session:
        capacity.free(session, area, 300, target_id=target)
    assert left(database, spaces) == (1000, 600)


def test_an_undone_reservation_is_none(database: Database, spaces: Spaces) -> None:
    with undone(database) as session:
        capacity.reserve(session, spaces[0], "exam:1", 500)
    assert left(database, spaces)[0] == 1000


def test_a_target_without_a_limit_has_the_area_s(database: Database, spaces: Spaces) -> None:
    with database.transaction() as session:
        target = facilities.ensure_target(session, Scope.system(spaces[0]), "ward")
        capacity.reserve(session, spaces[0], "exam:1", 1000, target_id=target.id)
    with pytest.raises(OverCapacity, match="area_full"), database.transaction() as session:
        capacity.reserve(session, spaces[0], "exam:2", 1, target_id=target.id)


def test_promises_nobody_uses_are_found_after_a_week(database: Database, spaces: Spaces, clock: HeldClock) -> None:
    with database.transaction() as session:
        capacity.reserve(session, spaces[0], "exam:1", 1)
    with database.read() as session:
        assert capacity.abandoned(session, clock.forward(timedelta(days=6))) == []
        assert capacity.abandoned(session, clock.forward(timedelta(days=2))) == ["exam:1"]


STEP = st.tuples(st.sampled_from(["reserve", "settle", "release"]), st.integers(0, 2), st.integers(1, 700))


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEP, max_size=25))
def test_whatever_happens_the_books_balance(books: Database, steps: list[tuple[str, int, int]]) -> None:
    promised: dict[str, int] = {}
    used = 0
    with undone(books) as session:
        area = facility(session, capacity=1000).id
        for what, number, size in steps:
            subject = f"exam:{number}"
            if what == "reserve" and used + sum(promised.values()) + size <= 1000:
                capacity.reserve(session, area, subject, size)
                promised[subject] = promised.get(subject, 0) + size
            elif what == "settle" and (size := min(size, promised.get(subject, 0))) > 0:
                capacity.settle(session, subject, size)
                promised[subject] -= size
                used += size
            elif what == "release":
                capacity.release(session, subject)
                promised.pop(subject, None)
            space = session.scalars(select(Space).execution_options(populate_existing=True)).one()
            assert (space.used, space.reserved) == (used, sum(promised.values()))
            assert capacity.left(session, area) == 1000 - used - sum(promised.values()) >= 0


@pytest.fixture(scope="module")
def books(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all examples: each undoes what it did."""
    path = tmp_path_factory.mktemp("books") / "kura.sqlite"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()
