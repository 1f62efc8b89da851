"""What is filed, answered or held is found as soon as the worker has had its turn; nothing else is."""

import shutil
from pathlib import Path

from sqlalchemy import func, select, update

from routing.queue import answers, claims, service, views
from routing.requests import service as requests
from search.documents import service as documents
from search.documents.models import Unindexed
from search.engine import open_engine
from search.engine.port import Key, Kind, Query
from tests.search.conftest import Searched
from vault.base import jobs
from vault.base.outbox import publish
from vault.exams.events import ExamsHeld, FileChanged
from vault.exams.models import DriveFile, Exam


def file(searched: Searched, subject: str = "画像に緑色の帯が出る", body: str = "スコープの故障か?") -> str:
    with searched.world.transaction() as session:
        return requests.file(session, searched.world.aoba, subject=subject, body=body).request.id


def in_repair(searched: Searched) -> str:
    """The assignment that waits in Repair, claimed."""
    searched.world.sweep()
    with searched.world.transaction() as session:
        (row,) = views.queue(session, searched.world.repair).items
        claims.claim(session, searched.world.repair, row["id"])
        return str(row["id"])


def left(searched: Searched) -> int:
    with searched.database.read() as session:
        return session.scalar(select(func.count()).select_from(Unindexed)) or 0


def test_a_filed_request_is_found_by_what_it_says(searched: Searched) -> None:
    request = file(searched)
    assert searched.hits("緑色の帯") == []
    searched.work()
    (hit,) = searched.hits("緑色の帯 故障 facility:aoba kind:request")
    assert (hit.key, hit.facility, hit.facility_id) == (Key(Kind.REQUEST, request), "aoba", searched.world.aoba.area)
    assert left(searched) == 0


def test_questions_replies_and_departments_are_found_with_the_request(searched: Searched) -> None:
    file(searched)
    assignment = in_repair(searched)
    with searched.world.transaction() as session:
        service.ask(session, searched.world.repair, assignment, "シリアル番号は?")
        service.note(session, searched.world.repair, assignment, "内密の覚え書き")
    searched.work()
    assert len(searched.hits("シリアル番号 department:repair kind:request")) == 1
    assert searched.hits("内密") == []


def test_an_answer_is_found_and_after_a_correction_only_the_new_version(searched: Searched) -> None:
    file(searched)
    assignment = in_repair(searched)
    with searched.world.transaction() as session:
        first = answers.answer(session, searched.world.repair, assignment, body="コネクタを交換します").id
    searched.work()
    (hit,) = searched.hits("コネクター kind:answer department:repair")
    assert (hit.key.id, hit.title) == (first, "画像に緑色の帯が出る")
    with searched.world.transaction() as session:
        answers.correct(
            session, searched.world.repair, assignment, answer_id=first, body="光源を交換します", reason="取り違え"
        )
    searched.work()
    assert searched.hits("コネクター kind:answer") == []
    assert len(searched.hits("光源 kind:answer")) == 1


def test_an_answer_that_can_still_be_taken_back_is_not_found(searched: Searched) -> None:
    file(searched)
    assignment = in_repair(searched)
    with searched.world.transaction() as session:
        answers.answer(session, searched.world.repair, assignment, body="まだ秘密", hold_seconds=30)
    searched.work()
    assert searched.hits("秘密") == []


def test_a_held_exam_is_found_by_patient_kind_and_scope(searched: Searched) -> None:
    world = searched.world
    with world.transaction() as session:
        publish(session, ExamsHeld(world.aoba.area, [world.exam]))
        publish(session, ExamsHeld(world.midori.area, [world.stranger_exam]))
    searched.work()
    assert {hit.facility for hit in searched.hits("scope:ev-290 exam:gastroscopy")} == {"aoba", "midori"}
    assert [hit.key.id for hit in searched.hits("P-1234")] == [world.exam]


def test_an_exam_that_is_still_being_received_is_not_found(searched: Searched) -> None:
    world = searched.world
    with world.transaction() as session:
        session.execute(update(Exam).where(Exam.id == world.exam).values(state="receiving"))
        publish(session, ExamsHeld(world.aoba.area, [world.exam]))
    searched.work()
    assert searched.hits("kind:exam") == []


def test_a_deleted_file_is_found_no_more(searched: Searched) -> None:
    area = searched.world.aoba.area
    with searched.world.transaction() as session:
        file_id = session.scalars(select(DriveFile.id).where(DriveFile.facility_id == area)).one()
        publish(session, FileChanged(area, file_id))
    searched.work()
    assert len(searched.hits("error.txt kind:file")) == 1
    with searched.world.transaction() as session:
        session.execute(update(DriveFile).where(DriveFile.id == file_id).values(deleted_at=DriveFile.modified_at))
        publish(session, FileChanged(area, file_id))
    searched.work()
    assert searched.hits("error.txt") == []


def test_what_an_absent_index_missed_is_indexed_when_it_is_back(searched: Searched, tmp_path: Path) -> None:
    searched.engine.close()
    shutil.move(tmp_path / "index", tmp_path / "away")
    file(searched)
    searched.work()
    assert left(searched) > 0
    shutil.rmtree(tmp_path / "index")
    shutil.move(tmp_path / "away", tmp_path / "index")
    documents.catch_up(searched.database, searched.engine)
    assert len(searched.hits("緑色の帯 kind:request")) == 1
    assert left(searched) == 0


def test_many_changes_make_one_run(searched: Searched) -> None:
    for number in range(5):
        file(searched, subject=f"件名 {number}")
    searched.work()
    with searched.database.read() as session:
        runs = session.scalars(select(jobs.Job.result).where(jobs.Job.kind == "search.index")).all()
    assert [run["indexed"] for run in runs if run] == [5]


def test_a_rebuild_holds_what_the_events_would_have_brought(searched: Searched, tmp_path: Path) -> None:
    request = file(searched)
    assignment = in_repair(searched)
    with searched.world.transaction() as session:
        answer = answers.answer(session, searched.world.repair, assignment, body="交換します").id
    fresh = open_engine("tantivy", tmp_path / "fresh")
    told: list[tuple[int, int]] = []
    count = documents.rebuild(searched.database, fresh, lambda done, total: told.append((done, total)))
    found = {str(hit.key) for hit in fresh.search(Query(limit=200)).items}
    exams = {f"exam:{searched.world.exam}", f"exam:{searched.world.stranger_exam}"}
    assert {f"request:{request}", f"answer:{answer}"} | exams < found
    assert count == len(found) == 5
    assert told == [(count, count)]


def test_a_row_that_is_gone_is_taken_out(searched: Searched) -> None:
    with searched.world.transaction() as session:
        for kind in (Kind.REQUEST, Kind.EXAM):
            documents.note(session, searched.world.aoba.area, kind, ["0" * 26])
    assert documents.catch_up(searched.database, searched.engine) == 2
    assert searched.everything() == set()
