"""What the figures over all areas are made of: ends, fullness, nights, money, growth; by hand, on both engines."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.services.clock import HeldClock
from tests.services.statements import counted
from tests.vault.backup.nights import Place
from tests.vault.billing.books import CLERK, Books, settings_in
from tests.vault.tenancy.tenants import facility
from vault.backup import thirty_nights
from vault.backup.thirty_nights import Worst
from vault.base.database import Database
from vault.base.errors import Denied
from vault.base.scope import Role, Scope
from vault.billing import figures
from vault.contracts import running_out
from vault.exams import arrivals
from vault.exams.models import Exam, ExamImage
from vault.tenancy import fullness
from vault.tenancy.filling import full_on
from vault.tenancy.models import Facility, Space

ADMIN = Scope("person:1", "admin1", "Admin", Role.ADMIN, person_id="1")
TODAY = date(2026, 4, 1)
"""The held clock's day in Tokyo."""


@pytest.fixture
def books(database: Database, clock: HeldClock, tmp_path: Path) -> Books:
    return Books(database, settings_in(tmp_path))


def test_a_contract_that_ends_is_told_with_or_without_what_follows(books: Books) -> None:
    aoba, midori, wakaba = (books.facility(code) for code in ("aoba", "midori", "wakaba"))
    monthly = {"period": "monthly", "terms": 1, "start": "2026-04-01"}
    books.agree(aoba, **monthly)
    books.agree(aoba, **{**monthly, "start": "2026-05-01"})
    books.agree(midori, **monthly)
    books.agree(wakaba, **{**monthly, "terms": 0})
    with books.database.read() as session:
        days = running_out.by_day(session, ADMIN)
        rows = running_out.listed(session, ADMIN)
        named = running_out.listed(session, ADMIN, q="idor")
    assert days == [
        running_out.LastDay(date(2026, 4, 30), bare=1, followed=1),
        running_out.LastDay(date(2026, 5, 31), bare=1, followed=0),
    ]
    assert [(one.code, one.ends_on, one.followed) for one in rows] == [
        ("aoba", date(2026, 4, 30), True),
        ("midori", date(2026, 4, 30), False),
        ("aoba", date(2026, 5, 31), False),
    ]
    assert [one.code for one in named] == ["midori"]
    assert sum(one.bare + one.followed for one in days) == len(rows), "the drawing sums to its table"


def test_areas_are_counted_by_the_steps_at_which_somebody_is_told(database: Database, clock: HeldClock) -> None:
    filled = {"a": 799, "b": 800, "c": 899, "d": 900, "e": 949, "f": 950, "g": 1000}
    with database.transaction() as session:
        for code, used in filled.items():
            made = facility(session, code)
            session.execute(update(Space).where(Space.facility_id == made.id).values(used=used, capacity=1000))
    with database.read() as session:
        assert fullness.by_level(session, ADMIN) == {95: 2, 90: 2, 80: 2, 0: 1}
        assert [one.code for one in fullness.fullest(session, ADMIN, limit=3)] == ["g", "f", "e"]
        assert [one.code for one in fullness.fullest(session, ADMIN, limit=3, offset=5)] == ["b", "a"]


@pytest.mark.parametrize(
    ("filled", "capacity", "grown", "day"),
    [
        (700, 1000, 300, TODAY + timedelta(days=30)),
        (1000, 1000, 0, TODAY),
        (1001, 1000, 5, TODAY),
        (0, 1000, 0, None),
        (0, None, 300, None),
        (0, 10**15, 1, None),
    ],
)
def test_the_day_on_which_an_area_is_full_goes_on_as_the_last_ones(
    filled: int, capacity: int | None, grown: int, day: date | None
) -> None:
    assert full_on(filled, capacity, grown, 30, TODAY) == day


def test_nights_that_went_wrong_are_counted_and_shown_alike(database: Database, clock: HeldClock) -> None:
    aoba, midori = (Place.made(database, code=code) for code in ("aoba", "midori"))
    first = datetime(2026, 4, 1, 17, 0, tzinfo=UTC)
    for place in (aoba, midori):
        place.agree()
        place.look()
    device = aoba.device("aoba-capture1")
    for night in range(3):
        clock.set(first + timedelta(days=night))
        aoba.carry_out(device)
        clock.forward(timedelta(hours=13))
        for place in (aoba, midori):
            place.look()
    with database.read() as session:
        days = thirty_nights.days(ADMIN)
        counts = thirty_nights.by_night(session, ADMIN)
        rows = thirty_nights.places(session, ADMIN, limit=10)
        own = thirty_nights.of_area(session, aoba.area)
    assert (len(days), days[-1]) == (30, date(2026, 4, 4))
    assert [(one.code, one.wrong, one.open) for one in rows] == [("midori", 3, 3)]
    assert set(rows[0].nights.values()) == {Worst.MISSED}
    assert set(rows[0].nights) <= set(days)
    assert sum(sum(night.values()) for night in counts.values()) == sum(one.wrong for one in rows)
    assert [set(each.values()) for each in own.values()] == [{Worst.FINE}]


