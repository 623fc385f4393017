"""family consents: what a family allowed or refused"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "family_consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("means", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('informed', 'entities', 'pictures', 'children')",
            name=op.f("ck_family_consents_purpose"),
        ),
        sa.CheckConstraint("means IN ('paper', 'spoken', 'message')", name=op.f("ck_family_consents_means")),
        sa.ForeignKeyConstraint(
            ["family_id"],
            ["families.id"],
            name=op.f("fk_family_consents_family_id_families"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_family_consents_recorded_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_consents")),
    )
    op.create_index("ix_family_consents_family_id", "family_consents", ["family_id"], unique=False)


def downgrade() -> None:
    op.drop_table("family_consents")
