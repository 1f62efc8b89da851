"""What people are told also goes by mail to those who gave an address: ordered with the notice, sent by a job."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false, func, select, update
from sqlalchemy.orm import Session

from templates.filters import Reader
from vault.base import clock, ids, jobs, mail, notices, texts
from vault.base.errors import Invalid
from vault.base.jobs import Job, JobState
from vault.base.mail import Letter
from vault.base.notices import Notice
from vault.base.scope import Role
from vault.base.settings import Settings
from vault.tenancy.models import Facility, Person

SEND = "mail.notice"
_FACILITY_PEOPLE = (Role.STAFF.value, Role.FACILITY_ADMIN.value)


def tell(
    session: Session, audience: str, kind: str, subject_id: str, *, facility_id: str, values: dict[str, Any]
) -> None:
    """A notice for `audience` about something of a facility, and a letter for each of them who gave an address."""
    notice = notices.add(session, audience, kind, subject_id, facility_id=facility_id, values=values)
    reached = select(Person.id).where(_heard_by(audience), Person.email.is_not(None), Person.disabled_at.is_(None))
    for person_id in session.scalars(reached.order_by(Person.id)):
        args = {"notice": notice.number, "person": person_id}
        jobs.add(session, SEND, args, key=f"{SEND}:{notice.number}:{person_id}", facility_id=facility_id)


def letter(session: Session, settings: Settings, number: int, person: Person) -> Letter:
    """What a notice says to that person, in their language; never with patient data, as a notice has none."""
    notice = session.scalars(select(Notice).where(Notice.number == number)).one()
    facility = session.scalars(select(Facility).where(Facility.id == notice.facility_id)).one()
    zone = facility.zone if person.facility_id else settings.provider.zone
    text = texts.written(
        f"email/{notice.kind.replace('.', '_')}.txt",
        Reader(person.language or "ja", ZoneInfo(zone), clock.now()),
        place=facility.name,
        own=person.facility_id is not None,
        at=notice.created_at,
        url=f"{settings.server.url.rstrip('/')}/notices" if settings.server.url else "",
        **notice.values,
    )
    subject, _, body = text.partition("\n")
    return Letter(f"notice-{number}.{person.id}", person.email or "", subject, body.strip() + "\n")


def wanted_by(session: Session, person_id: str) -> Person | None:
    """The person, if they still want letters: an address, and not shut out in the meantime."""
    mine = select(Person).where(Person.id == person_id, Person.email.is_not(None), Person.disabled_at.is_(None))
    return session.scalar(mine)


def note(session: Session, person_id: str, address: str, problem: str | None) -> None:
    """How the last letter to that address went: what the receiving side said when it refused it, or None."""
    mine = update(Person).where(Person.id == person_id, Person.email == address)
    session.execute(mine.values(email_problem=problem[:500] if problem else None))


def stuck(session: Session) -> tuple[int, int]:
    """(letters that are tried again, letters that were given up)."""
    counted = select(func.count(Job.id)).where(Job.kind == SEND)
    waiting = counted.where(Job.state == JobState.WAITING, Job.attempts > 0)
    return session.scalar(waiting) or 0, session.scalar(counted.where(Job.state == JobState.FAILED)) or 0


def try_out(settings: Settings, to: str) -> None:
    """Send a letter that only says that letters arrive; Invalid (`mail_not_set`, `mail_refused`), Unavailable."""
    if not settings.mail.server:
        raise Invalid("mail_not_set", field="mail.server")
    text = texts.written("email/trial.txt", Reader("en", ZoneInfo(settings.provider.zone), clock.now()))
    subject, _, body = text.partition("\n")
    try:
        mail.send(settings.mail, Letter(f"trial-{ids.new()}", to, subject, body.strip() + "\n"))
    except mail.Refused as refused:
        raise Invalid("mail_refused", field="--mail", problem=str(refused)) from refused


def _heard_by(audience: str) -> ColumnElement[bool]:
    side, _, name = audience.partition(":")
    match side:
        case "facility":
            return (Person.facility_id == name) & Person.role.in_(_FACILITY_PEOPLE)
        case "facility-admin":
            return (Person.facility_id == name) & (Person.role == Role.FACILITY_ADMIN.value)
        case "role":
            return (Person.role == name) & Person.facility_id.is_(None)
        case "person":
            return Person.id == name
        case _:
            return false()
