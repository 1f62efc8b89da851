"""Care of the vault: in which copy something was found, and the signed proof of a restore drill"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("finds") as finds:
        finds.add_column(sa.Column("place", sa.String(length=8), nullable=False, server_default="first"))
    with op.batch_alter_table("restore_drills") as drills:
        drills.add_column(sa.Column("document", sa.Text(), nullable=True))
