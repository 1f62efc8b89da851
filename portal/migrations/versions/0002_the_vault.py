"""The vault: uploads, the drive's folders, deletion, holds, care of what is held"""

import sqlalchemy as sa
from alembic import op

import vault.base.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _parts_and_uploads()
    _drive()
    _deletion_and_holds()
    _care()
    _capacity()


def _parts_and_uploads() -> None:
    """Blobs in parts, and uploads that resume."""


def _drive() -> None:
    """Folders, locks and properties."""


def _deletion_and_holds() -> None:
    """What is deleted, held, collected, erased."""


def _care() -> None:
    """Second copies, scrub, restore drills."""
    moment = vault.base.database.UtcDateTime(timezone=True)
    with op.batch_alter_table("area_keys") as area_keys:
        area_keys.add_column(sa.Column("copied_key_id", sa.String(length=64), nullable=True))
    with op.batch_alter_table("blobs") as blobs:
        blobs.create_index("ix_blobs_pack", ["facility_id", "pack"])
        damaged = sa.text("damaged_at IS NOT NULL")
        blobs.create_index("ix_blobs_damaged", ["facility_id"], sqlite_where=damaged, postgresql_where=damaged)
    op.create_table(
        "packs",
        *_of_facility("packs"),
        sa.Column("pack", sa.String(length=26), nullable=False),
        sa.Column("registered_at", moment, nullable=False),
        sa.Column("copied_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("facility_id", "pack", name=op.f("pk_packs")),
    )
    waiting = sa.text("copied_at IS NULL")
    op.create_index(
        "ix_packs_waiting", "packs", ["facility_id", "pack"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.execute(
        "INSERT INTO packs (facility_id, pack, registered_at) "
        "SELECT DISTINCT facility_id, pack, CURRENT_TIMESTAMP FROM blobs"
    )
    op.create_table(
        "gone_copies",
        *_of_facility("gone_copies"),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("added_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gone_copies")),
    )
    op.create_table(
        "scrub_rounds",
        *_of_facility("scrub_rounds"),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("pack", sa.String(length=26), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("offset", "total", "bytes")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("packs", "blobs", "damaged", "healed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scrub_rounds")),
    )
    op.create_table(
        "finds",
        *_of_facility("finds"),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("pack", sa.String(length=26), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("found_at", moment, nullable=False),
        sa.Column("healed_at", moment, nullable=True),
        sa.Column("how", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finds")),
    )
    op.create_index("ix_finds_pack", "finds", ["facility_id", "pack"])
    op.create_table(
        "vault_places",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("place_id", sa.String(length=26), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_vault_places")),
    )
    op.create_table(
        "restore_drills",
        *_of_facility("restore_drills"),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("images", "files")),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        *(sa.Column(name, vault.base.database.JsonColumn(), nullable=False) for name in ("receipts", "failed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restore_drills")),
    )
    for table in ("gone_copies", "scrub_rounds", "finds", "restore_drills"):
        op.create_index(f"ix_{table}_facility_id", table, ["facility_id"])


def _capacity() -> None:
    """What has been told of an area that fills."""


def _of_facility(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    """The column that says whose the table's rows are."""
    reference = sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f(f"fk_{table}_facility_id"))
    return sa.Column("facility_id", sa.String(length=26), nullable=False), reference