def test_months_sum_to_the_invoices_credits_and_payments(books: Books, clock: HeldClock) -> None:
    aoba, midori = books.facility("aoba"), books.facility("midori")
    with books.database.transaction() as session:
        session.execute(update(Facility).where(Facility.code == "midori").values(service_class="deluxe"))
    for area in (aoba, midori):
        books.agree(area, start="2026-04-01")
    clock.set(datetime(2026, 5, 20, tzinfo=UTC))
    books.close("2026-04")
    one, other = books.invoices()
    books.pay(Scope.system(one.facility_id), one.id, 4000, "2026-05-10")
    with books.database.read() as session:
        months = figures.last_months(date(2026, 5, 20))
        found = figures.by_month(session, CLERK, months)
        ages = figures.by_age(session, CLERK, one.due_on + timedelta(days=31))
        rows = figures.open_invoices(session, CLERK)
    assert [str(month.month) for month in (found[0], found[-1])] == ["2025-06", "2026-05"]
    assert (found[-2].economy, found[-2].deluxe, found[-2].billed) == (11000, 11000, one.total + other.total)
    assert [month.received for month in found] == [0] * 11 + [4000]
    assert [(age.first, age.last, age.invoices, age.amount) for age in ages] == [
        (None, 0, 0, 0),
        (1, 30, 0, 0),
        (31, 60, 2, 18000),
        (61, 90, 0, 0),
        (91, None, 0, 0),
    ]
    assert sum(row.outstanding for row in rows) == 18000
    mine = Scope("p", "a", "A", Role.FACILITY_ADMIN, facility_id=one.facility_id)
    with books.database.read() as session:
        own = figures.of_area(session, mine, months)
    assert (own[-2].billed, own[-1].received) == (one.total, 4000), "nothing of another facility"


def test_growth_is_of_what_is_held_and_of_its_own_time(database: Database, clock: HeldClock) -> None:
    now = datetime(2026, 4, 1, tzinfo=UTC)
    with database.transaction() as session:
        areas = [facility(session, code).id for code in ("aoba", "midori")]
        for area, state, days, size in (
            (areas[0], "held", 5, 100),
            (areas[0], "held", 40, 70),
            (areas[0], "deleted", 5, 1000),
            (areas[1], "held", 1, 9),
        ):
            _exam(session, area, state, now - timedelta(days=days), size)
    with database.read() as session:
        assert arrivals.since(session, ADMIN, areas, now - timedelta(days=30)) == {areas[0]: 100, areas[1]: 9}
        edges = [now - timedelta(days=60), now - timedelta(days=30), now]
        found = arrivals.within(session, Scope.system(areas[0]), edges)
    assert [one.exams for one in found] == [70, 100]


def _exam(session: Session, area: str, state: str, at: datetime, size: int) -> None:
    times = {"performed_at": at, "created_at": at, "held_at": at}
    exam = Exam(facility_id=area, maker="device:1", patient_id="P", kind="EGD", state=state, **times)
    session.add(exam)
    session.flush()
    image = {"position": 0, "name": "0", "folded_name": "0", "sha256": "0" * 64, "media_type": "image/jpeg"}
    session.add(ExamImage(facility_id=area, exam_id=exam.id, size=size, **image))


def test_however_many_facilities_there_are_the_statements_are_as_many(books: Books) -> None:
    def asked() -> int:
        with books.database.read() as session, counted(books.database) as found:
            running_out.by_day(session, ADMIN)
            running_out.listed(session, ADMIN, limit=5)
            fullness.by_level(session, ADMIN)
            rows = fullness.fullest(session, ADMIN, limit=5)
            arrivals.since(session, ADMIN, [one.facility_id for one in rows], datetime(2026, 1, 1, tzinfo=UTC))
            thirty_nights.by_night(session, ADMIN)
            thirty_nights.places(session, ADMIN, limit=5)
            figures.by_month(session, ADMIN, figures.last_months(TODAY))
            figures.by_age(session, ADMIN, TODAY)
            figures.open_invoices(session, ADMIN, limit=5)
        return len(found)

    books.agree(books.facility("first"))
    before = asked()
    for number in range(12):
        books.agree(books.facility(f"more{number}"))
    assert asked() == before == 14


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMIN, Role.BILLING)])
def test_figures_over_all_areas_are_the_provider_s_alone(database: Database, role: Role) -> None:
    stranger = Scope("x", "x", "x", role, facility_id="F")
    with database.read() as session:
        for asked in (
            running_out.by_day,
            running_out.listed,
            fullness.by_level,
            fullness.fullest,
            thirty_nights.by_night,
            thirty_nights.places,
            figures.open_invoices,
        ):
            with pytest.raises(Denied):
                asked(session, stranger)
