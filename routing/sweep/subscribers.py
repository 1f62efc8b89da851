"""News the sweep hears: an urgent request does not wait for the next minute."""

from sqlalchemy.orm import Session

from routing.requests.events import RequestFiled
from routing.sweep.tasks import JOB
from vault.base import jobs, outbox


def subscribe_all() -> None:
    """Listen to what is filed."""
    outbox.subscribe(RequestFiled, _sweep_urgent)


def _sweep_urgent(session: Session, event: RequestFiled) -> None:
    if event.urgent:
        jobs.add(session, JOB, key="sweep:urgent")
