"""claims on achievements, life plans, news and notes of families, proofs of who writes, search by name"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "achievement_claims",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("catalogue_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "source = 'gestor' OR verdict <> 'not_applicable'", name=op.f("ck_achievement_claims_applies")
        ),
        sa.CheckConstraint("source IN ('family', 'gestor', 'register')", name=op.f("ck_achievement_claims_source")),
        sa.CheckConstraint(
            "verdict IN ('reached', 'not_reached', 'not_applicable')", name=op.f("ck_achievement_claims_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["catalogue_id", "code"],
            ["achievements.catalogue_id", "achievements.code"],
            name=op.f("fk_achievement_claims_catalogue_id_code_achievements"),
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_achievement_claims_family_id_families"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_achievement_claims_recorded_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement_claims")),
    )
    op.create_index("ix_achievement_claims_family_id_code", "achievement_claims", ["family_id", "code"], unique=False)
    op.create_table(
        "family_achievements",
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("catalogue_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("family_verdict", sa.String(), nullable=True),
        sa.Column("family_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gestor_verdict", sa.String(), nullable=True),
        sa.Column("gestor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("register_verdict", sa.String(), nullable=True),
        sa.Column("register_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column(
            "status",
            sa.String(),
            sa.Computed(
                "CASE WHEN gestor_verdict = 'not_applicable' THEN 'not_applicable'"
                " WHEN gestor_verdict = 'reached' THEN 'verified'"
                " WHEN family_verdict = 'reached' AND (gestor_at IS NULL OR family_at > gestor_at) THEN 'reported'"
                " WHEN family_verdict = 'reached' THEN 'sent_back' ELSE 'pending' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["catalogue_id", "code"],
            ["achievements.catalogue_id", "achievements.code"],
            name=op.f("fk_family_achievements_catalogue_id_code_achievements"),
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_achievements_family_id_families"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("family_id", "catalogue_id", "code", name=op.f("pk_family_achievements")),
    )
    op.create_index(
        "ix_family_achievements_reported",
        "family_achievements",
        ["family_id", "family_at"],
        unique=False,
        postgresql_where=sa.text("status = 'reported'"),
    )
    op.create_table(
        "family_milestones",
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("achievements", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_milestones_family_id_families"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("family_id", "achievements", name=op.f("pk_family_milestones")),
    )
    op.create_table(
        "family_news",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('goal_stuck', 'questions_stopped', 'phone_added', 'phone_left', 'proof_failed')",
            name=op.f("ck_family_news_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_news_family_id_families"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["seen_by"], ["staff.id"], name=op.f("fk_family_news_seen_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_news")),
    )
    op.create_index("ix_family_news_family_id", "family_news", ["family_id"], unique=False)
    op.create_index(
        "ix_family_news_unseen",
        "family_news",
        ["at", "family_id"],
        unique=False,
        postgresql_where=sa.text("seen_at IS NULL"),
    )
    op.create_table(
        "family_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_notes_family_id_families"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_family_notes_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_notes")),
    )
    op.create_index("ix_family_notes_family_id", "family_notes", ["family_id"], unique=False)
    op.create_table(
        "family_progress",
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("verified", sa.SmallInteger(), nullable=False),
        sa.Column("counting", sa.SmallInteger(), nullable=False),
        sa.Column(
            "share",
            sa.Numeric(precision=4, scale=3, asdecimal=False),
            sa.Computed("round(verified::numeric / greatest(counting, 1), 3)", persisted=True),
            nullable=False,
        ),
        sa.Column("worked_out_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_progress_family_id_families"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("family_id", name=op.f("pk_family_progress")),
    )
    op.create_index("ix_family_progress_share", "family_progress", ["share"], unique=False)
    op.create_table(
        "family_search",
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_search_family_id_families"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("family_id", name=op.f("pk_family_search")),
    )
    op.create_index("ix_family_search_tokens", "family_search", ["tokens"], unique=False, postgresql_using="gin")
    op.create_table(
        "goal_silences",
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_goal_silences_family_id_families"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("family_id", name=op.f("pk_goal_silences")),
    )
    op.create_table(
        "life_plan_goals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("catalogue_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("wanted_by", sa.Date(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen_by", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint("outcome IN ('reached', 'dropped')", name=op.f("ck_life_plan_goals_outcome")),
        sa.ForeignKeyConstraint(
            ["catalogue_id", "code"],
            ["achievements.catalogue_id", "achievements.code"],
            name=op.f("fk_life_plan_goals_catalogue_id_code_achievements"),
        ),
        sa.ForeignKeyConstraint(["chosen_by"], ["staff.id"], name=op.f("fk_life_plan_goals_chosen_by_staff")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_life_plan_goals_family_id_families"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_life_plan_goals")),
    )
    op.create_index("ix_life_plan_goals_family_id", "life_plan_goals", ["family_id"], unique=False)
    op.create_index(
        "uq_life_plan_goals_open",
        "life_plan_goals",
        ["family_id", "catalogue_id", "code"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "proof_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_proof_attempts_contact_id_contacts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_proof_attempts_family_id_families"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_attempts")),
    )
    op.create_index("ix_proof_attempts_contact_id_at", "proof_attempts", ["contact_id", "at"], unique=False)
    op.create_index("ix_proof_attempts_family_id_at", "proof_attempts", ["family_id", "at"], unique=False)
    op.create_table(
        "goal_answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("goal_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('done', 'going', 'stuck')", name=op.f("ck_goal_answers_answer")),
        sa.ForeignKeyConstraint(
            ["goal_id"],
            ["life_plan_goals.id"],
            name=op.f("fk_goal_answers_goal_id_life_plan_goals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_answers")),
    )
    op.create_index("ix_goal_answers_goal_id", "goal_answers", ["goal_id"], unique=False)
    op.add_column("achievement_catalogues", sa.Column("vocabulary", sa.String(), server_default="", nullable=False))
    op.add_column(
        "family_contacts",
        sa.Column("confirmed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("family_contacts", sa.Column("doubted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("family_contacts", "doubted_at")
    op.drop_column("family_contacts", "confirmed_at")
    op.drop_column("achievement_catalogues", "vocabulary")
    op.drop_index("ix_goal_answers_goal_id", table_name="goal_answers")
    op.drop_table("goal_answers")
    op.drop_index("ix_proof_attempts_family_id_at", table_name="proof_attempts")
    op.drop_index("ix_proof_attempts_contact_id_at", table_name="proof_attempts")
    op.drop_table("proof_attempts")
    op.drop_index("uq_life_plan_goals_open", table_name="life_plan_goals", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("ix_life_plan_goals_family_id", table_name="life_plan_goals")
    op.drop_table("life_plan_goals")
    op.drop_table("goal_silences")
    op.drop_index("ix_family_search_tokens", table_name="family_search", postgresql_using="gin")
    op.drop_table("family_search")
    op.drop_index("ix_family_progress_share", table_name="family_progress")
    op.drop_table("family_progress")
    op.drop_index("ix_family_notes_family_id", table_name="family_notes")
    op.drop_table("family_notes")
    op.drop_index("ix_family_news_unseen", table_name="family_news", postgresql_where=sa.text("seen_at IS NULL"))
    op.drop_index("ix_family_news_family_id", table_name="family_news")
    op.drop_table("family_news")
    op.drop_table("family_milestones")
    op.drop_index(
        "ix_family_achievements_reported",
        table_name="family_achievements",
        postgresql_where=sa.text("status = 'reported'"),
    )
    op.drop_table("family_achievements")
    op.drop_index("ix_achievement_claims_family_id_code", table_name="achievement_claims")
    op.drop_table("achievement_claims")
