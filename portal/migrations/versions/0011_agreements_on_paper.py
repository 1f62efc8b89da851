"""What both sides agreed to as PDF, in which language each agreed, how long an offer holds, and its quotation"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contract_acts", sa.Column("language", sa.String(length=8), nullable=True))
    op.add_column("contract_offers", sa.Column("valid_until", sa.Date(), nullable=True))
    op.create_table(
        "contract_papers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("contract_id", sa.String(length=26), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facility_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_contract_papers_contract_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_contract_papers_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_papers")),
        sa.UniqueConstraint(
            "facility_id", "contract_id", "language", name=op.f("uq_contract_papers_facility_id_contract_id_language")
        ),
    )
    op.create_index(op.f("ix_contract_papers_facility_id"), "contract_papers", ["facility_id"])
    op.create_table(
        "quotations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("offer_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("quoted_to", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("taxes", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_quotations_facility_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["contract_offers.id"], name=op.f("fk_quotations_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotations")),
        sa.UniqueConstraint("number", name=op.f("uq_quotations_number")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_quotations_offer_id")),
    )
    op.create_index(op.f("ix_quotations_facility_id"), "quotations", ["facility_id"])
