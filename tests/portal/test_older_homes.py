"""A home of an older version is brought up to date with all that was waiting in it."""

import json

import sqlalchemy as sa

from portal import migrations
from search.documents.models import Unindexed
from search.documents.subscribers import subscribe_all
from search.engine.port import Kind
from vault.base import clock, outbox
from vault.base.database import Database
from vault.base.scope import Scope
from vault.exams import drive_queries
from vault.exams.models import DriveFolder

FACILITY = {"id": "f", "code": "f", "name": "f", "service_class": "economy", "capacity": 1, "zone": "Asia/Tokyo"}
NEWS = {"id": "news", "name": "exam.held", "facility_id": "f", "failures": 0}


def insert(connection: sa.Connection, table: str, **values: object) -> None:
    """A row of the older shape, which the models do not know any more."""
    named = sa.table(table, *(sa.column(name) for name in values))
    connection.execute(sa.insert(named).values(**values))


def test_news_of_one_exam_that_waited_is_told_as_news_of_several(empty_url: str) -> None:
    database = Database(empty_url)
    migrations.upgrade(database, "0005")
    with database.engine.begin() as connection:
        insert(connection, "facilities", **FACILITY, created_at=clock.now())
        payload = json.dumps({"facility_id": "f", "exam_id": "an-exam"})
        insert(connection, "outbox", **NEWS, payload=payload, created_at=clock.now())
    migrations.upgrade(database)
    subscribe_all()
    assert outbox.relay(database) == 1
    with database.read() as session:
        noted = session.execute(sa.select(Unindexed.facility_id, Unindexed.kind, Unindexed.subject_id)).one()
        assert noted == ("f", Kind.EXAM.value, "an-exam")
        assert not outbox.waiting(session)
    database.close()


def test_files_that_were_there_lie_in_the_folders_their_paths_speak_of(empty_url: str) -> None:
    database, now = Database(empty_url), clock.now()
    migrations.upgrade(database, "0001")
    about = {"facility_id": "f", "version": 1, "sha256": "0" * 64, "size": 1, "media_type": "text/plain"}
    with database.engine.begin() as connection:
        insert(connection, "facilities", **FACILITY, created_at=now)
        for number, (path, deleted) in enumerate([("手順/内視鏡/A.txt", None), ("top.txt", None), ("gone/b.txt", now)]):
            named = {"id": f"file{number}", "path": path, "folded_path": path.lower(), "deleted_at": deleted}
            insert(connection, "drive_files", **about, **named, modified_at=now)
    migrations.upgrade(database)
    scope = Scope.system("f")
    with database.read() as session:
        folders = session.execute(sa.select(DriveFolder.path).where(DriveFolder.facility_id == "f")).scalars()
        assert sorted(folders) == ["手順", "手順/内視鏡"]
        assert [entry.path for entry in drive_queries.children(session, scope, "手順/内視鏡")] == ["手順/内視鏡/A.txt"]
    database.close()
