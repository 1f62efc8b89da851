"""The provider's first page: figures, what needs someone, the departments' work, jobs and checks."""

from datetime import timedelta
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal import transactions
from portal.checks import Health
from portal.guards import requires
from portal.pages.admin.base import bp
from portal.pages.admin.health import check_rows, job_rows
from portal.pages.thread import name_of
from portal.scope import current
from routing.departments import queries as departments
from routing.departments.models import TRIAGE
from routing.queue.models import Assignment
from routing.queue.states import AssignmentState
from routing.requests.models import Request
from vault.backup.overview import still_open
from vault.base import clock
from vault.base.scope import Role
from vault.exams.models import Exam, ExamImage
from vault.tenancy.models import Facility, Space

HUES = {Health.UNWELL: "bad", Health.WARNING: "care"}


@bp.get("/")
@requires(Role.ADMIN)
def overview() -> ResponseReturnValue:
    """Worst first."""
    session = transactions.session()
    desk = _departments(session)
    checked = check_rows()
    return render_template(
        "admin/overview.html",
        figures=_figures(session, desk),
        attention=_attention(desk, checked, still_open(session, current())[0]),
        departments=desk,
        jobs=job_rows(session)[:6],
        checks=checked,
    )


def _figures(session: Session, desk: list[dict[str, Any]]) -> dict[str, int]:
    def count(what: Any) -> int:
        return int(session.scalar(what) or 0)

    today = clock.now() - timedelta(hours=24)
    return {
        "facilities": count(select(func.count(Facility.id))),
        "exams": count(select(func.count(Exam.id))),
        "images": count(select(func.count(ExamImage.id))),
        "held": count(select(func.sum(Space.used)).where(Space.target_id == "")),
        "requests_today": count(select(func.count(Request.id)).where(Request.filed_at > today)),
        "waiting": sum(one["waiting"] for one in desk),
        "overdue": sum(one["overdue"] for one in desk),
    }


def _departments(session: Session) -> list[dict[str, Any]]:
    def counted(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    rows = (
        select(
            Assignment.department_id,
            counted(Assignment.state == AssignmentState.WAITING),
            counted(Assignment.state == AssignmentState.CLAIMED),
            counted(Assignment.state == AssignmentState.ASKED),
            counted((Assignment.due_at <= clock.now()) & Assignment.paused_at.is_(None)),
            func.min(case((Assignment.state == AssignmentState.WAITING, Assignment.created_at), else_=None)),
        )
        .where(Assignment.is_open)
        .group_by(Assignment.department_id)
    )
    found = {row[0]: row for row in session.execute(rows)}
    empty = (None, 0, 0, 0, 0, None)
    shown = []
    for department in departments.active(session):
        _id, waiting, claimed, asked, overdue, oldest = found.get(department.id, empty)
        shown.append(
            {
                "code": department.code,
                "name": name_of(department),
                "url": url_for("department.queue", department=department.code)
                if department.id in current().departments
                else "",
                "waiting": int(waiting),
                "claimed": int(claimed),
                "asked": int(asked),
                "overdue": int(overdue),
                "oldest_at": oldest,
            }
        )
    return shown


def _attention(desk: list[dict[str, Any]], checked: list[dict[str, Any]], missed: int) -> list[dict[str, str]]:
    found = [
        {"part": one["name"], "words": one["words"], "url": "", "hue": HUES[one["health"]]}
        for one in checked
        if one["health"] in HUES
    ]
    for one in desk:
        if one["overdue"]:
            words = ngettext("%(num)d item is late", "%(num)d items are late", one["overdue"])
            found.append({"part": "", "words": f"{one['name']}: {words}", "url": one["url"], "hue": "bad"})
        elif one["code"] == TRIAGE and one["waiting"]:
            found.append({"part": "", "words": _("Triage waits for a decision"), "url": one["url"], "hue": "care"})
    if missed:
        words = ngettext("%(num)d target is not backed up", "%(num)d targets are not backed up", missed)
        found.append({"part": "", "words": words, "url": url_for("admin.backups"), "hue": "bad"})
    return sorted(found, key=lambda one: one["hue"] != "bad")
