"""Who is told that an area fills up: the facility's administrators at each step, the provider's at the last one."""

from sqlalchemy.orm import Session

from vault.base.outbox import subscribe
from vault.tenancy import mailing
from vault.tenancy.events import AreaFilled
from vault.tenancy.filling import LEVELS

FILLED = "area.filled"


def subscribe_all() -> None:
    """Have every step told; twice is once."""
    subscribe(AreaFilled, _tell)


def _tell(session: Session, event: AreaFilled) -> None:
    if event.facility_id is None:
        return
    values = {"level": event.level, "filled": event.filled, "capacity": event.capacity}
    concerned = [f"facility-admin:{event.facility_id}"]
    if event.level == max(LEVELS):
        concerned.append("role:admin")
    for audience in concerned:
        mailing.tell(session, audience, FILLED, event.facility_id, facility_id=event.facility_id, values=values)
