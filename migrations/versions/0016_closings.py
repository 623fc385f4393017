"""monthly closings: numbered snapshots that are never changed"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("closings", "closing_figures")


def upgrade() -> None:
    op.create_table(
        "closings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_closings_closed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closings")),
        sa.UniqueConstraint("month", name=op.f("uq_closings_month")),
    )
    op.create_table(
        "closing_figures",
        sa.Column("closing_id", sa.Integer(), nullable=False),
        sa.Column("municipality_code", sa.CHAR(5), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["closings.id"], name=op.f("fk_closing_figures_closing_id_closings")),
        sa.PrimaryKeyConstraint("closing_id", "municipality_code", "figure", name=op.f("pk_closing_figures")),
    )
    op.execute(
        "CREATE FUNCTION closings_are_kept() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'a closing never changes' USING ERRCODE = 'insufficient_privilege'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION closings_are_kept()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION closings_are_kept()")
