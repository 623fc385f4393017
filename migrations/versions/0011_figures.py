"""figures: what is published by stratum, what staff see of an open wave, comments that were looked at"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "stratum_publications",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("card", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_stratum_publications_wave_id_waves")),
        sa.PrimaryKeyConstraint("wave_id", "stratum", name=op.f("pk_stratum_publications")),
    )
    op.create_table(
        "wave_definitions",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("measures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_wave_definitions_wave_id_waves")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_wave_definitions")),
    )
    op.drop_table("staff_views")
    op.create_table(
        "live_figures",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("card", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_live_figures_wave_id_waves")),
        sa.PrimaryKeyConstraint("wave_id", "territory", name=op.f("pk_live_figures")),
    )


def downgrade() -> None:
    op.drop_table("live_figures")
    op.create_table(
        "staff_views",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("card", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_staff_views_wave_id_waves")),
        sa.PrimaryKeyConstraint("wave_id", "territory", name=op.f("pk_staff_views")),
    )
    op.drop_table("wave_definitions")
    op.drop_table("stratum_publications")
