"""What pages show of backups: an area's own targets, and over all areas who missed theirs, the worst first."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.services.clock import HeldClock
from tests.vault.backup.nights import ROOM, Place
from vault.backup import overview
from vault.base.database import Database
from vault.base.errors import Denied
from vault.base.scope import Role, Scope

FIRST = datetime(2026, 4, 1, 17, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ADMIN = Scope("person:1", "admin1", "Admin", Role.ADMIN, person_id="1")


@pytest.fixture
def places(database: Database, clock: HeldClock) -> list[Place]:
    """Aoba backs up each night, Midori came once and is silent since, Wakaba missed two nights and made them good."""
    found = [Place.made(database, code=code) for code in ("aoba", "midori", "wakaba")]
    for place in found:
        place.agree()
        place.look()
    aoba, midori, wakaba = (place.device(f"{number}-capture1") for number, place in enumerate(found))
    for night in range(5):
        clock.set(FIRST + night * DAY)
        found[0].carry_out(aoba)
        if night == 0:
            found[1].carry_out(midori)
        if night == 2:
            found[2].carry_out(wakaba)
        for place in found:
            place.look()
        clock.forward(13 * HOUR)
        for place in found:
            place.look()
        if night == 4:
            found[2].carry_out(wakaba, trigger="on-demand")
    return found


def test_who_missed_most_comes_first_and_who_missed_nothing_not_at_all(database: Database, places: list[Place]) -> None:
    with database.read() as session:
        found = overview.who_missed(session, ADMIN)
        assert [(one.facility.code, one.target, one.missed, one.open) for one in found.items] == [
            ("midori", ROOM, 4, 4),
            ("wakaba", ROOM, 4, 0),
        ]
        assert (found.open, found.places, found.more) == (1, 1, False)
        assert [one.state.value for one in found.items[0].nights] == ["finished", *["missed"] * 4]
        assert found.items[0].whole_at == FIRST


def test_the_list_goes_on_page_by_page(database: Database, places: list[Place]) -> None:
    with database.read() as session:
        first = overview.who_missed(session, ADMIN, limit=1)
        second = overview.who_missed(session, ADMIN, limit=1, offset=1)
        assert [page.items[0].facility.code for page in (first, second)] == ["midori", "wakaba"]
        assert (first.more, second.more) == (True, False)
        assert (first.open, second.open) == (1, 1)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_the_list_is_the_provider_s_administrators_alone(database: Database, role: Role) -> None:
    with database.read() as session, pytest.raises(Denied):
        overview.who_missed(session, Scope("x", "x", "x", role, facility_id="F"))


def test_an_area_sees_its_own_targets_alone(database: Database, places: list[Place]) -> None:
    with database.read() as session:
        for place, open_, last in zip(places, (0, 4, 0), ("finished", "missed", "missed"), strict=True):
            [one] = overview.of_area(session, place.area)
            assert (one.contract.terms.target, one.open, len(one.nights)) == (ROOM, open_, 5)
            assert one.last is not None
            assert one.last.state.value == last
            assert one.next_at == FIRST + 5 * DAY
            assert [station.login for station in one.stations] == [f"{places.index(place)}-capture1"]
            assert overview.count_open(session, place.area) == open_


def test_what_is_older_than_thirty_days_is_no_longer_shown(
    database: Database, places: list[Place], clock: HeldClock
) -> None:
    clock.forward(31 * DAY)
    with database.read() as session:
        assert overview.who_missed(session, ADMIN).items == []
        assert overview.count_open(session, places[1].area) == 0
