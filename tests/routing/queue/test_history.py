"""History of another help desk: closed, answered, never routed; once, however often the file is given."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from routing.queue import facility, views
from routing.queue.events import HistoryImported
from routing.queue.history import BATCH, import_history
from routing.requests.models import Request
from tests.routing.world import ON_BOTH, World
from vault.base import notices, outbox

pytestmark = ON_BOTH


def line(number: int = 0, **values: Any) -> str:
    return json.dumps(
        {
            "facility": "aoba",
            "subject": f"帯が出る {number}",
            "body": "緑色です",
            "filed_at": "2025-04-01T09:00:00+09:00",
            "departments": ["repair"],
            "answers": [{"department": "repair", "body": "交換しました", "at": "2025-04-02T09:00:00+09:00"}],
            **values,
        },
        ensure_ascii=False,
    )


def test_imported_requests_are_closed_history_with_their_answers(world: World) -> None:
    report = import_history(world.database, [line()])
    assert report.as_data() == {
        "read": 1,
        "imported": 1,
        "known": 0,
        "answers": 1,
        "refused": [],
        "unknown_departments": [],
    }
    assert world.sweep().collected == 0
    world.relay()
    with world.database.read() as session:
        (seen,) = views.requests(session, world.aoba).items
        assert not views.requests(session, world.midori).items
        assert not views.queue(session, world.repair).items
        (row,) = views.queue(session, world.repair, state="answered").items
        assert notices.latest(session) == 0
    assert (seen["state"], seen["channel"]) == ("closed", "import")
    assert [(one["department"], one["body"], one["state"]) for one in seen["answers"]] == [
        ("repair", "交換しました", "received")
    ]
    with world.transaction() as session:
        assert views.assignment(session, world.repair, row["id"])["request"]["id"] == seen["id"]


def test_a_second_run_and_a_run_that_was_cut_off_import_each_line_once(world: World) -> None:
    lines = [line(number) for number in range(BATCH + 50)]
    seen: list[int] = []

    def cut(done: int) -> None:
        seen.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_history(world.database, lines, progress=cut)
    assert seen == [BATCH]
    again = import_history(world.database, [*lines, lines[0], f" {lines[1]} \n"])
    assert (again.imported, again.known) == (50, BATCH + 2)
    assert import_history(world.database, lines).imported == 0
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Request)) == BATCH + 50


def test_each_batch_tells_once_which_requests_to_index(world: World) -> None:
    heard: list[HistoryImported] = []

    def hear(_session: object, event: HistoryImported) -> None:
        heard.append(event)

    outbox.subscribe(HistoryImported, hear)
    import_history(world.database, [line(number) for number in range(BATCH + 1)])
    outbox.relay(world.database)
    assert [len(event.request_ids) for event in heard] == [BATCH, 1]


def test_bad_lines_are_named_and_stop_nothing(world: World) -> None:
    lines = [
        line(1),
        "",
        "{",
        line(2, facility="nowhere"),
        line(3, subject=" "),
        line(4, filed_at="2025-04-01T09:00:00"),
        line(5, priority=1),
        line(6, answers=[{"department": "repair", "body": "x", "at": "yesterday"}]),
        line(7, body="あ" * 70_000),
        line(8),
    ]
    report = import_history(world.database, lines)
    assert report.imported == 2
    assert sorted(report.refused) == [
        (3, "line"),
        (4, "facility"),
        (5, "subject"),
        (6, "filed_at"),
        (7, "priority"),
        (8, "answers.0.at"),
        (9, "body"),
    ]


def test_departments_of_the_past_keep_their_names_and_get_no_work(world: World) -> None:
    answers = [{"department": code, "body": code} for code in ("old", "old", "repair")]
    report = import_history(world.database, [line(departments=["older"], answers=answers)])
    assert report.unknown_departments == {"old", "older"}
    with world.database.read() as session:
        (seen,) = views.requests(session, world.aoba).items
    assert sorted(one["department"] for one in seen["answers"]) == ["old", "old", "repair"]
    with world.transaction() as session:
        facility.reopen(session, world.aoba, seen["id"], body="また")
        again = views.request(session, world.aoba, seen["id"])
    assert [one["department"] for one in again["assignments"] if one["state"] == "waiting"] == ["repair"]
