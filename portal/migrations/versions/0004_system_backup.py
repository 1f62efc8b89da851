"""System backup: the lease that holds deletion off while one runs, and what was restored"""

import sqlalchemy as sa
from alembic import op

import vault.base.database
from vault.base import clock

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = vault.base.database.UtcDateTime(timezone=True)
    op.create_table(
        "pack_leases",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("holder", sa.String(length=26), nullable=False),
        sa.Column("taken_at", moment, nullable=False),
        *(sa.Column(name, moment, nullable=True) for name in ("until", "finished_at")),
        sa.Column("place", vault.base.database.NfcText(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pack_leases")),
    )
    # There from the beginning: whoever is about to delete locks it, also before the first backup.
    leases = sa.table("pack_leases", *(sa.column(name) for name in ("name", "holder")), sa.column("taken_at", moment))
    op.bulk_insert(leases, [{"name": "backup", "holder": "", "taken_at": clock.now()}])
    op.create_table(
        "restorations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("backup_id", sa.String(length=26), nullable=False),
        *(sa.Column(name, moment, nullable=False) for name in ("made_at", "restored_at")),
        sa.Column("gap", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restorations")),
    )
