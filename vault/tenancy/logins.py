"""Logins: one name space for people and devices, so that a login names one caller in lists, logs and token files."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.errors import Conflict, Invalid
from vault.tenancy.models import Device, Person

_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,79}")


def check_form(login: str) -> str:
    """`login`, or Invalid: 1 to 80 letters, digits and . _ @ + - that begin with a letter or digit."""
    if not _FORM.fullmatch(login):
        raise Invalid("login_form", field="login", login=login[:80])
    return login


def check_free(session: Session, login: str) -> str:
    """`login`, or Conflict where a person or a device already has it."""
    check_form(login)
    if person_by(session, login) is not None or device_by(session, login) is not None:
        raise Conflict("login_taken", login=login)
    return login


def person_by(session: Session, login: str) -> Person | None:
    """The person of that login in any area: for sign-in and the provider's commands."""
    return session.scalar(select(Person).where(Person.login == login))


def device_by(session: Session, login: str) -> Device | None:
    """The device of that login in any area: for the provider's commands."""
    return session.scalar(select(Device).where(Device.login == login))
