"""Tables of departments and their members."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id

TRIAGE = "triage"


class Department(Base):
    """
    A department of the provider.

    `about` is what it handles, the router's first knowledge; `threshold` is the probability from which the router
    delivers to it, None for the router's own. A department known from imported history alone is not `active`: nothing
    is delivered to it.
    """

    __tablename__ = "departments"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name_ja: Mapped[str]
    name_en: Mapped[str]
    about: Mapped[str]
    threshold: Mapped[float | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Membership(Base):
    """A person works in a department."""

    __tablename__ = "memberships"
    person_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("people.id"), primary_key=True)
    department_id: Mapped[str] = mapped_column(
        String(ids.LENGTH), ForeignKey("departments.id"), primary_key=True, index=True
    )
