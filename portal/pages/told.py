"""The notices that a page lists, as its rows: whom they concern, where each leads, what is not read yet."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.queue.watch import OVERDUE
from vault.backup import judging
from vault.backup.drills import FAILED
from vault.base.notices import Notice
from vault.base.scope import Scope
from vault.contracts.acts import NEWS
from vault.exams.subscribers import DAMAGED
from vault.media import news as media
from vault.tenancy import told
from vault.tenancy.models import Facility
from vault.tenancy.subscribers import FILLED

BACKUPS = frozenset({judging.LATE, judging.MISSED, judging.FAILED})
COPIES = frozenset({media.READY, media.WAITS})
KINDS = frozenset({FILLED, DAMAGED, FAILED, NEWS, OVERDUE}) | BACKUPS | COPIES
"""Those that components/told.html has words for; the others only set open pages in motion."""


def rows(session: Session, scope: Scope, found: Sequence[Notice]) -> list[dict[str, Any]]:
    """{kind, at, unread, place, url, values}; `place` is the facility's name for the provider, else empty."""
    upto = told.read_upto(session, scope)
    places = {} if scope.facility_id else _facilities(session, {one.facility_id for one in found})
    return [
        {
            "kind": one.kind,
            "at": one.created_at,
            "unread": one.number > upto,
            "place": places[one.facility_id].name if one.facility_id in places else "",
            "url": _for_facility(one) if scope.facility_id else _for_provider(one, places),
            "values": one.values,
        }
        for one in found
    ]


def _facilities(session: Session, ids: set[str | None]) -> dict[str | None, Facility]:
    return {one.id: one for one in session.scalars(select(Facility).where(Facility.id.in_(ids)))}


def _for_facility(notice: Notice) -> str:
    if notice.kind in BACKUPS:
        return url_for("facility.backups")
    if notice.kind in COPIES:
        return url_for("facility.media")
    if notice.kind == NEWS:
        return url_for("facility.contract", contract_id=notice.subject_id)
    if notice.kind == FAILED:
        return url_for("facility.drills")
    if notice.kind == DAMAGED and notice.values["exams"]:
        return url_for("facility.exam", exam_id=notice.values["exams"][0])
    return url_for("facility.files") if notice.kind == DAMAGED else url_for("facility.area")


def _for_provider(notice: Notice, places: dict[str | None, Facility]) -> str:
    if notice.kind == OVERDUE:
        return url_for("admin.overview")
    if notice.kind in BACKUPS:
        return url_for("admin.backups")
    if notice.kind in COPIES:
        return url_for("admin.media_list", set_id=notice.subject_id)
    if notice.kind == NEWS and notice.facility_id in places:
        return url_for("admin.contract", code=places[notice.facility_id].code, contract_id=notice.subject_id)
    if notice.kind == FILLED and notice.facility_id in places:
        return url_for("admin.facility", code=places[notice.facility_id].code)
    return url_for("admin.health")
