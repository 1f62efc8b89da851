"""The area itself: room, and who looked into it."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from portal import transactions
from portal.guards import FACILITY_PEOPLE, requires
from portal.pages import lists
from portal.pages.facility import space
from portal.pages.facility.base import bp
from portal.scope import current
from vault.base.access_log import looks
from vault.base.errors import NotFound
from vault.base.scope import Role, Side, scoped
from vault.exams import drive_queries
from vault.exams import queries as exams
from vault.tenancy.models import Facility, Space, Target

SIDES = (Side.PROVIDER, Side.STAFF, Side.DEVICE, Side.FACILITY, Side.PATIENT)


@bp.get("/area")
@requires(FACILITY_PEOPLE)
def area() -> ResponseReturnValue:
    """What uses the space, and how much is left."""
    session, scope = transactions.session(), current()
    facility = session.scalars(select(Facility).where(Facility.id == scope.area)).one()
    spaces = {space.target_id: space for space in session.scalars(scoped(select(Space), scope, Space))}
    whole = spaces[""]
    return render_template(
        "facility/area.html",
        area={
            "facility": facility.name,
            "class": facility.service_class,
            "capacity": whole.capacity,
            "used": whole.used,
            "files": drive_queries.count_files(session, scope),
            "exams": exams.count_exams(session, scope),
        },
        uses=space.shown(session, scope),
        targets=[
            {"name": target.name, "capacity": target.capacity, "used": spaces[target.id].used}
            for target in session.scalars(scoped(select(Target), scope, Target).order_by(Target.name))
            if target.capacity is not None and target.id in spaces
        ],
    )


@bp.get("/access-log")
@requires(Role.FACILITY_ADMIN)
def access_log() -> ResponseReturnValue:
    """Who looked, newest first; `side` narrows it."""
    side = request.args.get("side", "")
    if side and side not in set(Side):
        raise NotFound("side")
    page = looks(transactions.session(), current(), side=side or None, after=request.args.get("after"))
    return render_template(
        "facility/access_log.html",
        view=side,
        sides=[one.value for one in SIDES],
        looks=[
            {
                "at": look.at,
                "name": look.name,
                "side": look.side,
                "what": look.what,
                "why": (look.why or "") if look.side not in (Side.STAFF, Side.DEVICE) else "",
                "items": [_reference(item) for item in look.items],
            }
            for look in page.items
        ],
        pager=lists.pager(page),
    )


def _reference(item: str) -> dict[str, str]:
    """`exam:ID` in words, with a link where there is a page for it."""
    kind, _colon, id_ = item.partition(":")
    match kind:
        case "exam":
            return {"words": _("an exam"), "url": url_for("facility.exam", exam_id=id_)}
        case "request":
            return {"words": _("a request"), "url": url_for("facility.request_show", request_id=id_)}
        case "answer":
            return {"words": _("an answer"), "url": ""}
        case "file":
            return {"words": _("a file"), "url": ""}
        case _:
            return {"words": kind, "url": ""}
