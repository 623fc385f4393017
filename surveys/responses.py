"""Responses and their answers in the database.

Answers are appended, never changed: a correction supersedes. Every change leaves what it does to the figures
in `answer_deltas`, in the same statement, so that folding needs to look at nothing else. When a response of
an anonymous wave ends, its answers move to rows that lead back to nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import orjson
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import Base, Statement
from surveys.answers import Answer, Changes

BATCH = 500


class Response(Base):
    """One invitation being answered. `status` is open, finished or partial."""

    __tablename__ = "responses"
    __table_args__ = (
        Index("ix_responses_open", "last_at", postgresql_where=text("status = 'open'")),
        Index("ix_responses_wave_id", "wave_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"))
    invitation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("invitations.id"), unique=True)
    municipality: Mapped[str]
    zone: Mapped[str]
    channel: Mapped[str]
    status: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AnswerRow(Base):
    """One answer as given at one moment; `current` until a correction supersedes it. See `answers.Answer`."""

    __tablename__ = "answers"
    __table_args__ = (
        Index(
            "uq_answers_current",
            "response_id",
            "question",
            "instance",
            unique=True,
            postgresql_where=text("current"),
        ),
        Index("ix_answers_response_id", "response_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    response_id: Mapped[UUID] = mapped_column(ForeignKey("responses.id"))
    question: Mapped[str]
    instance: Mapped[str]
    value: Mapped[str]
    counted: Mapped[str]
    actor: Mapped[str]
    weight: Mapped[Decimal] = mapped_column(Numeric)
    raw: Mapped[str]
    confidence: Mapped[float]
    reader_version: Mapped[str]
    current: Mapped[bool] = mapped_column(server_default=text("true"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AnonymousAnswer(Base):
    """An answer that leads back to nobody: random ids, no time, no words as they were typed.

    `response` is random too and only says which answers belong together.
    """

    __tablename__ = "anonymous_answers"
    __table_args__ = (Index("ix_anonymous_answers_wave_id", "wave_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    response: Mapped[UUID]
    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"))
    municipality: Mapped[str]
    zone: Mapped[str]
    channel: Mapped[str]
    question: Mapped[str]
    value: Mapped[str]
    counted: Mapped[str]
    actor: Mapped[str]
    weight: Mapped[Decimal] = mapped_column(Numeric)


@dataclass(frozen=True, slots=True)
class Closed:
    """A response that was ended, so that its dialogue can be ended and, if anonymous, blanked.

    For an anonymous wave the id is nowhere in these tables any more: use it in the same transaction, then forget it.
    """

    id: UUID
    invitation_id: int
    anonymous: bool


_START = text(
    """
    WITH invitation AS (
        UPDATE invitations i SET status = 'started' FROM waves w
        WHERE i.id = :invitation_id AND i.status IN ('invited', 'unreachable', 'redeemed')
          AND w.id = i.wave_id AND w.status = 'open'
        RETURNING i.id, i.wave_id, i.municipality, i.zone, i.subject
    ), response AS (
        INSERT INTO responses
            (id, wave_id, invitation_id, municipality, zone, channel, status, started_at, last_at)
        SELECT :response_id, wave_id, id, municipality, zone, :channel, 'open', :now, :now FROM invitation
    )
    INSERT INTO answer_deltas
        (wave_id, municipality, zone, channel, actor, question, counted, value, weight, n)
    SELECT wave_id, municipality, zone, '', '',
           CASE WHEN subject IS NULL THEN '#codes' ELSE '#families' END, 'event', 'started', 1, 1
    FROM invitation
    """
)

# New rows wait for the count of superseded ones: two data-modifying parts of a statement have no order
# otherwise, and an answer has one current row.
_SAVE_SQL = """
    WITH response AS (
        UPDATE responses SET last_at = :now WHERE id = :response_id AND status = 'open'
        RETURNING id, wave_id, municipality, zone, channel
    ), superseded AS (
        UPDATE answers a SET current = false
        FROM response r, jsonb_to_recordset(CAST(:superseded AS jsonb)) AS s(question text, instance text)
        WHERE a.response_id = r.id AND a.current AND a.question = s.question AND a.instance = s.instance
        RETURNING a.actor, a.question, a.counted, a.value, a.weight
    ), saved AS (
        INSERT INTO answers (response_id, question, instance, value, counted, actor, weight, raw, confidence,
                             reader_version, at)
        SELECT r.id, s.question, s.instance, s.value, s.counted, s.actor, s.weight, s.raw, s.confidence,
               s.reader_version, :now
        FROM (SELECT count(*) FROM superseded) AS first, response r,
             jsonb_to_recordset(CAST(:saved AS jsonb))
             AS s(question text, instance text, value text, counted text, actor text, weight numeric, raw text,
                  confidence float, reader_version text)
        RETURNING actor, question, counted, value, weight
    ), told AS (
        INSERT INTO answer_deltas
            (wave_id, municipality, zone, channel, actor, question, counted, value, weight, n)
        SELECT r.wave_id, r.municipality, r.zone, r.channel, c.actor, c.question, c.counted, c.value, c.weight, c.n
        FROM response r, (SELECT *, -1 AS n FROM superseded UNION ALL SELECT *, 1 FROM saved) AS c
        WHERE c.counted <> ''
    )
    """
_SAVE = text(f"{_SAVE_SQL} SELECT EXISTS (SELECT FROM response)")

# In a row of statements sent together nobody looks at a result: only an error stops the rest.
_SAVE_OR_FAIL = text(f"{_SAVE_SQL} SELECT 1 / count(*) FROM response")

_FINISH = text(
    """
    WITH closing AS MATERIALIZED (
        SELECT r.*, w.anonymous, gen_random_uuid() AS alias
        FROM responses r JOIN waves w ON w.id = r.wave_id
        WHERE r.id = ANY(:ids) AND r.status = 'open'
    ), copied AS (
        INSERT INTO anonymous_answers
            (id, response, wave_id, municipality, zone, channel, question, value, counted, actor, weight)
        SELECT gen_random_uuid() AS id, c.alias, c.wave_id, c.municipality, c.zone, c.channel,
               a.question, a.value, a.counted, a.actor, a.weight
        FROM closing c JOIN answers a ON a.response_id = c.id
        WHERE c.anonymous AND a.current
        ORDER BY 1
    ), erased AS (
        DELETE FROM answers a USING closing c WHERE a.response_id = c.id AND c.anonymous
    ), removed AS (
        DELETE FROM responses r USING closing c WHERE r.id = c.id AND c.anonymous
    ), kept AS (
        UPDATE responses r SET status = :status FROM closing c WHERE r.id = c.id AND NOT c.anonymous
    ), marked AS (
        UPDATE invitations i
        SET status = :status, preset = CASE WHEN c.anonymous THEN '{}' ELSE i.preset END
        FROM closing c WHERE i.id = c.invitation_id
        RETURNING i.wave_id, i.municipality, i.zone, i.subject
    ), told AS (
        INSERT INTO answer_deltas
            (wave_id, municipality, zone, channel, actor, question, counted, value, weight, n)
        SELECT wave_id, municipality, zone, '', '',
               CASE WHEN subject IS NULL THEN '#codes' ELSE '#families' END, 'event', :status, 1, count(*)
        FROM marked GROUP BY 1, 2, 3, 6
    )
    SELECT id, invitation_id, anonymous FROM closing
    """
)

_LOCK_ONE = text("SELECT id FROM responses WHERE id = :response_id AND status = 'open' FOR UPDATE")

_LOCK_SILENT = text(
    """
    SELECT r.id FROM responses r JOIN waves w ON w.id = r.wave_id
    WHERE r.status = 'open' AND (r.last_at < :before OR w.status = 'closed')
    LIMIT :limit FOR UPDATE OF r SKIP LOCKED
    """
)

_LOCK_WAVE = text("SELECT id FROM responses WHERE wave_id = :wave_id AND status = 'open' FOR UPDATE SKIP LOCKED")

_SHUFFLE = text(
    """
    WITH removed AS (DELETE FROM anonymous_answers WHERE wave_id = :wave_id RETURNING *)
    INSERT INTO anonymous_answers
        (id, response, wave_id, municipality, zone, channel, question, value, counted, actor, weight)
    SELECT gen_random_uuid() AS id, response, wave_id, municipality, zone, channel, question, value, counted,
           actor, weight
    FROM removed ORDER BY 1
    """
)


def start(connection: Connection, response_id: UUID, invitation_id: int, channel: str, now: datetime) -> bool:
    """Begin the one response of an invitation. False if it was begun before or its wave is not open."""
    parameters = {
        "response_id": response_id,
        "invitation_id": invitation_id,
        "channel": channel,
        "now": now,
    }
    return connection.execute(_START, parameters).rowcount == 1


def save(connection: Connection, response_id: UUID, changes: Changes, now: datetime) -> bool:
    """Store new, corrected and withdrawn answers. False, storing nothing, if the response has ended."""
    return bool(connection.execute(_SAVE, _saved(response_id, changes, now)).scalar_one())


def saving(response_id: UUID, changes: Changes, now: datetime) -> Statement:
    """`save` as a statement to be sent with others: it fails with a division by zero if the response has ended."""
    return Statement(_SAVE_OR_FAIL, _saved(response_id, changes, now))


def _saved(response_id: UUID, changes: Changes, now: datetime) -> Mapping[str, object]:
    superseded = changes.withdrawn + tuple((answer.question, answer.instance) for answer in changes.saved)
    return {
        "response_id": response_id,
        "now": now,
        "superseded": _json([{"question": question, "instance": instance} for question, instance in superseded]),
        "saved": _json([_row(answer) for answer in changes.saved]),
    }


def _json(rows: list[dict[str, object]]) -> str:
    return orjson.dumps(rows).decode()


def _row(answer: Answer) -> dict[str, object]:
    return {name: getattr(answer, name) for name in Answer.__dataclass_fields__} | {"weight": str(answer.weight)}


def finish(connection: Connection, response_id: UUID, complete: bool) -> Closed | None:
    """End a response. In an anonymous wave nothing in these tables links it to its invitation from here on.

    None if it has ended before.
    """
    closed = _finish(connection, _lock(connection, _LOCK_ONE, response_id=response_id), complete=complete)
    return closed[0] if closed else None


def finish_silent(connection: Connection, before: datetime, limit: int = BATCH) -> list[Closed]:
    """End up to `limit` responses that were last written to before `before`, or whose wave is closed.

    Those that somebody is writing to at this moment are passed over.
    """
    return _finish(connection, _lock(connection, _LOCK_SILENT, before=before, limit=limit), complete=False)


def finish_wave(connection: Connection, wave_id: int) -> list[Closed]:
    """End all responses of a wave, save those that somebody is writing to at this moment."""
    return _finish(connection, _lock(connection, _LOCK_WAVE, wave_id=wave_id), complete=False)


def any_open(connection: Connection, wave_id: int) -> bool:
    """Whether a response of the wave has not ended yet."""
    query = text("SELECT EXISTS (SELECT FROM responses WHERE wave_id = :wave_id AND status = 'open')")
    return bool(connection.execute(query, {"wave_id": wave_id}).scalar_one())


def shuffle(connection: Connection, wave_id: int) -> None:
    """Write the anonymous answers of a wave anew, in random order and all in this transaction.

    Without this, the order on disk and the transaction number (`xmin`) of a row would tell when it was
    written, and with that perhaps by whom.
    """
    connection.execute(_SHUFFLE, {"wave_id": wave_id})


def _lock(connection: Connection, statement: object, **parameters: object) -> list[UUID]:
    """Lock responses before they are ended: the next statement then sees every answer committed to them."""
    return list(connection.scalars(statement, parameters))  # type: ignore[call-overload]


def _finish(connection: Connection, ids: Sequence[UUID], *, complete: bool) -> list[Closed]:
    if not ids:
        return []
    parameters = {"ids": list(ids), "status": "finished" if complete else "partial"}
    return [Closed(**row._mapping) for row in connection.execute(_FINISH, parameters)]
