"""Nightly runs that are due: one for each night of a contract, and which of a device's runs carry it out"""

import sqlalchemy as sa
from alembic import op

import vault.base.database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = vault.base.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "due_runs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("target_id", sa.String(length=26), nullable=False),
        sa.Column("contract_id", sa.String(length=26), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("zone", vault.base.database.NfcText(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("late_at", TIME, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("over_at", TIME, nullable=True),
        sa.Column("made_good_at", TIME, nullable=True),
        sa.Column("facility_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_due_runs_contract_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_due_runs_facility_id")),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name=op.f("fk_due_runs_target_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_runs")),
        sa.UniqueConstraint("facility_id", "target_id", "night", name=op.f("uq_due_runs_facility_id_target_id_night")),
    )
    op.create_index("ix_due_runs_contract_id_due_at", "due_runs", ["contract_id", "due_at"])
    op.create_index("ix_due_runs_state_due_at", "due_runs", ["state", "due_at"])
    op.create_index("ix_due_runs_facility_id", "due_runs", ["facility_id"])
    with op.batch_alter_table("backup_runs") as batch:
        batch.add_column(sa.Column("due_id", sa.String(length=26), nullable=True))
        batch.add_column(sa.Column("part", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("parts", sa.Integer(), nullable=False, server_default="1"))
        batch.create_index("ix_backup_runs_due_id", ["due_id"])
        batch.create_foreign_key(op.f("fk_backup_runs_due_id"), "due_runs", ["due_id"], ["id"])
