"""One thing that a search or an analysis led to, with its images: read under a purpose, and recorded."""

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal import bytes as stored
from portal import transactions
from portal.guards import ANALYSTS, requires, writes
from portal.pages import pictures
from portal.pages.analyst.base import bp
from portal.scope import current
from search.trace import pictures as traced
from search.trace import service
from vault.tenancy.models import Facility


@bp.get("/search/<kind>/<item_id>")
@requires(ANALYSTS)
@writes
def hit(kind: str, item_id: str) -> ResponseReturnValue:
    """The item's words and images; its facility reads who looked and why."""
    session = transactions.session()
    stated = request.args.get("case") or request.args.get("purpose", "")
    opened = service.open_item(session, current(), stated=stated, kind=kind, id_=item_id)
    document, address = opened.document, _address(kind, item_id)
    name = session.scalar(select(Facility.name).where(Facility.id == document.facility_id))
    return render_template(
        "analyst/hit.html",
        hit={
            "kind": kind,
            "title": document.title,
            "facility": name or document.facility,
            "at": document.at,
            "body": document.body,
            "purpose": opened.purpose,
        },
        facts=[],
        images=[pictures.picture(one.image, one.edges, address) for one in traced.of_item(session, opened)],
        back_url=request.referrer or url_for("analyst.search"),
    )


@bp.get("/search/<kind>/<item_id>/images/<exam_id>/<path:name>")
@requires(ANALYSTS)
def hit_image(kind: str, item_id: str, exam_id: str, name: str) -> Response:
    """The original of an image, for whoever opened the item within the hour."""
    session = transactions.session()
    inner = traced.door(session, current(), kind, item_id, exam_id, name)
    return stored.image(session, inner, exam_id, name)


@bp.get("/search/<kind>/<item_id>/thumbnails/<int:edge>/<exam_id>/<path:name>")
@requires(ANALYSTS)
def hit_thumbnail(kind: str, item_id: str, edge: int, exam_id: str, name: str) -> Response:
    """A smaller JPEG of it."""
    session = transactions.session()
    inner = traced.door(session, current(), kind, item_id, exam_id, name)
    return stored.thumbnail(session, inner, exam_id, name, edge)


def _address(kind: str, item_id: str) -> pictures.Address:
    def address(exam_id: str, name: str, edge: int | None) -> str:
        place: dict[str, Any] = {"kind": kind, "item_id": item_id, "exam_id": exam_id, "name": name}
        if edge is None:
            return url_for("analyst.hit_image", **place)
        return url_for("analyst.hit_thumbnail", edge=edge, **place)

    return address
