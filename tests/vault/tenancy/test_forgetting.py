"""What served a moment goes a month after it; what still counts stays."""

from datetime import timedelta

from sqlalchemy import func, select

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import PASSWORD, POLICY, known, staffed
from vault.base import idempotency, jobs
from vault.base.database import Base, Database
from vault.base.idempotency import KeptAnswer
from vault.base.jobs import Job, JobState
from vault.base.scope import Scope
from vault.tenancy import links, tasks
from vault.tenancy.models import SignInLink, SignInSession
from vault.tenancy.sign_in import sign_in


def count(database: Database, *tables: type[Base]) -> list[int]:
    with database.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def forget(database: Database) -> None:
    with database.transaction() as session:
        job = jobs.add(session, "tenancy.forget")
    assert jobs.run(database, job, None)


def test_old_sign_ins_links_answers_and_jobs_go_and_new_ones_stay(database: Database, clock: HeldClock) -> None:
    staffed(database)
    assert jobs.kinds()["tenancy.forget"].run is tasks.forget

    def leave_traces() -> None:
        sign_in(database, "aoba-nurse", PASSWORD, POLICY)
        with database.transaction() as session:
            links.create(session, Scope.system(), known(session, "aoba-nurse"), POLICY)
            idempotency.begin(session, "person:1", str(clock.forward(timedelta(0))), "r")

    leave_traces()
    forget(database)
    assert count(database, SignInSession, SignInLink, KeptAnswer) == [1, 1, 1]
    clock.forward(timedelta(days=40))
    leave_traces()
    forget(database)
    assert count(database, SignInSession, SignInLink, KeptAnswer) == [1, 1, 1]
    with database.read() as session:
        done = select(func.count()).select_from(Job).where(Job.state == JobState.DONE)
        assert session.scalar(done) == 1
