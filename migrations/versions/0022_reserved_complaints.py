"""A complaint is reserved, or no longer, by the coordination, and its history says so.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BEFORE = (
    "filed",
    "classified",
    "transferred",
    "extended",
    "due_soon",
    "transfer_due_soon",
    "overdue",
    "answered",
    "rated",
)


def upgrade() -> None:
    _allow(*BEFORE, "reserved", "unreserved")


def downgrade() -> None:
    op.execute("DELETE FROM complaint_steps WHERE step IN ('reserved', 'unreserved')")
    _allow(*BEFORE)


def _allow(*steps: str) -> None:
    op.drop_constraint(op.f("ck_complaint_steps_step"), "complaint_steps", type_="check")
    allowed = ", ".join(f"'{step}'" for step in steps)
    op.create_check_constraint(op.f("ck_complaint_steps_step"), "complaint_steps", f"step IN ({allowed})")
