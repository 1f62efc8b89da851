"""News of exams that are held come for several at once: what waits in the outbox is told in the new words"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    outbox = sa.table("outbox", sa.column("id"), sa.column("name"), sa.column("payload"))
    connection = op.get_bind()
    for id_, payload in connection.execute(
        sa.select(outbox.c.id, outbox.c.payload).where(outbox.c.name == "exam.held")
    ):
        old = json.loads(payload)
        new = json.dumps({"facility_id": old["facility_id"], "exam_ids": [old["exam_id"]]})
        connection.execute(sa.update(outbox).where(outbox.c.id == id_).values(name="exams.held", payload=new))
