"""commitments: what was promised about what the families said"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "commitments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), server_default="", nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("promise", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), server_default="", nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f("ck_commitments_state")),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_commitments_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
    )
    op.create_index("ix_commitments_territory", "commitments", ["territory"], unique=False)
    op.create_index("ix_commitments_wave_id", "commitments", ["wave_id"], unique=False)
    op.create_table(
        "commitment_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("commitment_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("promise", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitments.id"], name=op.f("fk_commitment_changes_commitment_id_commitments")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_commitment_changes_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_changes")),
    )
    op.create_index("ix_commitment_changes_commitment_id", "commitment_changes", ["commitment_id"], unique=False)


def downgrade() -> None:
    op.drop_table("commitment_changes")
    op.drop_table("commitments")
