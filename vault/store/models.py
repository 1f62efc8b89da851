"""Tables of what is kept: the data key of each area, and where each of its blobs lies."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base
from vault.base.scope import TenantRow

DATA, DERIVED = "data", "derived"


class AreaKey(TenantRow, Base):
    """An area's data key, sealed under the provider key `key_id` (its copy lies beside the packs)."""

    __tablename__ = "area_keys"
    facility_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]


class BlobRow(TenantRow, Base):
    """
    One blob of an area, durable before the row is: `offset` and `length` of its record in the pack, `size` of the
    blob, in bytes. `kind` keeps what was given apart from what was made from it.
    """

    __tablename__ = "blobs"
    facility_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    pack: Mapped[str] = mapped_column(String(ids.LENGTH))
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(8), default=DATA)
    damaged_at: Mapped[datetime | None]
