"""Copies on media: sets, their discs, and what lies on which"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_sets",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("contract_id", sa.String(length=26), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("medium", sa.String(length=8), nullable=False),
        sa.Column("disc_bytes", sa.BigInteger(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_by", sa.String(length=80), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipts_until", sa.Integer(), nullable=False),
        sa.Column("discs", sa.Integer(), nullable=False),
        sa.Column("exams", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_why", sa.String(length=16), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_by", sa.String(length=80), nullable=True),
        sa.Column("facility_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_media_sets_contract_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_media_sets_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_sets")),
        sa.UniqueConstraint("contract_id", "term", "copy", name=op.f("uq_media_sets_contract_id_term_copy")),
    )
    op.create_index(op.f("ix_media_sets_facility_id"), "media_sets", ["facility_id"], unique=False)
    op.create_index("ix_media_sets_state", "media_sets", ["state"], unique=False)
    op.create_table(
        "media_discs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("set_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("first_patient", sa.String(length=64), nullable=True),
        sa.Column("last_patient", sa.String(length=64), nullable=True),
        sa.Column("exams", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("burned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("burned_by", sa.String(length=80), nullable=True),
        sa.Column("facility_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_media_discs_facility_id")),
        sa.ForeignKeyConstraint(["set_id"], ["media_sets.id"], name=op.f("fk_media_discs_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_discs")),
        sa.UniqueConstraint("set_id", "number", name=op.f("uq_media_discs_set_id_number")),
    )
    op.create_index(op.f("ix_media_discs_facility_id"), "media_discs", ["facility_id"], unique=False)
    op.create_table(
        "media_pieces",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("set_id", sa.String(length=26), nullable=False),
        sa.Column("disc", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("subject_id", sa.String(length=26), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_media_pieces_facility_id")),
        sa.ForeignKeyConstraint(["set_id"], ["media_sets.id"], name=op.f("fk_media_pieces_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_pieces")),
        sa.UniqueConstraint("set_id", "place", "disc", name=op.f("uq_media_pieces_set_id_place_disc")),
    )
    op.create_index(op.f("ix_media_pieces_facility_id"), "media_pieces", ["facility_id"], unique=False)
    op.create_index("ix_media_pieces_set_id_disc", "media_pieces", ["set_id", "disc", "place"], unique=False)
