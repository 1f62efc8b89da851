"""What both sides read: due first, page by page, in a number of statements that does not grow; looks are recorded."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from routing.queue import claims, looks, views
from tests.routing.queue.steps import answered, assignment, delivered, request
from tests.routing.world import ON_BOTH, World
from tests.services.clock import HeldClock
from tests.services.statements import counted
from vault.base.audit import AuditRow
from vault.base.errors import Invalid, NotFound

pytestmark = ON_BOTH

QUEUE_STATEMENTS = 1
ASSIGNMENT_STATEMENTS = 27
REQUESTS_STATEMENTS = 11


def test_the_queue_shows_what_is_due_first(clock: HeldClock, world: World) -> None:
    calm = delivered(world)
    clock.forward(timedelta(minutes=1))
    urgent = delivered(world, urgency="urgent")
    with world.database.read() as session:
        rows: list[dict[str, Any]] = views.queue(session, world.repair).items
    assert [row["request"]["id"] for row in rows] == [urgent, calm]
    assert {"id", "request", "department", "state", "holder", "due_at", "reasons"} <= rows[0].keys()
    assert {"id", "subject", "urgency", "facility"} <= rows[0]["request"].keys()
    assert (rows[0]["department"], rows[0]["request"]["facility"]) == ("repair", "aoba")


def test_pages_follow_each_other_without_gap_or_double(clock: HeldClock, world: World) -> None:
    filed = []
    for _ in range(5):
        filed.append(delivered(world))
        clock.forward(timedelta(seconds=1))
    seen, after = [], None
    while True:
        with world.database.read() as session:
            page = views.queue(session, world.repair, limit=2, after=after)
        seen += [row["request"]["id"] for row in page.items]
        after = page.next
        if after is None:
            break
    assert seen == filed
    with world.database.read() as session:
        first = views.requests(session, world.aoba, limit=3)
        rest = views.requests(session, world.aoba, limit=3, after=first.next)
    assert [row["id"] for row in (*first.items, *rest.items)] == filed[::-1]


@pytest.mark.parametrize("wrong", [{"state": "lost"}, {"limit": 0}, {"limit": 201}, {"after": "no cursor"}])
def test_what_cannot_be_listed_is_refused(world: World, wrong: dict[str, Any]) -> None:
    with world.database.read() as session:
        for read, scope in ((views.queue, world.repair), (views.requests, world.aoba), (views.answers, world.aoba)):
            with pytest.raises(Invalid):
                read(session, scope, **wrong)


def test_reading_takes_as_many_statements_for_many_as_for_few(world: World) -> None:
    taken = []
    for _ in range(2):
        taken.append(_statements(world))
        for _ in range(3):
            answered(world, world.repair)
            delivered(world, "repair", "clinical", exams=[world.exam], files=[world.path])
    taken.append(_statements(world))
    assert taken[1] == taken[2]
    queue, page, whole = taken[2]
    assert queue <= QUEUE_STATEMENTS
    assert page <= ASSIGNMENT_STATEMENTS
    assert whole <= REQUESTS_STATEMENTS


def test_a_look_is_written_once_into_the_facilitys_log(clock: HeldClock, world: World) -> None:
    request_id = delivered(world, exams=[world.exam])
    assignment_id = assignment(world, world.repair)
    for _ in range(3):
        with world.transaction() as session:
            views.assignment(session, world.repair, assignment_id)
    (row,) = _looks(world)
    assert (row.who, row.side, row.why) == ("repair1", "provider", f"request:{request_id}")
    assert row.items == [f"request:{request_id}", f"exam:{world.exam}"]
    with world.transaction() as session:
        view = views.assignment(session, world.repair_colleague, assignment_id)
    assert [viewer["name"] for viewer in view["viewers"]] == [world.repair.name]
    assert [one.who for one in _looks(world)] == ["repair1", "repair2"]
    clock.forward(looks.ONE_LOOK + timedelta(seconds=1))
    with world.transaction() as session:
        view = views.assignment(session, world.repair, assignment_id)
    assert view["viewers"] == []
    assert [one.who for one in _looks(world)] == ["repair1", "repair2", "repair1"]


def test_everything_needed_to_answer_is_on_one_page(world: World) -> None:
    ring = {"type": "ring", "x": 0.5, "y": 0.4, "r": 0.1}
    images = [{"exam": world.exam, "name": "002.jpg", "marks": [ring]}]
    delivered(world, "repair", "clinical", images=images, files=[world.path])
    with world.transaction() as session:
        claims.claim(session, world.clinical, assignment(world, world.clinical))
    with world.transaction() as session:
        view = views.assignment(session, world.repair, assignment(world, world.repair))
    (exam,) = view["request"]["exams"]
    assert [(image["name"], image["picked"], image["marks"]) for image in exam["images"]] == [
        ("001.jpg", False, []),
        ("002.jpg", True, [ring]),
    ]
    assert exam["patient"] == "…34"
    assert view["others"] == [{"department": "clinical", "state": "claimed", "holder": world.clinical.name}]
    assert view["request"]["files"] == [world.path]


def test_an_attached_file_opens_for_the_department_and_no_other(world: World) -> None:
    delivered(world, files=[world.path])
    assignment_id = assignment(world, world.repair)
    with world.transaction() as session:
        found = views.assignment_file(session, world.repair, assignment_id, world.path)
    assert (found.facility_id, found.digest, found.name) == (world.aoba.area, "f" * 64, world.path)
    assert len(_looks(world)) == 1
    for scope, name in ((world.clinical, world.path), (world.repair, "other.txt")):
        with pytest.raises(NotFound), world.transaction() as session:
            views.assignment_file(session, scope, assignment_id, name)


def test_the_standing_of_each_department_is_counted(world: World) -> None:
    delivered(world)
    delivered(world)
    with world.transaction() as session:
        claims.claim(session, world.repair, assignment(world, world.repair))
    with world.database.read() as session:
        assert views.standing(session, world.repair) == {"repair": {"claimed": 1, "waiting": 1}}
        assert views.standing(session, world.clinical) == {"clinical": {}}
        assert views.unread(session, world.aoba) == 0
    answered(world, world.clinical)
    with world.database.read() as session:
        assert views.unread(session, world.aoba) == 1
        assert views.unread(session, world.midori) == 0


def test_a_held_request_is_seen_the_same_by_all_of_its_facility(world: World) -> None:
    request_id = answered(world, world.repair)
    seen = request(world, request_id)
    with world.database.read() as session:
        assert views.request(session, world.aoba_admin, request_id) == seen
        assert views.request(session, world.terminal, request_id) == seen


def _statements(world: World) -> tuple[int, int, int]:
    """How many statements the queue, an assignment and the facility's list take."""
    delivered(world, exams=[world.exam], files=[world.path])
    assignment_id = assignment(world, world.repair)
    with world.database.read() as session, counted(world.database) as queue:
        views.queue(session, world.repair)
    with world.transaction() as session, counted(world.database) as page:
        views.assignment(session, world.repair, assignment_id)
    with world.database.read() as session, counted(world.database) as whole:
        views.requests(session, world.aoba)
    return len(queue), len(page), len(whole)


def _looks(world: World) -> list[AuditRow]:
    with world.database.read() as session:
        statement = select(AuditRow).where(AuditRow.what == "request.viewed", AuditRow.chain == world.aoba.area)
        rows = list(session.scalars(statement.order_by(AuditRow.sequence)))
        session.expunge_all()
    return rows
