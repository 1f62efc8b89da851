"""Notices on a page and by mail: how far each person has read, their address, the step at which an area was told"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_marks",
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notice_marks_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_marks")),
    )
    op.create_index("ix_notices_audience_kind_number", "notices", ["audience", "kind", "number"])
    op.add_column("spaces", sa.Column("told", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("people", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("people", sa.Column("email_problem", sa.String(length=500), nullable=True))
