"""What families write in their own words: shown to nobody before a person has let it out, one by one.

Comments of an anonymous wave are looked at once it is published; from then on their rows do not change any more. Only
the decision is kept, and the text as it was let out. A comment is shown with the smallest territory from which enough
people wrote, so that a place with one voice does not tell whose it is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import options
from db import Base
from surveys import library
from surveys.masking import mask

RELEASED, REFUSED = "released", "refused"
SHOWN = 50
"""The most comments that are shown of a territory."""


class CommentReview(Base):
    """What a person decided about one comment. `text` and `territory` are those it is shown with, '' if refused."""

    __tablename__ = "comment_reviews"

    answer_id: Mapped[UUID] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("waves.id"), index=True)
    state: Mapped[str]
    territory: Mapped[str]
    text: Mapped[str]
    reviewed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    reviewed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment to be looked at: where it would be shown, and its text, covered."""

    id: UUID
    wave_id: int
    territory: str
    text: str


_PENDING = text(
    """
    SELECT a.id, a.wave_id, a.municipality, a.value FROM anonymous_answers a JOIN waves w ON w.id = a.wave_id
    WHERE a.wave_id = :wave_id AND w.published_at IS NOT NULL AND a.question = ANY(:questions)
      AND a.municipality ~ :places AND NOT EXISTS (SELECT FROM comment_reviews r WHERE r.answer_id = a.id)
    ORDER BY a.id LIMIT :limit
    """
)

_VOICES = text(
    """
    SELECT left(municipality, length) AS territory, count(DISTINCT response) AS n
    FROM anonymous_answers CROSS JOIN (VALUES (2), (5)) AS lengths(length)
    WHERE wave_id = :wave_id AND question = ANY(:questions) GROUP BY 1
    """
)

_RELEASED = text(
    """
    SELECT text FROM comment_reviews
    WHERE wave_id = :wave_id AND state = 'released' AND territory LIKE :territory || '%'
    ORDER BY answer_id LIMIT :limit
    """
)


def pending(
    connection: Connection,
    wave_id: int,
    territories: Collection[str],
    places: Collection[str] = (),
    limit: int = SHOWN,
) -> list[Comment]:
    """The next comments of a published wave from these territories that nobody has looked at, covered.

    `places` are the names to be covered besides people's.
    """
    questions, known = _questions(connection, wave_id)
    minimum = options.value(connection, options.MINIMUM_CELL)
    parameters = {"wave_id": wave_id, "questions": questions}
    rows = connection.execute(_PENDING, {**parameters, "places": _within(territories), "limit": limit}).all()
    voices = {row.territory: row.n for row in connection.execute(_VOICES, parameters)} if rows else {}
    return [
        Comment(row.id, row.wave_id, _shown_with(row.municipality, voices, minimum), mask(row.value, places, known))
        for row in rows
    ]


def decide(connection: Connection, comment: Comment, state: str, words: str, staff_id: int, now: datetime) -> bool:
    """Let a comment out with these words, or refuse it. False if somebody has decided before."""
    out = state == RELEASED
    statement = insert(CommentReview).values(
        answer_id=comment.id,
        wave_id=comment.wave_id,
        state=state,
        territory=comment.territory if out else "",
        text=words if out else "",
        reviewed_by=staff_id,
        reviewed_at=now,
    )
    made = connection.scalar(statement.on_conflict_do_nothing().returning(CommentReview.answer_id))
    return made is not None


_LET_OUT = text(
    """
    SELECT r.answer_id AS id, r.wave_id, r.territory, r.text
    FROM comment_reviews r JOIN anonymous_answers a ON a.id = r.answer_id
    WHERE r.wave_id = :wave_id AND r.state = 'released' AND a.municipality ~ :places
    ORDER BY r.answer_id LIMIT :limit
    """
)
_TAKE_BACK = text(
    """
    DELETE FROM comment_reviews r USING anonymous_answers a
    WHERE a.id = r.answer_id AND r.wave_id = :wave_id AND r.answer_id = :id AND a.municipality ~ :places
    """
)


def let_out(connection: Connection, wave_id: int, territories: Collection[str], limit: int = SHOWN) -> list[Comment]:
    """The comments from these territories that were let out, as they are shown, for whoever may take them back."""
    rows = connection.execute(_LET_OUT, {"wave_id": wave_id, "places": _within(territories), "limit": limit})
    return [Comment(row.id, row.wave_id, row.territory, row.text) for row in rows]


def take_back(connection: Connection, wave_id: int, answer_id: UUID, territories: Collection[str]) -> bool:
    """Let a comment of these territories wait again as if nobody had decided. False if nobody had."""
    which = {"wave_id": wave_id, "id": answer_id, "places": _within(territories)}
    return connection.execute(_TAKE_BACK, which).rowcount == 1


def released(connection: Connection, wave_id: int, territory: str) -> list[str]:
    """The comments that were let out, of a territory and of what lies in it, in no order that means anything."""
    found = connection.scalars(_RELEASED, {"wave_id": wave_id, "territory": territory, "limit": SHOWN})
    return list(found)


def _within(territories: Collection[str]) -> str:
    """What the code of a municipality matches that lies in one of these."""
    return f"^({'|'.join(sorted(territories))})" if territories else "^$"


def _questions(connection: Connection, wave_id: int) -> tuple[list[str], list[str]]:
    """The questions of a wave that are answered in one's own words, and the labels that tell of nobody."""
    version = connection.scalar(text("SELECT form_version_id FROM waves WHERE id = :id"), {"id": wave_id})
    form = library.load(connection, version or 0)
    names = [question.path.split("/", 2)[2] for question in form.questions if question.type == "text"]
    labels = [
        label.source for each in form.lists.values() for choice in each.choices for label in choice.label.values()
    ]
    return names, [*labels, "JUNTOS", "Dios", "Gracias", "Bogotá"]


def _shown_with(municipality: str, voices: Mapping[str, int], minimum: int) -> str:
    return next((code for code in (municipality, municipality[:2]) if voices.get(code, 0) >= minimum), "")
