"""openings: the dialogues that messages of ours begin"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "openings",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("dialogue", sa.String(), nullable=False),
        sa.Column("state", postgresql.JSONB(), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_openings_contact_id_contacts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_openings")),
    )
    op.create_index("ix_openings_contact_id", "openings", ["contact_id"], unique=False)
    op.create_index("ix_openings_not_after", "openings", ["not_after"], unique=False)


def downgrade() -> None:
    op.drop_table("openings")
