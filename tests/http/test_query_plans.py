"""What is asked for by its name is found by it: reading one thing never looks through everything that an area holds."""

import re
from typing import Any

import pytest
from sqlalchemy import event

from tests.http.world import World

WHOLE_AREA = re.compile(
    r"SCAN (exam_images|blobs|exams|drive_files|drive_versions|receipts|thumbnails|requests|messages|answers)\b"
    r"|SEARCH (exam_images|blobs|exams|drive_files|drive_versions|receipts|thumbnails|messages|answers)"
    r" USING (?:COVERING )?INDEX \w+ \(facility_id=\?\)"
)
"""In the words of SQLite's EXPLAIN QUERY PLAN. PostgreSQL knows how much lies behind each index."""


@pytest.fixture(scope="module")
def ids(shared_world: World) -> dict[str, str]:
    exam, _ = shared_world.exam("aoba-capture1")
    shared_world.call("aoba-nurse", "PUT", "/files/a/note.txt", data=b"note")
    request = shared_world.request(exams=[exam], files=["a/note.txt"])
    return {"exam": exam, "request": request, "assignment": shared_world.assignment(request)}


def plans(world: World, login: str, verb: str, path: str, body: Any = None) -> list[str]:
    """The steps by which SQLite finds what the call asks for."""
    engine, asked = world.installation.database.engine, []

    def heard(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not many and re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", statement):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", heard)
    try:
        answer = world.call(login, verb, path, body)
        assert answer.status_code < 300, answer.get_json()
    finally:
        event.remove(engine, "before_cursor_execute", heard)
    assert asked
    with engine.connect() as connection:
        return [
            f"{step[-1]} | {statement}"
            for statement, parameters in asked
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("aoba-capture1", "/exams/{exam}/images/0.jpg"),
        ("aoba-capture1", "/exams/{exam}"),
        ("aoba-capture1", "/exams/{exam}/bundle"),
        ("aoba-nurse", "/files/a/note.txt"),
        ("aoba-nurse", "/requests/{request}"),
        ("repair1", "/assignments/{assignment}"),
    ],
)
def test_one_thing_is_found_by_its_name(shared_world: World, ids: dict[str, str], login: str, path: str) -> None:
    found = [step for step in plans(shared_world, login, "GET", path.format(**ids)) if WHOLE_AREA.match(step)]
    assert found == []
