"""message months: `messages` by month of the time in its ids, keys that must be unique beyond a month, prices

Messages that are there get ids that begin with their time; reports of the last hours that name the old ones find
nothing any more. Stop web and workers meanwhile.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = """contact_id, channel, purpose, priority, door, body, content, in_reply_to, conversation_ref, campaign_id,
    dedupe_key, status, reason, error_code, provider_id, segments, not_after, created_at, sent_at, delivered_at,
    read_at, redact"""
WITH_TIME = """(left(lpad(to_hex((extract(epoch FROM created_at) * 1000)::bigint), 12, '0'), 8) || '-'
    || right(lpad(to_hex((extract(epoch FROM created_at) * 1000)::bigint), 12, '0'), 4)
    || '-7' || substr(id::text, 16))::uuid"""


INDEXES = (
    ("ix_messages_contact_id_created_at", "(contact_id, created_at)"),
    ("ix_messages_created_at", "USING brin (created_at)"),
    ("ix_messages_in_reply_to", "(in_reply_to) WHERE in_reply_to IS NOT NULL"),
    ("ix_messages_campaign_id", "(campaign_id) WHERE campaign_id <> 0"),
    ("ix_messages_conversation", "(conversation_ref) WHERE conversation_ref IS NOT NULL"),
    ("ix_messages_replied", "(created_at) WHERE status = 'replied'"),
    ("ix_messages_redact", "(id) WHERE redact"),
)


def upgrade() -> None:
    op.drop_constraint("fk_outbox_queue_message_id_messages", "outbox_queue", type_="foreignkey")
    set_aside(["uq_messages_dedupe_key", "uq_messages_provider_id"])
    create_messages(postgresql_partition_by="RANGE (id)")
    create_indexes("CREATE INDEX ix_messages_provider_id ON messages (provider_id) WHERE provider_id IS NOT NULL")
    op.add_column("messages", sa.Column("price", sa.Numeric(), nullable=True))
    op.add_column("messages", sa.Column("price_currency", sa.String(), nullable=True))
    create_keys_and_totals()
    make_months()
    op.execute(f"INSERT INTO messages (id, {COLUMNS}) SELECT {WITH_TIME}, {COLUMNS} FROM messages_before")
    op.execute("""
        INSERT INTO message_keys (key, message_id, created_at)
        SELECT dedupe_key, id, created_at FROM messages WHERE dedupe_key IS NOT NULL
    """)
    for table in ("outbox_queue", "openings"):
        op.execute(f"""
            UPDATE {table} SET message_id = renamed.new
            FROM (SELECT id, {WITH_TIME} AS new FROM messages_before) AS renamed WHERE renamed.id = {table}.message_id
        """)
    op.drop_table("messages_before")


def set_aside(unique: list[str]) -> None:
    """Rename the table and free the names of what belongs to it."""
    op.rename_table("messages", "messages_before")
    op.drop_constraint("fk_messages_contact_id_contacts", "messages_before", type_="foreignkey")
    op.drop_constraint("pk_messages", "messages_before", type_="primary")
    for name in (*(name for name, _ in INDEXES), *unique):
        op.drop_index(name)


def create_messages(**options: Any) -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("in_reply_to", sa.BigInteger(), nullable=True),
        sa.Column("conversation_ref", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("segments", sa.SmallInteger(), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redact", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_messages_contact_id_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        **options,
    )


def create_indexes(*unlike: str) -> None:
    for name, columns in INDEXES:
        op.execute(f"CREATE INDEX {name} ON messages {columns}")
    for index in unlike:
        op.execute(index)


def create_keys_and_totals() -> None:
    op.create_table(
        "message_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message_keys")),
    )
    op.create_index(op.f("ix_message_keys_created_at"), "message_keys", ["created_at"], postgresql_using="brin")
    op.create_table(
        "message_totals",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("segments", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("month", "campaign_id", "channel", "purpose", "status", "reason", "currency"),
            name=op.f("pk_message_totals"),
        ),
    )


def make_months() -> None:
    """One for whatever has no month, this month and the next; the clock makes the others."""
    op.execute("CREATE SCHEMA message_months")
    op.execute("CREATE TABLE message_months.messages_astray PARTITION OF messages DEFAULT")
    now = datetime.now(UTC)
    starts = [
        datetime(now.year + month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in range(now.month - 1, now.month + 2)
    ]
    for start, end in pairwise(starts):
        bounds = " TO ".join(f"('{int(each.timestamp() * 1000):012x}{'0' * 20}')" for each in (start, end))
        op.execute(f"CREATE TABLE message_months.messages_{start:%Y_%m} PARTITION OF messages FOR VALUES FROM {bounds}")


def downgrade() -> None:
    set_aside(["ix_messages_provider_id"])
    create_messages()
    create_indexes(
        "CREATE UNIQUE INDEX uq_messages_provider_id ON messages (provider_id) WHERE provider_id IS NOT NULL",
        "CREATE UNIQUE INDEX uq_messages_dedupe_key ON messages (dedupe_key) WHERE dedupe_key IS NOT NULL",
    )
    op.execute(f"INSERT INTO messages (id, {COLUMNS}) SELECT id, {COLUMNS} FROM messages_before")
    for table in ("messages_before", "message_keys", "message_totals"):
        op.drop_table(table)
    op.execute("DROP SCHEMA message_months")
    op.create_foreign_key(
        op.f("fk_outbox_queue_message_id_messages"),
        *("outbox_queue", "messages", ["message_id"], ["id"]),
        ondelete="CASCADE",
    )
