"""Alerts that speak of the gestor, of which no gestor hears."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "emergency_alerts", sa.Column("reserved", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("emergency_alerts", "reserved")
