"""What exams hear of the store: damage is told to the provider's administrators and to the facility whose it is."""

from sqlalchemy.orm import Session

from vault.base.outbox import subscribe
from vault.exams import damage
from vault.store.service import BlobDamaged
from vault.tenancy import mailing

DAMAGED = "vault.damaged"
ADMINISTRATORS = "role:admin"


def subscribe_all() -> None:
    """Have every damage told; twice is once."""
    subscribe(BlobDamaged, _tell)


def _tell(session: Session, event: BlobDamaged) -> None:
    """By ids alone: names may be a patient's, and are on the page that the notice leads to."""
    if event.facility_id is None:
        return
    named = list(damage.of_blob(session, event.facility_id, event.digest))
    exams = sorted({one.exam for one in named if one.exam})
    values = {"facility": named[0].facility, "digest": event.digest, "exams": exams}
    subject = exams[0] if exams else event.facility_id
    for audience in (ADMINISTRATORS, f"facility:{event.facility_id}"):
        mailing.tell(session, audience, DAMAGED, subject, facility_id=event.facility_id, values=values)
