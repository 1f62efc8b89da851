"""What departments promise: calendars, targets; the clock of an assignment stops and warns"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_calendars",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("closed", sa.Text(), nullable=False),
        sa.Column("opened", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_calendars")),
        sa.UniqueConstraint("code", name=op.f("uq_work_calendars_code")),
    )
    op.create_table(
        "department_promises",
        sa.Column("department_id", sa.String(length=26), nullable=False),
        sa.Column("calendar_id", sa.String(length=26), nullable=False),
        sa.Column("normal_minutes", sa.Integer(), nullable=False),
        sa.Column("urgent_minutes", sa.Integer(), nullable=False),
        sa.Column("urgent_at_any_hour", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["work_calendars.id"], name=op.f("fk_department_promises_calendar_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_department_promises_department_id")
        ),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_department_promises")),
    )
    with op.batch_alter_table("assignments") as batch:
        for name in ("paused_at", "warn_at", "escalated_at"):
            batch.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch.create_index("ix_assignments_warn", ["is_open", "warn_at"])
        batch.create_index("ix_assignments_escalate", ["is_open", "escalated_at", "due_at"])
