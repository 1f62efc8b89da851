"""A backup restored elsewhere is the installation as it was, and nothing is given out twice."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from tests.vault.intake.exams import hold
from tests.vault.store.areas import Vault
from tests.vault.system.homes import backed_up, revived
from vault.backup import queries as runs
from vault.base import audit, clock, jobs, outbox
from vault.base.audit import AuditRow
from vault.base.jobs import Job, JobState
from vault.base.outbox import OutboxRow
from vault.base.scope import Role, Scope
from vault.base.settings import People as PeoplePolicy
from vault.intake import receipts
from vault.intake.models import ReceiptHead
from vault.intake.signing import SigningKeys
from vault.store import tasks
from vault.store.models import PackLease
from vault.system import settling
from vault.system.destination import Destination
from vault.system.settling import GAP_A_SECOND, LEAST_GAP, gap_since
from vault.tenancy import links, people, sessions
from vault.tenancy.models import SignInLink, SignInSession

IMAGES = {f"{place}.jpg": bytes([place]) * 90_000 for place in range(3)}


def test_every_exam_is_there_with_its_receipt_and_the_next_one_has_a_number_of_its_own(
    vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys, empty_url: str, tmp_path: Path
) -> None:
    receipt = hold(vault, aoba, signing, IMAGES)
    backed_up(vault)
    later = hold(vault, aoba, signing, {"later.jpg": b"later"}, patient_id="P-2")
    made = revived(tmp_path, empty_url)
    assert made.found.is_whole
    assert made.images(aoba, receipt["exam"]) == IMAGES
    with made.database.read() as session:
        assert receipts.of_exam(session, aoba, receipt["exam"]) == receipt
        assert receipts.of_exam(session, aoba, later["exam"]) is None
        told = runs.restored(session)
        assert told
        assert told["since"] < later["held_at"], "its device announces that exam again"
        assert list(audit.broken_links(session, audit.PROVIDER_CHAIN)) == []
        assert list(audit.broken_links(session, aoba.area)) == []
    restored = Vault(made.database, made.store, made.folder / "vault")
    next_one = hold(restored, aoba, SigningKeys.load(made.folder / "keys"), {"new.jpg": b"new"}, patient_id="P-3")
    assert next_one["sequence"] >= later["sequence"] + 1000
    first_of_midori = hold(restored, midori, SigningKeys.load(made.folder / "keys"), {"x.jpg": b"x"})
    assert first_of_midori["sequence"] > 1000
    made.database.close()


def test_the_same_backup_restored_again_gives_numbers_beyond_those_of_the_first_time() -> None:
    now = clock.now()
    with clock.frozen(now + timedelta(hours=1)):
        first = gap_since(now)
    with clock.frozen(now + timedelta(hours=2)):
        second = gap_since(now)
    assert second - first == 3600 * GAP_A_SECOND
    with clock.frozen(now - timedelta(days=1)):
        assert gap_since(now) == LEAST_GAP, "a clock that went back takes nothing away"


def test_nobody_is_signed_in_and_what_was_under_way_is_due(
    vault: Vault, aoba: Scope, signing: SigningKeys, empty_url: str, tmp_path: Path
) -> None:
    hold(vault, aoba, signing, IMAGES)
    with vault.database.transaction() as session:
        person = people.add(
            session, Scope.system(), login="nurse", name="Nurse", role=Role.STAFF, facility_id=aoba.area
        )
        sessions.start(session, person, PeoplePolicy())
        links.create(session, Scope.system(aoba.area), person, PeoplePolicy())
        job_id = jobs.add(session, tasks.COLLECT)
        lease = {"state": JobState.RUNNING, "lease_until": clock.now() + timedelta(hours=1), "holder": "x"}
        session.execute(update(Job).where(Job.id == job_id).values(**lease))
        events = update(OutboxRow).values(relayed_at=None, failures=3, retry_at=clock.now() + timedelta(hours=1))
        session.execute(events)
    backed_up(vault)
    made = revived(tmp_path, empty_url)
    with made.database.read() as session:
        assert session.scalars(select(SignInSession).where(SignInSession.ended_at.is_(None))).all() == []
        assert session.scalars(select(SignInLink).where(SignInLink.used_at.is_(None))).all() == []
        assert job_id in [one for one, _ in jobs.due(session)]
        assert outbox.waiting(session)
        assert session.scalar(select(PackLease.until)) is None
        said = select(AuditRow.chain).where(AuditRow.what == "system.restored")
        assert set(session.scalars(said)) == {audit.PROVIDER_CHAIN, aoba.area}
    made.database.close()


def test_a_restore_does_its_settling_once(vault: Vault, aoba: Scope, signing: SigningKeys, tmp_path: Path) -> None:
    hold(vault, aoba, signing, IMAGES)
    made = backed_up(vault)
    manifest = Destination(tmp_path / "backup").manifest(made.id)
    for _ in range(2):
        with vault.database.transaction() as session:
            settling.settle(session, manifest, "the-same-restore")
    with vault.database.read() as session:
        head = session.scalars(select(ReceiptHead).where(ReceiptHead.facility_id == aoba.area)).one()
        assert head.sequence < 2 * LEAST_GAP
