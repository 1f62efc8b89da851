"""What departments promise: calendars are kept, targets are set, and a clock runs by them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.departments.models import Department
from routing.promises import calendars
from routing.promises.hours import Hours
from routing.promises.models import Promise, WorkCalendar
from vault.base import audit, ids
from vault.base.database import insert_if_absent
from vault.base.errors import Invalid, NotFound
from vault.base.scope import Role, Scope

USUAL = "office"
"""The calendar that departments go by until they are given another."""
_OFFICE: dict[str, Any] = {
    "zone": "Asia/Tokyo",
    "country": "JP",
    "week": [[["09:00", "17:30"]]] * 5 + [[], []],
    "closed": [],
    "opened": [],
}
USUAL_NORMAL, USUAL_URGENT = timedelta(hours=17), timedelta(hours=4)
"""Two days of the office; half a day of it."""
LONGEST = timedelta(days=90)
_WARNED_AFTER = 0.75


@dataclass(frozen=True)
class Clock:
    """How time runs for requests of one urgency in one department; `within` counts in its `hours`."""

    hours: Hours
    within: timedelta

    def due(self, since: datetime) -> datetime:
        """By when what came then should be answered."""
        return self.hours.add(since, self.within)

    def warning(self, since: datetime, due: datetime) -> datetime:
        """When three quarters of the time up to `due` have passed."""
        return self.hours.add(since, self.hours.between(since, due) * _WARNED_AFTER)

    def after_pause(self, moment: datetime, paused: datetime, resumed: datetime) -> datetime:
        """Where `moment` lies once the clock stood still from `paused` to `resumed`; what had passed before stays."""
        return moment if moment <= paused else self.hours.add(resumed, self.hours.between(paused, moment))


def clock_of(session: Session, department_id: str, *, urgent: bool) -> Clock:
    """The clock of a department; the usual one where nothing was set."""
    held = session.execute(
        select(Promise, WorkCalendar)
        .join(WorkCalendar, WorkCalendar.id == Promise.calendar_id)
        .where(Promise.department_id == department_id)
    ).one_or_none()
    if held is None:
        return Clock(calendars.hours_of(WorkCalendar(**_OFFICE)), USUAL_URGENT if urgent else USUAL_NORMAL)
    promise, calendar = held
    hours = calendars.hours_of(calendar)
    if not urgent:
        return Clock(hours, timedelta(minutes=promise.normal_minutes))
    if promise.urgent_at_any_hour:
        hours = Hours(hours.zone, calendars.EVERY_HOUR)
    return Clock(hours, timedelta(minutes=promise.urgent_minutes))


def ensure_usual(session: Session) -> WorkCalendar:
    """The calendar of the office; made when it is missing."""
    insert_if_absent(session, WorkCalendar, id=ids.new(), code=USUAL, **_OFFICE)
    return session.scalars(select(WorkCalendar).where(WorkCalendar.code == USUAL)).one()


def keep_calendar(
    session: Session,
    scope: Scope,
    code: str,
    *,
    zone: str,
    country: str,
    week: Any,
    closed: Iterable[str] = (),
    opened: Iterable[str] = (),
) -> WorkCalendar:
    """
    Make the calendar `code`, or bring it to these values; what is promised already keeps its time.

    Raises Invalid naming the field.
    """
    scope.require(Role.ADMIN, Role.SYSTEM)
    code = code.strip()
    if not code or len(code) > 64:
        raise Invalid("empty", field="code")
    values = calendars.checked(zone=zone, country=country, week=week, closed=closed, opened=opened)
    insert_if_absent(session, WorkCalendar, id=ids.new(), code=code, **values)
    row = session.scalars(select(WorkCalendar).where(WorkCalendar.code == code)).one()
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    audit.record(session, scope, "calendar.set", items=[f"calendar:{row.id}"])
    return row


def promise(
    session: Session,
    scope: Scope,
    department: Department,
    *,
    calendar: str,
    normal: timedelta,
    urgent: timedelta,
    urgent_at_any_hour: bool,
) -> Promise:
    """
    From now on the department answers within so much of that calendar's hours; what is promised keeps its time.

    Raises Invalid naming `normal` or `urgent` unless it is one minute to 90 days, NotFound for an unknown calendar.
    """
    scope.require(Role.ADMIN, Role.SYSTEM)
    for name, within in (("normal", normal), ("urgent", urgent)):
        if not timedelta(minutes=1) <= within <= LONGEST:
            raise Invalid("promise_length", field=name, limit=LONGEST.days)
    calendar_id = session.scalar(select(WorkCalendar.id).where(WorkCalendar.code == calendar))
    if calendar_id is None:
        raise NotFound("calendar")
    held = session.scalar(select(Promise).where(Promise.department_id == department.id))
    row = held or Promise(department_id=department.id)
    row.calendar_id = calendar_id
    row.normal_minutes, row.urgent_minutes = (int(within / timedelta(minutes=1)) for within in (normal, urgent))
    row.urgent_at_any_hour = urgent_at_any_hour
    session.add(row)
    session.flush()
    audit.record(session, scope, "promise.set", items=[f"department:{department.id}"])
    return row


def every_calendar(session: Session) -> list[WorkCalendar]:
    """All calendars by code, that of the office among them."""
    ensure_usual(session)
    return list(session.scalars(select(WorkCalendar).order_by(WorkCalendar.code)))


def of_departments(session: Session) -> dict[str, tuple[Promise, str]]:
    """What was set, by department id, with the code of its calendar."""
    statement = select(Promise, WorkCalendar.code).join(WorkCalendar, WorkCalendar.id == Promise.calendar_id)
    return {row.department_id: (row, code) for row, code in session.execute(statement)}
