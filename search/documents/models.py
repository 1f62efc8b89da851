"""The table of what has changed and is not in the index yet."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id
from vault.base.scope import TenantRow


class Unindexed(TenantRow, Base):
    """
    A row that is new, changed or gone since the index last saw it; `kind` and `subject_id` name its document.

    One row a change, deleted when an index run that read the subject later has ended: a run that dies loses nothing.
    """

    __tablename__ = "unindexed"
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    made_at: Mapped[datetime]
