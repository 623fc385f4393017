"""What families are told of their progress unasked: what their gestor found, and once a month how a goal goes.

On a phone of several families nothing is told but that there is news, and for whom: it is read after the question who
writes.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.desk import Office
from bot.dialogues import goals
from bot.proactive import Letter, send
from bot.session_reach import Reached, reach
from messaging.outbox import Priority
from messaging.withdrawal import withdraw

PURPOSE = "progress"
"""What a person may stop by itself."""
LIFE = timedelta(days=7)
UNDO = timedelta(minutes=1)
"""What a gestor found waits so long in the outbox, so that it can be taken back before anybody reads it."""
TOLD = ("progress.verified", "progress.milestone", "progress.sent_back")


def tell(
    connection: Connection, office: Office, family_id: int, key: str, code: str, now: datetime, **values: str
) -> int:
    """Tell a family something of one of its achievements. Returns how many messages are new: 0 without a phone."""
    letter = Letter(0, key, _key(key, family_id, code, now), values)
    return _write(connection, office, family_id, letter, now, due_at=now + UNDO)


def take_back(connection: Connection, office: Office, family_id: int, code: str, at: datetime) -> None:
    """Do not tell what was to be told of an achievement since this moment, if it has not left."""
    to = reach(connection, office.cipher, [family_id])[family_id]
    if isinstance(to, Reached):
        withdraw(connection, [to.contact_id], [_key(key, family_id, code, at) for key in TOLD])


def ask(connection: Connection, office: Office, family_id: int, goal_id: int, label: str, now: datetime) -> int:
    """Ask a family how a goal goes. Returns how many messages are new."""
    options = [(f"{goals.NAME}:{goal_id}:{answer}", f"goals.option.{answer}") for answer in goals.ANSWERS]
    dedupe_key = f"goal:{goal_id}:{now.date().isoformat()}"
    opens = goals.question(family_id, goal_id, label)
    letter = Letter(0, "goals.ask", dedupe_key, {"label": label}, options, opens)
    return _write(connection, office, family_id, letter, now)


def phone_added(connection: Connection, office: Office, phones: Iterable[int], family_id: int, now: datetime) -> None:
    """Tell the phones that a family had already that another was added, without saying which or for whom."""
    letters = [
        Letter(phone, "who.phone_added", f"phone_added:{family_id}:{phone}:{now.isoformat()}") for phone in phones
    ]
    send(connection, office.texts, letters, PURPOSE, Priority.REMINDER, now, now + LIFE)


def _key(key: str, family_id: int, code: str, at: datetime) -> str:
    return f"{key}:{family_id}:{code}:{at.isoformat()}"


def _write(
    connection: Connection,
    office: Office,
    family_id: int,
    letter: Letter,
    now: datetime,
    due_at: datetime | None = None,
) -> int:
    to = reach(connection, office.cipher, [family_id])[family_id]
    if not isinstance(to, Reached):
        return 0
    addressed = _addressed(letter, to, office)
    return send(connection, office.texts, [addressed], PURPOSE, Priority.REMINDER, now, now + LIFE, due_at=due_at)


def _addressed(letter: Letter, to: Reached, office: Office) -> Letter:
    if not to.name:
        return replace(letter, contact_id=to.contact_id, values={"to": "", **letter.values})
    values = {"to": office.texts.text("session.to", to.language, name=to.name)}
    key = "goals.news" if letter.opens else "progress.news"
    return Letter(to.contact_id, key, letter.dedupe_key, values)
