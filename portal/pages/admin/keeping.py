"""What must be kept and what is to go: legal holds, and the erasure of an area at its end."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import requires
from portal.pages.admin.base import bp
from portal.scope import current
from portal.wording import sentence
from vault.base.errors import AppError, Conflict, Invalid, NotFound
from vault.base.scope import Role, Scope, get_for
from vault.base.settings import Retention
from vault.exams.models import Exam
from vault.intake import erasure
from vault.intake.models import Erasure
from vault.tenancy import facilities, holds
from vault.tenancy.holds import HoldKind
from vault.tenancy.models import Facility, LegalHold


@bp.get("/holds")
@requires(Role.ADMIN)
def holds_everywhere() -> ResponseReturnValue:
    """Every hold that stands, in whatever area."""
    session = transactions.session()
    standing = holds.standing_everywhere(session, current())
    names = {one.id: one for one in session.scalars(select(Facility))}
    rows = [
        _hold(one) | {"facility": names[one.facility_id].name, "url": _address(names[one.facility_id].code)}
        for one in standing
    ]
    return render_template("admin/holds.html", holds=rows)


@bp.get("/facilities/<code>/keeping")
@requires(Role.ADMIN)
def keeping(code: str) -> ResponseReturnValue:
    """Holds on the area and its erasure."""
    return _page(code)


@bp.post("/facilities/<code>/holds")
@requires(Role.ADMIN)
def hold_place(code: str) -> ResponseReturnValue:
    """Place a hold."""
    session, scope, form = transactions.session(), _narrowed(code), request.form
    try:
        kind = HoldKind(form.get("kind", "")) if form.get("kind") in list(HoldKind) else None
        if kind is None:
            raise Invalid(field="kind")
        _check_subject(session, scope, kind, form.get("subject", "").strip())
        holds.place(session, scope, kind, form.get("reason", ""), subject=form.get("subject", ""))
    except Invalid as problem:
        return _page(code, wrong=problem, of="hold"), 422
    flash(_("The hold stands from now on."), "success")
    return redirect(_address(code), 303)


@bp.post("/facilities/<code>/holds/lift")
@requires(Role.ADMIN)
def hold_lift(code: str) -> ResponseReturnValue:
    """Lift a hold."""
    try:
        holds.lift(transactions.session(), _narrowed(code), request.form.get("id", ""), request.form.get("reason", ""))
    except (Invalid, Conflict) as problem:
        return _refused(code, problem)
    flash(_("The hold is lifted."), "success")
    return redirect(_address(code), 303)


@bp.post("/facilities/<code>/erasure")
@requires(Role.ADMIN)
def erasure_order(code: str) -> ResponseReturnValue:
    """Order that the area be erased; the code is typed again, so that no wrong click does it."""
    try:
        if request.form.get("confirm", "").strip() != code:
            raise Invalid("confirm_code", field="confirm", code=code)
        erasure.order(transactions.session(), _narrowed(code), _policy(), request.form.get("reason", ""))
    except Invalid as problem:
        return _page(code, wrong=problem, of="erasure"), 422
    except Conflict as problem:
        return _refused(code, problem)
    flash(_("The erasure is ordered. Until it begins it can be called off here."), "success")
    return redirect(_address(code), 303)


@bp.post("/facilities/<code>/erasure/call-off")
@requires(Role.ADMIN)
def erasure_call_off(code: str) -> ResponseReturnValue:
    """Call an erasure off."""
    session, form = transactions.session(), request.form
    try:
        erasure.call_off(session, _narrowed(code), form.get("id", ""), form.get("reason", ""))
    except (Invalid, Conflict) as problem:
        return _refused(code, problem)
    flash(_("The erasure is called off."), "success")
    return redirect(_address(code), 303)


@bp.get("/facilities/<code>/erasure.json")
@requires(Role.ADMIN)
def erasure_certificate(code: str) -> ResponseReturnValue:
    """The signed certificate, as `kura-capture verify` reads it."""
    content = erasure.certificate(transactions.session(), _narrowed(code))
    name = f'attachment; filename="erasure-{code}.json"'
    return content, 200, {"Content-Type": "application/json", "Content-Disposition": name}


def _facility(session: Session, code: str) -> Facility:
    found = facilities.by_code(session, code)
    if found is None:
        raise NotFound("facility")
    return found


def _narrowed(code: str) -> Scope:
    return current().within(_facility(transactions.session(), code).id)


def _policy() -> Retention:
    return transactions.installation().settings.retention


def _address(code: str) -> str:
    return url_for("admin.keeping", code=code)


def _check_subject(session: Session, scope: Scope, kind: HoldKind, subject: str) -> None:
    if kind is HoldKind.EXAM and subject:
        try:
            get_for(session, scope, Exam, subject)
        except NotFound as problem:
            raise Invalid("no_such_exam", field="subject") from problem


def _refused(code: str, problem: AppError) -> ResponseReturnValue:
    flash(sentence(problem.code, problem.reason, problem.values), "error")
    return redirect(_address(code), 303)


def _page(code: str, *, wrong: Invalid | None = None, of: str = "") -> str:
    """The page; `wrong` is said beside its field of the form `of`, which keeps what was typed."""
    session, scope = transactions.session(), _narrowed(code)
    errors = {} if wrong is None else {wrong.field: sentence(wrong.code, wrong.reason, wrong.values)}
    facility = _facility(session, code)
    return render_template(
        "admin/keeping.html",
        facility={"code": facility.code, "name": facility.name},
        holds=[_hold(one) for one in holds.of_area(session, scope)],
        erasures=[_erasure(one) for one in erasure.of_area(session, scope)],
        days=_policy().erasure_days,
        typed={of: request.form.to_dict()} if of else {},
        errors={of: errors} if of else {},
    )


def _hold(one: LegalHold) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "subject": one.subject,
        "reason": one.reason,
        "placed_at": one.placed_at,
        "placed_by": one.placed_by,
        "lifted_at": one.lifted_at,
        "lifted_by": one.lifted_by,
        "lift_reason": one.lift_reason,
    }


def _erasure(one: Erasure) -> dict[str, Any]:
    names = ("id", "reason", "ordered_at", "ordered_by", "due_at", "cancelled_at", "cancelled_by", "cancel_reason")
    return {name: getattr(one, name) for name in (*names, "began_at", "erased_at")}
