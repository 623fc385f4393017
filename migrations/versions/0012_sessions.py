"""sessions: the calendar, its families, open times, reminders"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "family_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("gestor_id", sa.BigInteger(), nullable=False),
        sa.Column("municipality_code", sa.CHAR(length=5), nullable=False),
        sa.Column("place", sa.String(), server_default="", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(), server_default="scheduled", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('scheduled', 'moved', 'cancelled', 'held')", name=op.f("ck_family_sessions_state")
        ),
        sa.CheckConstraint("minutes BETWEEN 15 AND 480", name=op.f("ck_family_sessions_minutes")),
        sa.ForeignKeyConstraint(["gestor_id"], ["staff.id"], name=op.f("fk_family_sessions_gestor_id_staff")),
        sa.ForeignKeyConstraint(
            ["municipality_code"],
            ["municipalities.code"],
            name=op.f("fk_family_sessions_municipality_code_municipalities"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_sessions")),
    )
    op.create_index(
        "ix_family_sessions_gestor_id_starts_at", "family_sessions", ["gestor_id", "starts_at"], unique=False
    )
    op.create_index(
        "ix_family_sessions_municipality_code_starts_at",
        "family_sessions",
        ["municipality_code", "starts_at"],
        unique=False,
    )
    op.create_table(
        "session_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("former_id", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "what IN ('scheduled', 'moved', 'cancelled', 'reminded')", name=op.f("ck_session_changes_what")
        ),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_session_changes_by_staff")),
        sa.ForeignKeyConstraint(
            ["former_id"],
            ["family_sessions.id"],
            name=op.f("fk_session_changes_former_id_family_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["family_sessions.id"],
            name=op.f("fk_session_changes_session_id_family_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_changes")),
    )
    op.create_index("ix_session_changes_batch", "session_changes", ["batch"], unique=False)
    op.create_table(
        "session_slots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gestor_id", sa.BigInteger(), nullable=False),
        sa.Column("municipality_code", sa.CHAR(length=5), nullable=False),
        sa.Column("place", sa.String(), server_default="", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("series", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("minutes BETWEEN 15 AND 480", name=op.f("ck_session_slots_minutes")),
        sa.ForeignKeyConstraint(["gestor_id"], ["staff.id"], name=op.f("fk_session_slots_gestor_id_staff")),
        sa.ForeignKeyConstraint(
            ["municipality_code"],
            ["municipalities.code"],
            name=op.f("fk_session_slots_municipality_code_municipalities"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["family_sessions.id"],
            name=op.f("fk_session_slots_session_id_family_sessions"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_slots")),
        sa.UniqueConstraint("gestor_id", "starts_at", name=op.f("uq_session_slots_gestor_id_starts_at")),
        sa.UniqueConstraint("session_id", name=op.f("uq_session_slots_session_id")),
    )
    op.create_table(
        "session_families",
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("reply", sa.String(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wished_on", sa.Date(), nullable=True),
        sa.Column("attendance", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("moved_to", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "attendance <> 'absent' OR reply IS NULL OR reply = 'going'",
            name=op.f("ck_session_families_whoever_told_is_never_absent"),
        ),
        sa.CheckConstraint(
            "attendance IN ('attended', 'absent', 'excused')", name=op.f("ck_session_families_attendance")
        ),
        sa.CheckConstraint("reply IN ('going', 'other_day', 'cannot')", name=op.f("ck_session_families_reply")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_session_families_family_id_families"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["moved_to"], ["family_sessions.id"], name=op.f("fk_session_families_moved_to_family_sessions")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_session_families_recorded_by_staff")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["family_sessions.id"],
            name=op.f("fk_session_families_session_id_family_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "family_id", name=op.f("pk_session_families")),
    )
    op.create_index("ix_session_families_family_id", "session_families", ["family_id"], unique=False)
    op.create_index("ix_session_families_replied_at", "session_families", ["replied_at"], unique=False)
    op.create_table(
        "session_reminders",
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("lead", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("letter", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_session_reminders_family_id_families"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["family_sessions.id"],
            name=op.f("fk_session_reminders_session_id_family_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "family_id", "lead", name=op.f("pk_session_reminders")),
    )
    op.create_index("ix_session_reminders_letter", "session_reminders", ["letter"], unique=False)


def downgrade() -> None:
    for table in ("session_reminders", "session_families", "session_slots", "session_changes", "family_sessions"):
        op.drop_table(table)
