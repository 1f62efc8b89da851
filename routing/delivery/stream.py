"""The live stream: news become notices, numbered rows that pages and terminals follow without a gap."""

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
        _tell(session, audience, ANSWER_READY, event.answer_id, event.facility_id)
        ledger.sent(session, delivery)


def tell_request(session: Session, event: RequestChanged | RequestFiled) -> None:
    """Tell the facility's other screens that something about a request changed."""
    if event.facility_id is not None:
        audience = f"facility:{event.facility_id}"
        _tell(session, audience, REQUEST_CHANGED, event.request_id, event.facility_id)


def tell_department(session: Session, event: AssignmentChanged) -> None:
    """Tell the department that its queue changed."""
    audience = f"department:{event.department_id}"
    _tell(session, audience, ASSIGNMENT_CHANGED, event.assignment_id, event.facility_id)


def _tell(session: Session, audience: str, kind: str, subject_id: str, facility_id: str | None) -> None:
    notices.add(session, audience, kind, subject_id, facility_id=facility_id, values={"id": subject_id})
