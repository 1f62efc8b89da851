"""The router in use: the departments that work and what they say of themselves."""

from sqlalchemy.orm import Session

from routing.departments import queries as departments
from routing.departments.models import TRIAGE
from routing.router.about import Profile
from routing.router.router import Router


def current(session: Session) -> Router:
    """The router as it stands; triage is no department to route to."""
    return Router(
        [
            Profile(row.code, (row.name_ja, row.name_en), row.about, row.threshold)
            for row in departments.active(session)
            if row.code != TRIAGE
        ]
    )
