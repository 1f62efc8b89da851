"""The inbox of the area: an answer is in it as soon as it is ready; that it came is written down."""

from sqlalchemy.orm import Session

from routing.delivery import ledger
from routing.delivery.models import Channel
from routing.queue.events import AnswerReady


def put(session: Session, event: AnswerReady) -> None:
    """Note that the answer lies in its area's inbox."""
    if event.facility_id is None:
        return
    delivery = ledger.enter(
        session,
        facility_id=event.facility_id,
        subject=ledger.ANSWER,
        subject_id=event.answer_id,
        channel=Channel.INBOX,
        recipient=f"facility:{event.facility_id}",
    )
    if delivery is not None:
        ledger.sent(session, delivery)
