"""What families are told of their sessions: day, hour, place and gestor, and never what a session is about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from bot.catalogue import Catalogue
from bot.dialogues.machine import Frame
from bot.dialogues.session import ANSWERS, NAME, Visit, subject
from bot.proactive import Letter, send
from bot.session_reach import Reached
from families.session_kinds import kinds
from messaging.priority import Priority

PURPOSE = "session"
"""What a person may stop by itself."""

_VISITS = text(
    """
    SELECT family_sessions.id, kind, place, starts_at, staff.name AS gestor
    FROM family_sessions JOIN staff ON staff.id = gestor_id
    WHERE family_sessions.id = ANY(CAST(:ids AS bigint[])) ORDER BY starts_at, family_sessions.id
    """
)


def visits(connection: Connection, session_ids: Iterable[int]) -> list[Visit]:
    """Sessions as families are told of them, the earliest first."""
    rows = connection.execute(_VISITS, {"ids": list(session_ids)})
    return [Visit(row.id, row.starts_at, row.place, word(row.kind, row.place), row.gestor) for row in rows]


def word(kind: str, place: str) -> str:
    """What a session is called in a message: a visit at home, a meeting of many, or an appointment."""
    if not place:
        return "visit"
    return "meeting" if kinds()[kind].community else "appointment"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell a family. `key` is one of session.announced, session.moved, session.reminder,
    session.cancelled; `dedupe_key` makes it be sent once.
    """

    key: str
    family_id: int
    to: Reached
    visits: Sequence[Visit]
    dedupe_key: str


def letter(notice: Notice, texts: Catalogue) -> Letter:
    """A notice as it is written to a family; with what one can answer, unless it was cancelled."""
    language = notice.to.language
    values = {
        "to": texts.text("session.to", language, name=notice.to.name) if notice.to.name else "",
        "visits": "\n".join(visit.line(texts, language) for visit in notice.visits),
    }
    if notice.key == "session.cancelled":
        return Letter(notice.to.contact_id, notice.key, notice.dedupe_key, values)
    about = subject(notice.family_id, [visit.id for visit in notice.visits])
    state = {
        "at": "asked",
        "family": notice.family_id,
        "subject": about,
        "visits": [visit.to_json() for visit in notice.visits],
    }
    options = [(f"{NAME}:{about}:{choice}", f"session.option.{choice}") for choice in ANSWERS]
    return Letter(notice.to.contact_id, notice.key, notice.dedupe_key, values, options, Frame(NAME, state))


def tell(
    connection: Connection,
    texts: Catalogue,
    notices: Iterable[Notice],
    now: datetime,
    not_after: datetime,
    *,
    wait: timedelta = timedelta(0),
) -> int:
    """Put notices into the outbox, to leave after `wait`. Returns how many are new."""
    written = 0
    for batch in _apart([letter(notice, texts) for notice in notices]):
        written += send(connection, texts, batch, PURPOSE, Priority.REMINDER, now, not_after, due_at=now + wait)
    return written


def _apart(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """The letters in batches in which no phone has two."""
    left = list(letters)
    while left:
        batch = {letter.contact_id: letter for letter in reversed(left)}
        yield list(batch.values())
        left = [letter for letter in left if batch[letter.contact_id] is not letter]
