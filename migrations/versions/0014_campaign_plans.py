"""campaign plans: filters, recipients, prices of messages, days of waves"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_table("wave_campaigns")
    op.add_column("campaigns", sa.Column("starts_at", MOMENT, nullable=True))
    op.add_column("campaigns", sa.Column("ended_at", MOMENT, nullable=True))
    op.create_table(
        "campaign_plans",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=True),
        sa.Column("filter", JSONB(), nullable=False),
        sa.Column("written", JSONB(), nullable=False),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("after_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("families", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("messages", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=True),
        sa.Column("expanded", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_plans_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_campaign_plans_wave_id_waves")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_campaign_plans_created_by_staff")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_plans")),
    )
    op.create_index("ix_campaign_plans_wave_id", "campaign_plans", ["wave_id"])
    op.create_index(
        "ix_campaign_plans_open", "campaign_plans", ["campaign_id"], postgresql_where=sa.text("NOT expanded")
    )
    op.create_table(
        "campaign_recipients",
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["family_id"],
            ["families.id"],
            name=op.f("fk_campaign_recipients_family_id_families"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("family_id", "campaign_id", name=op.f("pk_campaign_recipients")),
    )
    op.create_index(
        "ix_campaign_recipients_campaign_id_contact_id", "campaign_recipients", ["campaign_id", "contact_id"]
    )
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("filter", JSONB(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_saved_filters_owner_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
    )
    op.create_table(
        "message_prices",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("segment", sa.Numeric(14, 6), nullable=False),
        sa.Column("template", sa.Numeric(14, 6), nullable=False),
        sa.Column("in_session", sa.Numeric(14, 6), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_message_prices_set_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_prices")),
    )
    op.create_table(
        "wave_days",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("municipality", sa.CHAR(5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_wave_days_wave_id_waves")),
        sa.PrimaryKeyConstraint("wave_id", "municipality", "day", name=op.f("pk_wave_days")),
    )


def downgrade() -> None:
    for table in (
        "wave_days",
        "message_prices",
        "saved_filters",
        "campaign_recipients",
        "campaign_plans",
    ):
        op.drop_table(table)
    op.drop_column("campaigns", "ended_at")
    op.drop_column("campaigns", "starts_at")
    op.create_table(
        "wave_campaigns",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_wave_campaigns_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_wave_campaigns_wave_id_waves")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_wave_campaigns")),
    )
