"""Deleting an exam, and the list of those that can be brought back."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import transactions
from portal.guards import FACILITY_PEOPLE, requires
from portal.pages.facility.base import bp
from portal.scope import current
from portal.wording import sentence
from vault.base.errors import Conflict, Gone
from vault.exams import deletion


@bp.get("/exams/deleted")
@requires(FACILITY_PEOPLE)
def exams_deleted() -> ResponseReturnValue:
    """What can be brought back, and until when."""
    policy = transactions.installation().settings.retention
    return render_template(
        "facility/exams_deleted.html",
        days=policy.grace_days,
        exams=[
            {
                "id": exam.id,
                "kind": exam.kind,
                "patient_id": exam.patient_id,
                "performed_at": exam.performed_at,
                "deleted_at": exam.deleted_at,
                "deleted_by": exam.deleted_by,
                "until": deletion.gone_after(policy, exam),
            }
            for exam in deletion.list_deleted(transactions.session(), current())
        ],
    )


@bp.post("/exams/<exam_id>/delete")
@requires(FACILITY_PEOPLE)
def exam_delete(exam_id: str) -> ResponseReturnValue:
    """Out of sight; what a hold, law or contract keeps stays, and the page says why."""
    policy = transactions.installation().settings.retention
    try:
        deletion.delete(transactions.session(), current(), policy, exam_id)
    except Conflict as problem:
        flash(sentence(problem.code, problem.reason, problem.values), "error")
        return redirect(url_for("facility.exam", exam_id=exam_id), 303)
    flash(_("The exam was deleted. It can be brought back here for %(days)s days.", days=policy.grace_days), "success")
    return redirect(url_for("facility.exams_deleted"), 303)


@bp.post("/exams/<exam_id>/undelete")
@requires(FACILITY_PEOPLE)
def exam_undelete(exam_id: str) -> ResponseReturnValue:
    """Back as it was."""
    try:
        deletion.undelete(transactions.session(), current(), exam_id)
    except Gone as problem:
        flash(sentence(problem.code, problem.reason, problem.values), "error")
        return redirect(url_for("facility.exams_deleted"), 303)
    flash(_("The exam is back."), "success")
    return redirect(url_for("facility.exam", exam_id=exam_id), 303)
