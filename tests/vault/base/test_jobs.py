"""The job table: work is done once, found again after any crash, and never lost."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import at_once, undone
from vault.base import jobs
from vault.base.database import Database
from vault.base.errors import NotFound
from vault.base.jobs import Context, Job, JobState, Queue

Done = list[dict[str, Any]]


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Done:
    """What the kind `test.note` was asked to do; kinds of a test are forgotten after it."""
    monkeypatch.setattr(jobs, "_kinds", {})
    noted: Done = []

    @jobs.handler("test.note", queue=Queue.SLOW)
    def note(context: Context) -> dict[str, Any]:
        noted.append(context.args)
        return {"n": len(noted)}

    return noted


def add(database: Database, kind: str = "test.note", **options: Any) -> str:
    with database.transaction() as session:
        return jobs.add(session, kind, options.pop("args", {}), **options)


def job(database: Database, job_id: str) -> Job:
    with database.read() as session:
        return session.scalars(select(Job).where(Job.id == job_id)).one()


def test_a_job_is_done_once_with_its_arguments_and_keeps_its_result(database: Database, done: Done) -> None:
    job_id = add(database, args={"exam": "一"})
    assert jobs.run_due(database, None) == 1
    assert jobs.run_due(database, None) == 0
    assert not jobs.run(database, job_id, None)
    assert done == [{"exam": "一"}]
    assert (job(database, job_id).state, job(database, job_id).result) == (JobState.DONE, {"n": 1})


def test_work_of_an_undone_transaction_is_not_done(database: Database, done: Done) -> None:
    with undone(database) as session:
        jobs.add(session, "test.note")
    assert jobs.run_due(database, None) == 0


def test_a_job_waits_until_it_is_due(database: Database, done: Done, clock: HeldClock) -> None:
    add(database, due_at=clock.forward(timedelta(0)) + timedelta(hours=1))
    assert jobs.run_due(database, None) == 0
    clock.forward(timedelta(hours=1))
    assert jobs.run_due(database, None) == 1


def test_a_job_due_now_wakes_its_queue_and_a_later_one_does_not(
    database: Database, done: Done, clock: HeldClock
) -> None:
    woken: list[str] = []
    database.on_wake = woken.append
    add(database)
    assert woken == ["slow"]
    add(database, due_at=clock.forward(timedelta(0)) + timedelta(hours=1))
    assert woken == ["slow"]


def test_jobs_of_one_key_merge_until_one_starts_and_the_earlier_time_counts(
    database: Database, done: Done, clock: HeldClock
) -> None:
    now = clock.forward(timedelta(0))
    first = add(database, key="k", due_at=now + timedelta(hours=2))
    assert add(database, key="k", due_at=now + timedelta(hours=3)) == first
    assert job(database, first).due_at == now + timedelta(hours=2)
    assert add(database, key="k") == first
    assert jobs.run_due(database, None) == 1
    assert add(database, key="k") != first


def test_jobs_of_one_key_added_at_once_are_one(database: Database, done: Done) -> None:
    assert len(set(at_once(6, lambda _: add(database, key="k")))) == 1


def test_two_workers_do_one_job_once(database: Database, done: Done) -> None:
    job_id = add(database)
    assert sorted(map(str, at_once(4, lambda _: jobs.run(database, job_id, None)))) == ["False"] * 3 + ["True"]
    assert len(done) == 1


def test_the_job_of_a_killed_worker_is_found_again(database: Database, done: Done, clock: HeldClock) -> None:
    job_id = add(database)
    assert jobs._claim(database, job_id, "a worker that dies now") is not None
    assert jobs.run_due(database, None) == 0
    clock.forward(jobs.LEASE + timedelta(seconds=1))
    assert jobs.run_due(database, None) == 1
    assert job(database, job_id).attempts == 2


def test_a_job_that_kills_every_worker_is_given_up(database: Database, done: Done, clock: HeldClock) -> None:
    job_id = add(database)
    for _ in range(jobs.MAX_ATTEMPTS):
        assert jobs._claim(database, job_id, "dies") is not None
        clock.forward(jobs.LEASE + timedelta(seconds=1))
    jobs.run_due(database, None)
    assert (job(database, job_id).state, done) == (JobState.FAILED, [])


def test_a_worker_that_lost_its_lease_changes_nothing(database: Database, done: Done, clock: HeldClock) -> None:
    job_id = add(database)
    jobs._claim(database, job_id, "slow worker")
    clock.forward(jobs.LEASE + timedelta(seconds=1))
    assert jobs.run(database, job_id, None)
    late = Context(database, job_id, "slow worker", {}, None)
    with pytest.raises(jobs.Cancelled), late.transaction() as session:
        jobs.add(session, "test.note")
    assert jobs.run_due(database, None) == 0


def test_a_failed_job_is_tried_again_later_and_later_and_then_stays(
    database: Database, done: Done, clock: HeldClock
) -> None:
    tries = []

    @jobs.handler("test.fails", queue=Queue.SLOW)
    def fails(context: Context) -> None:
        tries.append(context.job_id)
        raise OSError("disk")

    job_id = add(database, "test.fails")
    waits = []
    while job(database, job_id).state == JobState.WAITING:
        jobs.run_due(database, None)
        waits.append(job(database, job_id).due_at - clock.forward(timedelta(0)))
        clock.forward(jobs.LAST_RETRY)
    assert len(tries) == jobs.MAX_ATTEMPTS
    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert waits[:11] == sorted(waits[:11])
    assert (job(database, job_id).state, job(database, job_id).error) == (JobState.FAILED, "OSError('disk')")


def test_a_waiting_job_is_cancelled_at_once_and_an_ended_one_not_at_all(database: Database, done: Done) -> None:
    job_id = add(database, key="k")
    with database.transaction() as session:
        jobs.cancel(session, job_id)
    assert jobs.run_due(database, None) == 0
    assert add(database, key="k") != job_id
    with pytest.raises(NotFound), database.transaction() as session:
        jobs.cancel(session, job_id)


def test_a_running_job_is_cancelled_at_its_next_progress(database: Database, done: Done) -> None:
    @jobs.handler("test.long", queue=Queue.SLOW)
    def long(context: Context) -> None:
        context.progress(1, 10)
        with database.transaction() as session:
            jobs.cancel(session, context.job_id)
        context.progress(2, 10)

    job_id = add(database, "test.long")
    jobs.run_due(database, None)
    assert (job(database, job_id).state, job(database, job_id).done, job(database, job_id).total) == (
        "cancelled",
        1,
        10,
    )


def test_a_periodic_kind_has_one_job_at_all_times_also_after_a_failure(
    database: Database, done: Done, clock: HeldClock
) -> None:
    ran = []

    @jobs.handler("test.hourly", queue=Queue.SWEEP, every=timedelta(hours=1))
    def hourly(context: Context) -> None:
        ran.append(context.job_id)
        if len(ran) == 1:
            raise OSError

    def tick() -> int:
        with database.transaction() as session:
            jobs.ensure_periodic(session)
        return jobs.run_due(database, None)

    assert [tick(), tick()] == [1, 0]
    clock.forward(timedelta(hours=1))
    assert [tick(), tick()] == [1, 0]
    assert len(set(ran)) == 2
    with database.read() as session:
        assert len(session.scalars(select(Job).where(Job.state == JobState.WAITING)).all()) == 1


def test_a_worker_takes_only_its_queues_and_the_kinds_it_knows(
    database: Database, done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = add(database)
    assert jobs.run_due(database, None, frozenset({"media"})) == 0
    monkeypatch.setattr(jobs, "_kinds", {})
    assert jobs.run_due(database, None) == 0
    assert not jobs.run(database, job_id, None)
    assert job(database, job_id).state == JobState.WAITING
