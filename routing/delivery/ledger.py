"""The ledger: what is brought to whom, by which channel, and each attempt at it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.delivery.models import Channel, Delivery, DeliveryAttempt, DeliveryState
from vault.base import clock, ids
from vault.base.database import insert_if_absent
from vault.base.scope import Scope, scoped

ANSWER = "answer"


def enter(
    session: Session, *, facility_id: str, subject: str, subject_id: str, channel: Channel, recipient: str
) -> Delivery | None:
    """A new delivery, due now; None when the same one was entered before: it is not made twice."""
    delivery_id, now = ids.new(), clock.now()
    made = insert_if_absent(
        session,
        Delivery,
        id=delivery_id,
        facility_id=facility_id,
        subject=subject,
        subject_id=subject_id,
        channel=channel.value,
        recipient=recipient,
        state=DeliveryState.DUE.value,
        attempts=0,
        due_at=now,
        created_at=now,
    )
    return session.scalars(select(Delivery).where(Delivery.id == delivery_id)).one() if made else None


def sent(session: Session, delivery: Delivery) -> None:
    """The attempt succeeded."""
    now = clock.now()
    delivery.state, delivery.sent_at = DeliveryState.SENT.value, now
    delivery.attempts += 1
    attempt = DeliveryAttempt(facility_id=delivery.facility_id, delivery_id=delivery.id, at=now, error=None)
    session.add(attempt)
    session.flush()


def of_answer(session: Session, scope: Scope, answer_id: str) -> list[Delivery]:
    """How an answer of the caller's area was brought, oldest first."""
    statement = scoped(select(Delivery), scope, Delivery)
    statement = statement.where(Delivery.subject == ANSWER, Delivery.subject_id == answer_id)
    return list(session.scalars(statement.order_by(Delivery.created_at, Delivery.id)))
