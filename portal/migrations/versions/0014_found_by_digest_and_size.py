"""What names a blob is found by its digest, and whether one of a size is held by that size"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    counted = sa.text("counted_in IS NOT NULL")
    op.create_index(
        "ix_blobs_counted_size", "blobs", ["facility_id", "size"], sqlite_where=counted, postgresql_where=counted
    )
    op.create_index("ix_drive_files_digest", "drive_files", ["facility_id", "sha256"])
    op.create_index("ix_drive_versions_digest", "drive_versions", ["facility_id", "sha256"])
    op.create_index("ix_thumbnails_digest", "thumbnails", ["facility_id", "sha256"])
    op.create_index("ix_upload_parts_part", "upload_parts", ["facility_id", "part"])
