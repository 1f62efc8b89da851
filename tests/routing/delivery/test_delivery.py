"""News on their way: one notice for each audience, each answer brought once, every attempt in the ledger."""

from sqlalchemy import select

from routing.delivery import inbox, ledger, stream
from routing.delivery.models import DeliveryAttempt
from routing.queue.events import AnswerReady
from tests.routing.queue.steps import answered, delivered, request
from tests.routing.world import World
from vault.base import notices, outbox


def heard(world: World, audience: str) -> list[tuple[str, str]]:
    """(kind, subject) of what was told to the audience, oldest first."""
    with world.database.read() as session:
        found = notices.after(session, [audience], 0)
        assert all(one.values == {"id": one.subject_id} for one in found)
        return [(one.kind, one.subject_id) for one in found]


def test_each_side_hears_what_is_for_it_and_the_stranger_nothing(world: World) -> None:
    request_id = delivered(world)
    outbox.relay(world.database)
    (repair,) = world.repair.departments
    (clinical,) = world.clinical.departments
    assert set(heard(world, f"facility:{world.aoba.area}")) == {("request.changed", request_id)}
    assert [kind for kind, _ in heard(world, f"department:{repair}")] == ["assignment.changed"]
    assert heard(world, f"department:{clinical}") == []
    assert heard(world, f"facility:{world.midori.area}") == []


def test_an_answer_is_told_once_and_the_ledger_says_how(world: World) -> None:
    request_id = answered(world, world.repair)
    outbox.relay(world.database)
    (answer,) = request(world, request_id)["answers"]
    (department_id,) = world.repair.departments
    again = AnswerReady(world.aoba.area, answer["id"], request_id, department_id)
    with world.transaction() as session:
        inbox.put(session, again)
        stream.tell_answer(session, again)
    kinds = [kind for kind, _ in heard(world, f"facility:{world.aoba.area}")]
    assert kinds.count("answer.ready") == 1
    with world.database.read() as session:
        rows = ledger.of_answer(session, world.aoba, answer["id"])
        assert sorted((row.channel, row.state, row.attempts) for row in rows) == [
            ("inbox", "sent", 1),
            ("stream", "sent", 1),
        ]
        assert len(list(session.scalars(select(DeliveryAttempt)))) == 2
        assert ledger.of_answer(session, world.midori, answer["id"]) == []
