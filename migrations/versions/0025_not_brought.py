"""An index of what WhatsApp may not have brought: the look for it, each minute, went through all messages of a week.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_not_brought",
        "messages",
        ["created_at", "id"],
        postgresql_where=sa.text("channel = 'whatsapp' AND priority > 0 AND status NOT IN ('read', 'canceled')"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_not_brought", table_name="messages")
