"""Departments: what they handle, who works in them, by when they answer and in whose hours."""

import re
from datetime import timedelta
from typing import Any
from unicodedata import normalize

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import transactions
from portal.errors import field_errors
from portal.guards import requires, writes
from portal.pages.admin.base import bp
from portal.scope import current
from routing.departments import queries as known
from routing.departments.models import Department
from routing.promises import calendars, service
from routing.promises.models import WorkCalendar
from routing.queue import views
from vault.base.errors import Invalid, NotFound
from vault.base.scope import Role

HOUR = timedelta(hours=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SEPARATORS = re.compile(r"[,、;\n]+")
_BETWEEN = re.compile(r"\s*[-–~〜]\s*")


@bp.get("/departments")
@requires(Role.ADMIN)
@writes
def departments() -> ResponseReturnValue:
    """Every department with its promise; the calendar of the office is there from the first look."""
    return _page()


@bp.post("/departments/<code>/promise")
@requires(Role.ADMIN)
def department_promise(code: str) -> ResponseReturnValue:
    """From now on it answers within so many hours of its calendar."""
    session, form = transactions.session(), request.form
    department = next((one for one in known.active(session) if one.code == code), None)
    if department is None:
        raise NotFound("department")
    try:
        service.promise(
            session,
            current(),
            department,
            calendar=form.get("calendar", ""),
            normal=_hours(form.get("normal", ""), "normal"),
            urgent=_hours(form.get("urgent", ""), "urgent"),
            urgent_at_any_hour="urgent_at_any_hour" in form,
        )
    except Invalid as problem:
        return _page(code, form.to_dict(), field_errors(problem)), 422
    flash(_("This holds for what comes from now on; what was promised keeps its time."), "success")
    return redirect(url_for("admin.departments"), 303)


@bp.get("/hours")
@requires(Role.ADMIN)
@writes
def hours() -> ResponseReturnValue:
    """The calendars; `code` opens one to be changed."""
    session = transactions.session()
    found = service.every_calendar(session)
    asked = request.args.get("code")
    opened = next((one for one in found if one.code == asked), None)
    if asked is not None and opened is None:
        raise NotFound("calendar")
    return _hours_page(session, _typed(opened) if opened else {}, {})


@bp.post("/hours")
@requires(Role.ADMIN)
def hours_keep() -> ResponseReturnValue:
    """Make a calendar, or bring one to what the form says."""
    session, form = transactions.session(), request.form
    try:
        service.keep_calendar(
            session,
            current(),
            form.get("code", ""),
            zone=form.get("zone", "").strip(),
            country=form.get("country", ""),
            week=[_spans(form.get(day, "")) for day in DAYS],
            closed=_list(form.get("closed", "")),
            opened=_list(form.get("opened", "")),
        )
    except Invalid as problem:
        return _hours_page(session, form.to_dict(), field_errors(problem)), 422
    flash(_("The hours are kept. What was promised keeps its time."), "success")
    return redirect(url_for("admin.hours"), 303)


def _page(wrong: str = "", typed: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> str:
    session = transactions.session()
    every = service.every_calendar(session)
    promised = service.of_departments(session)
    return render_template(
        "admin/departments.html",
        calendars=[one.code for one in every],
        departments=[
            {
                "code": one.code,
                "name_ja": one.name_ja,
                "name_en": one.name_en,
                "about": one.about,
                "members": [person.name for person in known.members(session, one.id)],
                "waiting": views.waiting_in(session, one.id),
                "typed": (typed or {}) if one.code == wrong else _promise(one, promised),
                "errors": (errors or {}) if one.code == wrong else {},
            }
            for one in known.active(session)
        ],
    )


def _promise(department: Department, promised: dict[str, Any]) -> dict[str, str]:
    if department.id not in promised:
        usual = {"normal": service.USUAL_NORMAL, "urgent": service.USUAL_URGENT}
        return {"calendar": service.USUAL, **{name: _written(within) for name, within in usual.items()}}
    row, calendar = promised[department.id]
    return {
        "calendar": calendar,
        "normal": _written(timedelta(minutes=row.normal_minutes)),
        "urgent": _written(timedelta(minutes=row.urgent_minutes)),
        **({"urgent_at_any_hour": "on"} if row.urgent_at_any_hour else {}),
    }


def _hours_page(session: Session, typed: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/hours.html",
        calendars=[_typed(one) for one in service.every_calendar(session)],
        countries=calendars.countries(),
        typed=typed,
        errors=errors,
    )


def _typed(calendar: WorkCalendar) -> dict[str, str]:
    """A calendar as its form writes it."""
    week = {
        day: ", ".join(f"{start}-{_end(end)}" for start, end in spans)
        for day, spans in zip(DAYS, calendar.week, strict=True)
    }
    days = {"closed": "\n".join(calendar.closed), "opened": "\n".join(calendar.opened)}
    return {"code": calendar.code, "zone": calendar.zone, "country": calendar.country, **week, **days}


def _end(end: str) -> str:
    return "24:00" if end == "00:00" else end


def _spans(text: str) -> list[list[str]]:
    return [_BETWEEN.split(part) for part in _list(normalize("NFKC", text))]


def _list(text: str) -> list[str]:
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def _hours(text: str, field: str) -> timedelta:
    try:
        return float(normalize("NFKC", text)) * HOUR
    except (ValueError, OverflowError) as problem:
        raise Invalid("hours_number", field=field) from problem


def _written(within: timedelta) -> str:
    return f"{within / HOUR:g}"
