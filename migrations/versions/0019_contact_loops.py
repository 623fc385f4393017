"""contact loops: what shows that a machine answers our messages"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("text_mark", sa.SmallInteger(), nullable=True))
    op.add_column("contacts", sa.Column("repeats", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("contacts", sa.Column("minute_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contacts", sa.Column("in_minute", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("contacts", sa.Column("loop_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("loop_at", "in_minute", "minute_at", "repeats", "text_mark"):
        op.drop_column("contacts", column)
