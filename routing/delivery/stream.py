"""The live stream: news become notices, numbered rows that pages and terminals follow without a gap."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from routing.delivery import ledger
from routing.delivery.models import Channel
from routing.queue.events import AnswerReady, AssignmentChanged
from routing.requests.events import RequestChanged, RequestFiled
from vault.base import notices

ANSWER_READY = "answer.ready"
REQUEST_CHANGED = "request.changed"
ASSIGNMENT_CHANGED = "assignment.changed"


def tell_answer(session: Session, event: AnswerReady) -> None:
    """Tell the facility that an answer is there; once, and the delivery is in the ledger."""
    if event.facility_id is None:
        return
    audience = f"facility:{event.facility_id}"
    delivery = ledger.enter(
        session,
        facility_id=event.facility_id,
        subject=ledger.ANSWER,
        subject_id=event.answer_id,
        channel=Channel.STREAM,
        recipient=audience,
    )
    if delivery is not None:
        notices.add_all(session, [_notice(audience, ANSWER_READY, event.answer_id, event.facility_id)])
        ledger.sent(session, delivery)


def tell_requests(session: Session, events: Sequence[RequestChanged | RequestFiled]) -> None:
    """Tell the facilities' other screens that something about these requests changed."""
    rows = [
        _notice(f"facility:{event.facility_id}", REQUEST_CHANGED, event.request_id, event.facility_id)
        for event in events
        if event.facility_id is not None
    ]
    notices.add_all(session, rows)


def tell_departments(session: Session, events: Sequence[AssignmentChanged]) -> None:
    """Tell the departments that their queues changed."""
    rows = [
        _notice(f"department:{event.department_id}", ASSIGNMENT_CHANGED, event.assignment_id, event.facility_id)
        for event in events
    ]
    notices.add_all(session, rows)


def _notice(audience: str, kind: str, subject_id: str, facility_id: str | None) -> dict[str, Any]:
    of_facility = {"facility_id": facility_id, "values": {"id": subject_id}}
    return {"audience": audience, "kind": kind, "subject_id": subject_id, **of_facility}
