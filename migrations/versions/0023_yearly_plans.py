"""Yearly plans of gestores, and what the coordination says to them.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATUSES = "'draft', 'sent', 'returned', 'approved'"


def upgrade() -> None:
    op.create_table(
        "yearly_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gestor_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("goals", sa.String(), nullable=False),
        sa.Column("quarters", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_yearly_plans_status")),
        sa.ForeignKeyConstraint(["gestor_id"], ["staff.id"], name=op.f("fk_yearly_plans_gestor_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_plans")),
        sa.UniqueConstraint("gestor_id", "year", name=op.f("uq_yearly_plans_gestor_id_year")),
    )
    op.create_table(
        "yearly_plan_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_yearly_plan_steps_status")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["yearly_plans.id"], name=op.f("fk_yearly_plan_steps_plan_id_yearly_plans"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_yearly_plan_steps_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_plan_steps")),
    )
    op.create_index("ix_yearly_plan_steps_plan_id", "yearly_plan_steps", ["plan_id"], unique=False)


def downgrade() -> None:
    op.drop_table("yearly_plan_steps")
    op.drop_table("yearly_plans")
