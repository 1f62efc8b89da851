"""Tables of what is kept: the data key of each area, where each of its blobs lies, and the care taken of them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id
from vault.base.scope import TenantRow

DATA, DERIVED, ADOPTED, PART = "data", "derived", "adopted", "part"

_DAMAGED, _WAITING = text("damaged_at IS NOT NULL"), text("copied_at IS NULL")
_COUNTED = text("counted_in IS NOT NULL")
_CONDEMNED = text("condemned_at IS NOT NULL")


class AreaKey(TenantRow, Base):
    """
    An area's data key, sealed under the provider key `key_id` (a copy lies beside the packs). `copied_key_id` is the
    one under which the second copy of that file is sealed. In an erased area `sealed` is empty, for good.
    """

    __tablename__ = "area_keys"
    facility_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    copied_key_id: Mapped[str | None] = mapped_column(String(64))
    erased_at: Mapped[datetime | None]


class BlobRow(TenantRow, Base):
    """
    One blob of an area, durable before the row is: `offset` and `length` of its record in the pack, `size` of the
    blob, in bytes. `kind` keeps what was given apart from what was made from it, and both from what was found in a pack
    that no row knew. `counted_in` is the backup target
    within whose limit its size counts as used: "" where only the area's counts, None where it counts nowhere.
    A condemned blob is one that nothing named when garbage was last looked for. A blob kept in `parts` has its list
    where its row points, and a `BlobPart` for each; parts count nowhere, as the whole counts.
    """

    __tablename__ = "blobs"
    __table_args__ = (
        Index("ix_blobs_pack", "facility_id", "pack"),
        Index("ix_blobs_damaged", "facility_id", sqlite_where=_DAMAGED, postgresql_where=_DAMAGED),
        Index("ix_blobs_counted_size", "facility_id", "size", sqlite_where=_COUNTED, postgresql_where=_COUNTED),
        Index("ix_blobs_condemned", "facility_id", sqlite_where=_CONDEMNED, postgresql_where=_CONDEMNED),
    )
    facility_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    pack: Mapped[str] = mapped_column(String(ids.LENGTH))
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(8), default=DATA)
    damaged_at: Mapped[datetime | None]
    condemned_at: Mapped[datetime | None]
    counted_in: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    parts: Mapped[int] = mapped_column(default=0, server_default="0")


class BlobPart(TenantRow, Base):
    """Part number `place` of the blob `digest`: the blob `part`, whose `size` bytes begin at byte `start` of it."""

    __tablename__ = "blob_parts"
    __table_args__ = (Index("ix_blob_parts_part", "facility_id", "part"),)
    facility_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(String(64))
    start: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)


class PackRow(TenantRow, Base):
    """
    A pack that blobs were registered in; `copied_at` is when its second copy was confirmed, `emptied_at` when no row
    pointed into it any more: a day later it is deleted.
    """

    __tablename__ = "packs"
    __table_args__ = (
        Index("ix_packs_waiting", "facility_id", "pack", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )
    facility_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), primary_key=True)
    pack: Mapped[str] = mapped_column(String(ids.LENGTH), primary_key=True)
    registered_at: Mapped[datetime]
    copied_at: Mapped[datetime | None]
    emptied_at: Mapped[datetime | None]


class GoneCopy(TenantRow, Base):
    """An object that was deleted and whose second copy has still to be; `name` is the backend's."""

    __tablename__ = "gone_copies"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    added_at: Mapped[datetime]


class PackLease(Base):
    """
    While `until` is ahead nothing is deleted: the backup `holder` is copying what its snapshot names. `finished_at` is
    when the last one was whole, `place` the folder that it went to. One row.
    """

    __tablename__ = "pack_leases"
    name: Mapped[str] = mapped_column(String(8), primary_key=True)
    holder: Mapped[str] = mapped_column(String(ids.LENGTH))
    taken_at: Mapped[datetime]
    until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    place: Mapped[str | None]


class ScrubRound(TenantRow, Base):
    """
    One reading of everything an area holds. `pack` and `offset` (bytes) say where it goes on, `total` how many bytes
    there were when it began; packs, blobs, bytes, damaged and healed count what it has done so far.
    """

    __tablename__ = "scrub_rounds"
    id: Mapped[Id]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    pack: Mapped[str] = mapped_column(String(ids.LENGTH), default="")
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    packs: Mapped[int] = mapped_column(default=0)
    blobs: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    healed: Mapped[int] = mapped_column(default=0)


class Find(TenantRow, Base):
    """
    Something of a pack that is not what was stored: `part` says which, `digest` which blob where it is one's record,
    `place` in which copy. `how` says what ended it.
    """

    __tablename__ = "finds"
    __table_args__ = (Index("ix_finds_pack", "facility_id", "pack"),)
    id: Mapped[Id]
    pack: Mapped[str] = mapped_column(String(ids.LENGTH))
    part: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(8), default="first", server_default="first")
    digest: Mapped[str | None] = mapped_column(String(64))
    found_at: Mapped[datetime]
    healed_at: Mapped[datetime | None]
    how: Mapped[str | None] = mapped_column(String(16))


class VaultPlace(Base):
    """Which backend holds the packs (`first`) or their copies (`second`): the id in its marker file."""

    __tablename__ = "vault_places"
    name: Mapped[str] = mapped_column(String(8), primary_key=True)
    place_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    made_at: Mapped[datetime]
