"""The vault: uploads, the drive's folders, deletion, holds, care of what is held"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import vault.base.database
from vault.base import clock, ids

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
    moment, words = vault.base.database.UtcDateTime(timezone=True), vault.base.database.NfcText
    with op.batch_alter_table("blobs") as blobs:
        blobs.add_column(sa.Column("parts", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "blob_parts",
        *_of_facility("blob_parts"),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("start", "size")),
        sa.PrimaryKeyConstraint("facility_id", "digest", "place", name=op.f("pk_blob_parts")),
    )
    op.create_index("ix_blob_parts_part", "blob_parts", ["facility_id", "part"])
    op.create_table(
        "uploads",
        *_of_facility("uploads"),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("owner", sa.String(length=48), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("details", vault.base.database.JsonColumn(), nullable=False),
        *(sa.Column(name, words(), nullable=False) for name in ("metadata_header", "concat")),
        sa.Column("length", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("offset", "reserved")),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("holder", sa.String(length=26), nullable=True),
        *(sa.Column(name, moment, nullable=True) for name in ("held_until", "completed_at")),
        *(sa.Column(name, moment, nullable=False) for name in ("created_at", "expires_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_expires_at", "uploads", ["expires_at"])
    op.create_table(
        "upload_parts",
        *_of_facility("upload_parts"),
        sa.Column("upload_id", sa.String(length=26), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "place", name=op.f("pk_upload_parts")),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_upload_parts_upload_id")),
    )
    for table in ("uploads", "upload_parts"):
        op.create_index(f"ix_{table}_facility_id", table, ["facility_id"])


def _drive() -> None:
    """Folders, locks and properties."""
    moment, words = vault.base.database.UtcDateTime(timezone=True), vault.base.database.NfcText
    live = sa.text("deleted_at IS NULL")
    op.create_table(
        "drive_folders",
        *_of_facility("drive_folders"),
        sa.Column("id", sa.String(length=26), nullable=False),
        *(sa.Column(name, words(length), nullable=False) for name, length in _FOLDER_WORDS.items()),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("deleted_at", moment, nullable=True),
        sa.Column("deleted_with", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drive_folders")),
    )
    with op.batch_alter_table("drive_files") as files:
        files.add_column(sa.Column("folded_parent", words(2048), nullable=False, server_default=""))
        files.add_column(sa.Column("deleted_with", sa.String(length=26), nullable=True))
        files.drop_constraint(op.f("uq_drive_files_facility_id_folded_path"), type_="unique")
    op.create_index("ix_drive_files_path", "drive_files", ["facility_id", "folded_path"])
    for table in ("drive_folders", "drive_files"):
        op.create_index(
            f"uq_{table}_live",
            table,
            ["facility_id", "folded_path"],
            unique=True,
            sqlite_where=live,
            postgresql_where=live,
        )
        op.create_index(f"ix_{table}_parent", table, ["facility_id", "folded_parent"])
        op.create_index(f"ix_{table}_with", table, ["facility_id", "deleted_with"])
    _folders_of_files()
    op.create_table(
        "drive_properties",
        *_of_facility("drive_properties"),
        sa.Column("owner_id", sa.String(length=26), nullable=False),
        sa.Column("name", words(512), nullable=False),
        sa.Column("value", words(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "name", name=op.f("pk_drive_properties")),
    )
    op.create_table(
        "drive_locks",
        *_of_facility("drive_locks"),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("path", words(1024), nullable=False),
        sa.Column("holder", words(80), nullable=False),
        sa.Column("scope", sa.String(length=9), nullable=False),
        sa.Column("depth", sa.String(length=8), nullable=False),
        sa.Column("owner", words(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_drive_locks")),
    )
    for table in ("drive_folders", "drive_properties", "drive_locks"):
        op.create_index(f"ix_{table}_facility_id", table, ["facility_id"])


_FOLDER_WORDS = {"path": 1024, "folded_path": 2048, "folded_parent": 2048}


def _folders_of_files() -> None:
    """The files that are there get the folders their paths speak of."""
    connection, now = op.get_bind(), clock.now()
    files = sa.table("drive_files", *(sa.column(name) for name in ("id", "facility_id", *_FOLDER_WORDS, "deleted_at")))
    folders = sa.table(
        "drive_folders",
        *(sa.column(name) for name in ("id", "facility_id", *_FOLDER_WORDS)),
        sa.column("made_at", vault.base.database.UtcDateTime()),
    )
    made: set[tuple[str, str]] = set()
    for file in connection.execute(sa.select(files)).all():
        path, low = file.path.rpartition("/")[0], file.folded_path.rpartition("/")[0]
        connection.execute(sa.update(files).where(files.c.id == file.id).values(folded_parent=low))
        while path and file.deleted_at is None and (file.facility_id, low) not in made:
            made.add((file.facility_id, low))
            row = {"id": ids.new(), "facility_id": file.facility_id, "path": path, "folded_path": low, "made_at": now}
            path, low = path.rpartition("/")[0], low.rpartition("/")[0]
            connection.execute(sa.insert(folders).values(**row, folded_parent=low))


def _deletion_and_holds() -> None:
    """What is deleted, held, collected, erased."""
    moment = vault.base.database.UtcDateTime(timezone=True)
    text = vault.base.database.NfcText
    with op.batch_alter_table("exams") as exams:
        exams.add_column(sa.Column("deleted_at", moment, nullable=True))
        exams.add_column(sa.Column("deleted_by", text(length=80), nullable=True))
        exams.add_column(sa.Column("removed_at", moment, nullable=True))
        deleted = sa.text("state = 'deleted'")
        exams.create_index(
            "ix_exams_deleted", ["facility_id", "deleted_at"], sqlite_where=deleted, postgresql_where=deleted
        )
    with op.batch_alter_table("receipts") as receipts:
        receipts.add_column(sa.Column("removed_at", moment, nullable=True))
    with op.batch_alter_table("receipt_keys") as receipt_keys:
        receipt_keys.add_column(sa.Column("endorsed_by", sa.String(length=64), nullable=True))
        receipt_keys.add_column(sa.Column("endorsement", sa.String(length=128), nullable=True))
    with op.batch_alter_table("area_keys") as area_keys:
        area_keys.add_column(sa.Column("erased_at", moment, nullable=True))
    with op.batch_alter_table("blobs") as blobs:
        blobs.add_column(sa.Column("condemned_at", moment, nullable=True))
        blobs.add_column(sa.Column("counted_in", sa.String(length=26), nullable=True))
        condemned = sa.text("condemned_at IS NOT NULL")
        blobs.create_index("ix_blobs_condemned", ["facility_id"], sqlite_where=condemned, postgresql_where=condemned)
    op.execute(
        "UPDATE blobs SET counted_in = COALESCE((SELECT exams.target_id FROM exam_images "
        "JOIN exams ON exams.id = exam_images.exam_id WHERE exam_images.facility_id = blobs.facility_id "
        "AND exam_images.sha256 = blobs.digest ORDER BY exams.id LIMIT 1), '') WHERE kind = 'data'"
    )
    _holds(moment, text)
    _erasures(moment, text)


def _holds(moment: sa.types.TypeEngine[Any], text: type[sa.types.TypeDecorator[str]]) -> None:
    op.create_table(
        "holds",
        *_of_facility("holds"),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", text(length=64), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.Column("placed_at", moment, nullable=False),
        sa.Column("placed_by", text(length=80), nullable=False),
        sa.Column("lifted_at", moment, nullable=True),
        sa.Column("lifted_by", text(length=80), nullable=True),
        sa.Column("lift_reason", text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_facility_id", "holds", ["facility_id"])


def _erasures(moment: sa.types.TypeEngine[Any], text: type[sa.types.TypeDecorator[str]]) -> None:
    op.create_table(
        "erasures",
        *_of_facility("erasures"),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.Column("ordered_at", moment, nullable=False),
        sa.Column("ordered_by", text(length=80), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("cancelled_at", moment, nullable=True),
        sa.Column("cancelled_by", text(length=80), nullable=True),
        sa.Column("cancel_reason", text(), nullable=True),
        sa.Column("began_at", moment, nullable=True),
        sa.Column("content", vault.base.database.JsonColumn(), nullable=True),
        sa.Column("erased_at", moment, nullable=True),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_facility_id", "erasures", ["facility_id"])


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
        sa.Column("emptied_at", moment, nullable=True),
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
