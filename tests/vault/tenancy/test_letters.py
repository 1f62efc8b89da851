"""Notices also go by mail to those who gave an address, again until they are taken."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from tests.services import mailbox
from tests.services.certificates import certificate
from tests.services.clock import HeldClock
from tests.services.mailbox import Mailbox
from tests.vault.tenancy.tenants import facility, known, person
from vault.base import jobs, mail, outbox
from vault.base.database import Database
from vault.base.errors import Invalid, Unavailable
from vault.base.jobs import Job, Queue
from vault.base.mail import Letter
from vault.base.scope import Role, Scope
from vault.base.settings import Mail, Server, Settings
from vault.tenancy import capacity, mailing, people, subscribers, tasks

SENDER = "Kura <kura@example.com>"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox.serving() as made:
        yield made


@pytest.fixture
def area(database: Database) -> str:
    """Aoba, of 1,000 bytes; all but one of its three administrators, the nurse and the provider's gave an address."""
    subscribers.subscribe_all()
    with database.transaction() as session:
        place = facility(session)
        for login, role, of, language in (
            ("admin", Role.FACILITY_ADMIN, place.id, "ja"),
            ("gaijin", Role.FACILITY_ADMIN, place.id, "en"),
            ("silent", Role.FACILITY_ADMIN, place.id, None),
            ("nurse", Role.STAFF, place.id, None),
            ("provider", Role.ADMIN, None, None),
        ):
            made = person(session, login, role, of)
            people.set_language(session, Scope.system(), made, language)
            if login != "silent":
                people.set_email(session, Scope.system(), made, f"{login}@example.com")
        return place.id


def fill(database: Database, area: str, size: int) -> None:
    with database.transaction() as session:
        capacity.reserve(session, area, f"exam:{size}", size)


def work(database: Database, server: str, tmp_path: Path, **more: str) -> None:
    settings = Settings(
        home=tmp_path,
        mail=Mail.model_validate({"server": server, "sender": SENDER if server else "", "security": "none", **more}),
        server=Server(url="https://kura.example.com/"),
    )
    outbox.relay(database)
    jobs.run_due(database, SimpleNamespace(settings=settings), frozenset({Queue.MAIL.value}))


def test_administrators_are_written_to_in_their_language_and_nobody_else(
    database: Database, area: str, box: Mailbox, tmp_path: Path
) -> None:
    fill(database, area, 800)
    work(database, box.server, tmp_path)
    written = {one["To"]: one for one in box.letters}
    assert set(written) == {"admin@example.com", "gaijin@example.com"}
    assert written["gaijin@example.com"]["Subject"] == "Kura: the area of Aoba has reached 80% of its capacity"
    assert "容量の80%" in written["admin@example.com"]["Subject"]
    english = written["gaijin@example.com"].get_content()
    assert "800 B of 1,000 B" in english
    assert "https://kura.example.com/notices" in english
    assert written["gaijin@example.com"]["From"] == SENDER
    assert written["gaijin@example.com"]["Auto-Submitted"] == "auto-generated"
    fill(database, area, 160)
    work(database, box.server, tmp_path)
    assert [one["To"] for one in box.letters].count("provider@example.com") == 1


def test_a_letter_that_is_not_taken_is_tried_again_and_says_so_meanwhile(
    database: Database, area: str, box: Mailbox, tmp_path: Path, clock: HeldClock
) -> None:
    box.answer = "451 try again later"
    fill(database, area, 800)
    work(database, box.server, tmp_path)
    with database.read() as session:
        assert mailing.stuck(session) == (2, 0)
        assert "try again later" in (session.scalars(select(Job.error).where(Job.kind == mailing.SEND)).first() or "")
    box.answer = "250 OK"
    clock.forward(timedelta(minutes=1))
    work(database, box.server, tmp_path)
    assert len(box.letters) == 2
    with database.read() as session:
        assert mailing.stuck(session) == (0, 0)


def test_a_server_that_is_away_for_too_long_is_known_to_have_lost_letters(
    database: Database, area: str, tmp_path: Path, clock: HeldClock
) -> None:
    fill(database, area, 800)
    for _ in range(jobs.MAX_ATTEMPTS + 1):
        work(database, "127.0.0.1:9", tmp_path)
        clock.forward(jobs.LAST_RETRY)
    with database.read() as session:
        assert mailing.stuck(session) == (0, 2)


def test_an_address_that_refuses_for_good_is_shown_until_it_is_changed(
    database: Database, area: str, box: Mailbox, tmp_path: Path
) -> None:
    box.answer = "550 no such user"
    fill(database, area, 800)
    work(database, box.server, tmp_path)
    with database.transaction() as session:
        assert mailing.stuck(session) == (0, 0)
        refused = known(session, "admin")
        assert refused.email_problem == "550 no such user"
        people.set_email(session, Scope.system(), refused, "new@example.com")
        assert refused.email_problem is None


def test_whoever_was_shut_out_or_took_the_address_out_gets_none(
    database: Database, area: str, box: Mailbox, tmp_path: Path
) -> None:
    fill(database, area, 800)
    outbox.relay(database)
    with database.transaction() as session:
        people.disable(session, Scope.system(), known(session, "admin"))
        people.set_email(session, Scope.system(), known(session, "gaijin"), "")
    work(database, box.server, tmp_path)
    assert box.letters == []


def test_without_a_mail_server_nothing_waits_for_one(database: Database, area: str, tmp_path: Path) -> None:
    fill(database, area, 800)
    work(database, "", tmp_path)
    with database.read() as session:
        assert mailing.stuck(session) == (0, 0)


@pytest.mark.parametrize(
    "wrong", ["aoba", "a b@example.com", "a@b\nBcc: c@d", "@example.com", "a@", "a" * 250 + "@b.jp"]
)
def test_an_address_that_is_none_is_refused(database: Database, area: str, wrong: str) -> None:
    with database.transaction() as session, pytest.raises(Invalid, match="email_form"):
        people.set_email(session, Scope.system(), known(session, "nurse"), wrong)


def test_the_wire_is_encrypted_and_the_password_asked_for(tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path)
    letter = Letter("notice-1.x", "nurse@example.com", "A line\nbreak", "終わり\n")
    with mailbox.serving(context, "kura", "secret") as box:
        policy = Mail(server=box.server, sender=SENDER, user="kura", password="secret", authority=str(trusted))
        mail.send(policy, letter)
        assert box.encrypted == [True]
        assert box.letters[0]["Subject"] == "A line break"
        assert box.letters[0].get_content().strip() == "終わり"
        for changed in ({"authority": ""}, {"password": "guess"}, {"security": "none", "user": ""}):
            with pytest.raises(Unavailable):
                mail.send(policy.model_copy(update=changed), letter)
        assert len(box.letters) == 1


def test_the_job_is_known_to_the_worker() -> None:
    assert jobs.kinds()[mailing.SEND].run is tasks.send
