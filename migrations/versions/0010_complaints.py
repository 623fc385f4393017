"""voice: complaints, obstacles, correspondence, emergency alerts, erasures"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "alert_recipients",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("emergencies", sa.Boolean(), nullable=False),
        sa.Column("deadlines", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_alert_recipients_contact_id_contacts")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_alert_recipients_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", "territory", name=op.f("pk_alert_recipients")),
    )
    op.create_table(
        "quick_replies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_quick_replies_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_replies")),
    )
    op.create_index("ix_quick_replies_staff_id", "quick_replies", ["staff_id"], unique=False)
    op.create_table(
        "obstacles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("municipality_code", sa.CHAR(length=5), nullable=False),
        sa.Column("entity", sa.String(), server_default="", nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("level IN ('municipal', 'departmental', 'national')", name=op.f("ck_obstacles_level")),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipalities.code"], name=op.f("fk_obstacles_municipality_code_municipalities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obstacles")),
    )
    op.create_index("ix_obstacles_municipality_code", "obstacles", ["municipality_code"], unique=False)
    op.create_table(
        "obstacle_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("obstacle_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("step IN ('raised', 'noted', 'taken_up', 'solved')", name=op.f("ck_obstacle_steps_step")),
        sa.ForeignKeyConstraint(
            ["obstacle_id"], ["obstacles.id"], name=op.f("fk_obstacle_steps_obstacle_id_obstacles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_obstacle_steps_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obstacle_steps")),
    )
    op.create_index("ix_obstacle_steps_obstacle_id", "obstacle_steps", ["obstacle_id"], unique=False)
    op.create_table(
        "complaints",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False, start=10000001), nullable=False),
        sa.Column("radicado", sa.CHAR(length=9), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("reserved", sa.Boolean(), nullable=False),
        sa.Column("entity", sa.String(), server_default="", nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=True),
        sa.Column("municipality_code", sa.CHAR(length=5), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), server_default="received", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transfer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extended", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("transferred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(status = 'answered') = (answered_at IS NOT NULL)", name=op.f("ck_complaints_answered")),
        sa.CheckConstraint(
            "about IN ('programme', 'gestor', 'municipality', 'other')", name=op.f("ck_complaints_about")
        ),
        sa.CheckConstraint(
            "category IN ('treatment', 'delay', 'money', 'places', 'payment', 'other')",
            name=op.f("ck_complaints_category"),
        ),
        sa.CheckConstraint(
            "kind IN ('petition', 'information', 'consultation', 'complaint', 'claim',"
            " 'data_consultation', 'data_correction', 'data_withdrawal', 'data_deletion')",
            name=op.f("ck_complaints_kind"),
        ),
        sa.CheckConstraint("status IN ('received', 'transferred', 'answered')", name=op.f("ck_complaints_status")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_complaints_family_id_families"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipalities.code"], name=op.f("fk_complaints_municipality_code_municipalities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("radicado", name=op.f("uq_complaints_radicado")),
    )
    op.create_index(
        "ix_complaints_family_id",
        "complaints",
        ["family_id"],
        unique=False,
        postgresql_where=sa.text("family_id IS NOT NULL"),
    )
    op.create_index(
        "ix_complaints_municipality_code_due_at", "complaints", ["municipality_code", "due_at"], unique=False
    )
    op.create_index(
        "ix_complaints_open", "complaints", ["due_at"], unique=False, postgresql_where=sa.text("status <> 'answered'")
    )
    op.create_table(
        "correspondences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=True),
        sa.Column("municipality_code", sa.CHAR(length=5), nullable=True),
        sa.Column("reserved", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_correspondences_contact_id_contacts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_correspondences_family_id_families"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_code"],
            ["municipalities.code"],
            name=op.f("fk_correspondences_municipality_code_municipalities"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correspondences")),
    )
    op.create_index("ix_correspondences_family_id", "correspondences", ["family_id"], unique=False)
    op.create_index(
        "ix_correspondences_municipality_code_waiting_since",
        "correspondences",
        ["municipality_code", "waiting_since"],
        unique=False,
    )
    op.create_index(
        "uq_correspondences_open",
        "correspondences",
        ["contact_id", sa.literal_column("coalesce(family_id, 0)"), "reserved"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "emergency_alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("danger", sa.String(), nullable=False),
        sa.Column("municipality_code", sa.CHAR(length=5), nullable=True),
        sa.Column("family_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("wants_call", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attended_by", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint(
            "danger IN ('violence', 'sexual', 'child', 'suicide', 'danger')", name=op.f("ck_emergency_alerts_danger")
        ),
        sa.ForeignKeyConstraint(["attended_by"], ["staff.id"], name=op.f("fk_emergency_alerts_attended_by_staff")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_emergency_alerts_contact_id_contacts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_emergency_alerts_family_id_families"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_code"],
            ["municipalities.code"],
            name=op.f("fk_emergency_alerts_municipality_code_municipalities"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_alerts")),
    )
    op.create_index(
        "ix_emergency_alerts_family_id",
        "emergency_alerts",
        ["family_id"],
        unique=False,
        postgresql_where=sa.text("family_id IS NOT NULL"),
    )
    op.create_index(
        "ix_emergency_alerts_open",
        "emergency_alerts",
        ["at"],
        unique=False,
        postgresql_where=sa.text("attended_at IS NULL"),
    )
    op.create_table(
        "complaint_contacts",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_complaint_contacts_complaint_id_complaints"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_complaint_contacts_contact_id_contacts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_complaint_contacts")),
    )
    op.create_index(op.f("ix_complaint_contacts_contact_id"), "complaint_contacts", ["contact_id"], unique=False)
    op.create_table(
        "complaint_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "step IN ('filed', 'classified', 'transferred', 'extended', 'due_soon', 'transfer_due_soon',"
            " 'overdue', 'answered', 'rated')",
            name=op.f("ck_complaint_steps_step"),
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_complaint_steps_complaint_id_complaints"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_complaint_steps_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_steps")),
    )
    op.create_index("ix_complaint_steps_complaint_id", "complaint_steps", ["complaint_id"], unique=False)
    op.create_table(
        "correspondence_letters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("correspondence_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["correspondence_id"],
            ["correspondences.id"],
            name=op.f("fk_correspondence_letters_correspondence_id_correspondences"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_correspondence_letters_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correspondence_letters")),
    )
    op.create_index(
        "ix_correspondence_letters_correspondence_id", "correspondence_letters", ["correspondence_id"], unique=False
    )
    op.create_table(
        "erasures",
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_erasures_complaint_id_complaints")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_erasures_decided_by_staff")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_erasures_family_id_families"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("family_id", name=op.f("pk_erasures")),
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("correspondence_letters")
    op.drop_table("complaint_steps")
    op.drop_table("complaint_contacts")
    op.drop_table("emergency_alerts")
    op.drop_table("correspondences")
    op.drop_table("complaints")
    op.drop_table("obstacle_steps")
    op.drop_table("obstacles")
    op.drop_table("quick_replies")
    op.drop_table("alert_recipients")
