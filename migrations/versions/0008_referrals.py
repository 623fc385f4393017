"""referrals: entities, programmes and their places, referrals and their history, needs, the waves of their outcomes"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OPEN = "state IN ('accepted', 'attended', 'called', 'offered', 'waiting')"


def upgrade() -> None:
    op.create_table(
        "entities",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities")),
        sa.UniqueConstraint("name", name=op.f("uq_entities_name")),
    )
    _create_programmes()
    _create_referrals()
    op.create_table(
        "family_needs",
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("achievement", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_family_needs_by_staff")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_needs_family_id_families"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("family_id", "achievement", name=op.f("pk_family_needs")),
    )
    op.add_column("waves", sa.Column("standing", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "outcome_waves",
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_outcome_waves_wave_id_waves")),
        sa.PrimaryKeyConstraint("period_start", name=op.f("pk_outcome_waves")),
        sa.UniqueConstraint("wave_id", name=op.f("uq_outcome_waves_wave_id")),
    )


def _create_programmes() -> None:
    op.create_table(
        "programmes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("achievements", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_turn", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("requirements", sa.String(), nullable=False),
        sa.Column("bring", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("appointment", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_days", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'open', 'paused', 'closed')", name=op.f("ck_programmes_status")),
        sa.CheckConstraint("taken BETWEEN 0 AND places", name=op.f("ck_programmes_never_overbooked")),
        sa.CheckConstraint("answer_days BETWEEN 1 AND 30", name=op.f("ck_programmes_answer_days")),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_programmes_closes_after_opening")),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_programmes_entity_id_entities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("key", name=op.f("uq_programmes_key")),
    )
    op.create_index("ix_programmes_entity_id", "programmes", ["entity_id"], unique=False)
    op.create_index("ix_programmes_territory", "programmes", ["territory"], unique=False)
    op.create_table(
        "programme_place_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_programme_place_changes_by_staff")),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_programme_place_changes_programme_id_programmes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_place_changes")),
    )
    op.create_index(
        "ix_programme_place_changes_programme_id", "programme_place_changes", ["programme_id", "id"], unique=False
    )


def _create_referrals() -> None:
    op.create_table(
        "referrals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("achievement", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('offered', 'waiting', 'called', 'accepted', 'attended', 'served', 'not_served', 'declined',"
            " 'lapsed', 'withdrawn', 'unknown')",
            name=op.f("ck_referrals_state"),
        ),
        sa.CheckConstraint("state <> 'waiting' OR turn IS NOT NULL", name=op.f("ck_referrals_waits_in_turn")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_referrals_family_id_families"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_referrals_programme_id_programmes")),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name=op.f("fk_referrals_proposed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
    )
    op.create_index(
        "uq_referrals_open", "referrals", ["programme_id", "family_id"], unique=True, postgresql_where=sa.text(OPEN)
    )
    op.create_index("ix_referrals_family_id", "referrals", ["family_id"], unique=False)
    op.create_index("ix_referrals_programme_id_state", "referrals", ["programme_id", "state"], unique=False)
    op.create_index(
        "ix_referrals_waiting",
        "referrals",
        ["programme_id", "turn"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "referral_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("referral_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_referral_events_by_staff")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_referral_events_referral_id_referrals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_events")),
    )
    op.create_index("ix_referral_events_referral_id", "referral_events", ["referral_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("outcome_waves")
    op.drop_column("waves", "standing")
    for table in ("family_needs", "referral_events", "referrals", "programme_place_changes", "programmes", "entities"):
        op.drop_table(table)
