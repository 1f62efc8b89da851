"""Contracts on the web: plans and their prices, offers that both sides sign, what was done, the end of an area"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_plans",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_plans")),
        sa.UniqueConstraint("number", name=op.f("uq_price_plans_number")),
    )
    _tenant_table(
        "contract_offers",
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("offered_terms", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("text_ja", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.String(length=26), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_contract_offers_state", "contract_offers", ["state"])
    _tenant_table(
        "contract_acts",
        sa.Column("contract_id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
    )
    op.create_index("ix_contract_acts_contract_id", "contract_acts", ["contract_id", "id"])
    _tenant_table(
        "wind_downs",
        sa.Column("contract_id", sa.String(length=26), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("facility_id", "contract_id", name=op.f("uq_wind_downs_facility_id_contract_id")),
    )
    op.add_column("contracts", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contracts", sa.Column("replaces", sa.String(length=26), nullable=True))
    op.add_column("contracts", sa.Column("reminded", sa.Integer(), nullable=True))
    op.add_column("contracts", sa.Column("plan", sa.Text(), nullable=True))
    op.add_column("spaces", sa.Column("read_only", sa.Boolean(), nullable=False, server_default=sa.false()))


def _tenant_table(name: str, *columns: sa.Column[object] | sa.UniqueConstraint) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(length=26), nullable=False),
        *columns,
        sa.Column("facility_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f(f"fk_{name}_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_facility_id"), name, ["facility_id"])
