"""Facilities as the provider sees them: sizes and counts, no patient data."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import requires
from portal.pages import lists
from portal.pages.admin.base import bp
from portal.pages.people import device_rows, person_rows
from portal.scope import current
from routing.requests.models import Request
from routing.requests.states import RequestState
from vault.base.errors import NotFound
from vault.base.paging import Page
from vault.base.scope import Role
from vault.contracts import queries as contracts
from vault.contracts.points import fee_of
from vault.contracts.terms import Period
from vault.exams import drive_queries
from vault.exams import queries as exams
from vault.tenancy import devices
from vault.tenancy import people as persons
from vault.tenancy.facilities import called
from vault.tenancy.models import Device, Facility, Space

PER_PAGE = 50
ENDED = (RequestState.CLOSED, RequestState.WITHDRAWN, RequestState.PICKED_UP, RequestState.ANSWERED)


@bp.get("/facilities")
@requires(Role.ADMIN)
def facilities() -> ResponseReturnValue:
    """By code; `q` is a part of the code or the name."""
    session, wanted = transactions.session(), request.args.get("q", "").strip()
    rows = select(Facility).where(Facility.code > request.args.get("after", ""))
    found = list(session.scalars(rows.where(called(wanted)).order_by(Facility.code).limit(PER_PAGE + 1)))
    shown = found[:PER_PAGE]
    following = shown[-1].code if len(found) > PER_PAGE else None
    return render_template(
        "admin/facilities.html",
        facilities=_rows(session, shown),
        typed={"q": wanted},
        pager=lists.pager(Page(shown, following)),
    )


@bp.get("/facilities/<code>")
@requires(Role.ADMIN)
def facility(code: str) -> ResponseReturnValue:
    """One facility: people, devices, contracts."""
    session = transactions.session()
    found = session.scalar(select(Facility).where(Facility.code == code))
    if found is None:
        raise NotFound("facility")
    return render_template("admin/facility.html", made=None, **facility_context(session, found))


def facility_context(session: Session, found: Facility) -> dict[str, Any]:
    """What the page of one facility shows."""
    scope = current().within(found.id)
    row = _rows(session, [found])[0]
    return {
        "facility": row
        | {
            "zone": found.zone,
            "exams": exams.count_exams(session, scope),
            "files": drive_queries.count_files(session, scope),
        },
        "people": person_rows(session, persons.in_area(session, scope)),
        "devices": device_rows(devices.in_area(session, scope)),
        "contracts": [
            {
                "target": one.terms.target,
                "period": "annual" if one.terms.period is Period.ANNUAL else "monthly",
                "start": one.start,
                "end": one.ends_on,
                "fee": fee_of(one.terms).amount,
                "url": url_for("admin.contract", code=found.code, contract_id=one.id),
            }
            for one in contracts.of_facility(session, scope)
        ],
    }


def _rows(session: Session, found: list[Facility]) -> list[dict[str, Any]]:
    ids = [one.id for one in found]
    spaces = select(Space).where(Space.facility_id.in_(ids), Space.target_id == "")
    room = {space.facility_id: space for space in session.scalars(spaces)}
    live = select(Request.facility_id, func.count()).where(Request.facility_id.in_(ids), Request.state.not_in(ENDED))
    open_requests = dict(session.execute(live.group_by(Request.facility_id)).all())
    last = select(Device.facility_id, func.max(Device.seen_at)).where(Device.facility_id.in_(ids))
    seen = dict(session.execute(last.group_by(Device.facility_id)).all())
    return [
        {
            "code": one.code,
            "name": one.name,
            "url": url_for("admin.facility", code=one.code),
            "class": one.service_class,
            "used": room[one.id].used,
            "capacity": one.capacity,
            "open_requests": open_requests.get(one.id, 0),
            "seen_at": seen.get(one.id),
        }
        for one in found
    ]
