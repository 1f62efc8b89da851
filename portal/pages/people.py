"""People and devices in lists: what the facility's and the provider's administrators see of them."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vault.tenancy.models import Device, Person, SignInSession


def person_rows(session: Session, found: list[Person]) -> list[dict[str, Any]]:
    """Rows with when each was last seen; one statement."""
    ids = [person.id for person in found]
    seen = select(SignInSession.person_id, func.max(SignInSession.seen_at)).where(SignInSession.person_id.in_(ids))
    last = dict(session.execute(seen.group_by(SignInSession.person_id)).all())
    return [
        {
            "id": person.id,
            "login": person.login,
            "name": person.name,
            "role": person.role,
            "second_factor": person.totp_confirmed_at is not None,
            "disabled": person.disabled_at is not None,
            "seen_at": last.get(person.id),
        }
        for person in found
    ]


def device_rows(found: list[Device]) -> list[dict[str, Any]]:
    """Rows of capture devices."""
    return [
        {
            "id": device.id,
            "login": device.login,
            "name": device.login,
            "target": device.target or "",
            "disabled": device.disabled_at is not None,
            "seen_at": device.seen_at,
            "version": "",
        }
        for device in found
    ]
