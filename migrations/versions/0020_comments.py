"""comments: what a person decided about what families wrote"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "comment_reviews",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reviewed_by"], ["staff.id"], name=op.f("fk_comment_reviews_reviewed_by_staff")),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_comment_reviews_wave_id_waves")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_comment_reviews")),
    )
    op.create_index(op.f("ix_comment_reviews_wave_id"), "comment_reviews", ["wave_id"])


def downgrade() -> None:
    op.drop_table("comment_reviews")
