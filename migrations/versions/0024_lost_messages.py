"""How often a message got lost is counted apart from how often it was tried.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_queue", sa.Column("losses", sa.SmallInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("outbox_queue", "losses")
