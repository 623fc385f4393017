"""Alerts that speak of the gestor, of which no gestor hears; letters are found by their age."""

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
    op.create_index(
        "ix_correspondence_letters_at", "correspondence_letters", ["at"], unique=False, postgresql_using="brin"
    )


def downgrade() -> None:
    op.drop_index("ix_correspondence_letters_at", table_name="correspondence_letters", postgresql_using="brin")
    op.drop_column("emergency_alerts", "reserved")
