"""Workers die and dawdle in earnest: a process killed in mid-job, a step longer than its lease."""

import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.services.sources import ROOT
from vault.base import clock, jobs
from vault.base.database import Database
from vault.base.jobs import Context, Job, JobState, Queue

DYING_WORKER = """
import sys, time
from vault.base import jobs
from vault.base.database import Database

@jobs.handler("test.work", queue=jobs.Queue.SLOW)
def work(context):
    with context.transaction() as session:
        jobs.add(session, "test.work", {"done": "half"})
        session.flush()
        print("half done", flush=True)
        time.sleep(60)

database = Database(sys.argv[1])
jobs.run(database, sys.argv[2], None)
"""


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(jobs, "_kinds", {})
    done: list[str] = []

    @jobs.handler("test.work", queue=Queue.SLOW)
    def work(context: Context) -> None:
        done.append(context.job_id)

    return done


def add(database: Database) -> str:
    with database.transaction() as session:
        return jobs.add(session, "test.work")


def test_the_job_of_a_worker_killed_in_mid_transaction_is_done_once_by_the_next(
    sqlite_url: str, worked: list[str]
) -> None:
    database = Database(sqlite_url)
    job_id = add(database)
    worker = subprocess.Popen(
        [sys.executable, "-c", DYING_WORKER, sqlite_url, job_id], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "half done\n"
        worker.send_signal(signal.SIGKILL)
    with database.read() as session:
        assert session.scalars(select(Job.state)).all() == [JobState.RUNNING]
    assert jobs.run_due(database, None) == 0
    with clock.frozen(clock.now() + jobs.LEASE + timedelta(seconds=1)):
        assert jobs.run_due(database, None) == 1
    assert worked == [job_id]
    database.close()


def test_a_step_longer_than_the_lease_is_not_taken_over(
    sqlite_url: str, worked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=1))
    database = Database(sqlite_url)
    renewed = threading.Event()
    began: list[str] = []

    def lease() -> datetime:
        with database.read() as session:
            found = session.scalars(select(Job.lease_until)).one()
        assert found is not None
        return found

    @jobs.handler("test.dawdle", queue=Queue.SLOW)
    def dawdle(context: Context) -> None:
        began.append(context.job_id)
        first = lease()
        while not renewed.wait(0.05):
            if lease() > first + timedelta(seconds=1):
                renewed.set()
        assert jobs.run_due(database, None) == 0

    with database.transaction() as session:
        job_id = jobs.add(session, "test.dawdle")
    assert jobs.run(database, job_id, None)
    with database.read() as session:
        assert session.scalars(select(Job.state)).one() == JobState.DONE
    assert began == [job_id]
    database.close()
