"""The bank's lines: files read, matches to several invoices, reversals, and money held for a facility"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_files",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by", sa.String(length=80), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_files")),
    )
    op.drop_table("bank_lines")  # nothing has ever written into it
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("payer_key", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("set_aside", sa.Text(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
        sa.UniqueConstraint("digest", name=op.f("uq_bank_lines_digest")),
    )
    op.create_index(op.f("ix_bank_lines_payer_key"), "bank_lines", ["payer_key"], unique=False)
    op.create_index(op.f("ix_bank_lines_open"), "bank_lines", ["open"], unique=False)
    with op.batch_alter_table("payments") as batch:
        # A match that was undone can be made again: that a payment does not stand twice is looked at when it is made.
        batch.drop_constraint("uq_payments_invoice_id_received_on_amount_reference", type_="unique")
        batch.add_column(sa.Column("bank_line_id", sa.String(length=26), nullable=True))
        batch.create_foreign_key(op.f("fk_payments_bank_line_id"), "bank_lines", ["bank_line_id"], ["id"])
        batch.create_index(op.f("ix_payments_bank_line_id"), ["bank_line_id"], unique=False)
    op.create_table(
        "payment_reversals",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("payment_id", sa.String(length=26), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_by", sa.String(length=80), nullable=False),
        sa.Column("facility_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_payment_reversals_facility_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_reversals_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_reversals")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_payment_reversals_payment_id")),
    )
    op.create_index(op.f("ix_payment_reversals_facility_id"), "payment_reversals", ["facility_id"], unique=False)
    op.create_table(
        "deposits",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("invoice_id", sa.String(length=26), nullable=True),
        sa.Column("bank_line_id", sa.String(length=26), nullable=True),
        sa.Column("reverses", sa.String(length=26), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_whom", sa.String(length=80), nullable=False),
        sa.Column("facility_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["bank_line_id"], ["bank_lines.id"], name=op.f("fk_deposits_bank_line_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_deposits_facility_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_deposits_invoice_id")),
        sa.ForeignKeyConstraint(["reverses"], ["deposits.id"], name=op.f("fk_deposits_reverses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposits")),
        sa.UniqueConstraint("reverses", name=op.f("uq_deposits_reverses")),
    )
    op.create_index(op.f("ix_deposits_bank_line_id"), "deposits", ["bank_line_id"], unique=False)
    op.create_index(op.f("ix_deposits_facility_id"), "deposits", ["facility_id"], unique=False)
    op.create_index(op.f("ix_deposits_invoice_id"), "deposits", ["invoice_id"], unique=False)
