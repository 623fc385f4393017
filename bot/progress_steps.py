"""The way of an achievement: a family reports it, its gestor verifies it or sends it back, and the family is told.

Whoever is told by message is told nothing of sensitive achievements; those are between the family and its gestor.
"""

from datetime import datetime

from sqlalchemy import Connection

import options
from bot import progress_letters
from bot.desk import Office
from bot.forbidden_words import check
from encryption import Cipher
from families import achievements, claims, life_plan, milestones, progress
from families.claims import Claim, Source, Status, Verdict
from messaging.contact_hours import BOGOTA


class StepError(ValueError):
    """A step that cannot be taken; the message says why, in Spanish, for whoever took it."""


def report(connection: Connection, cipher: Cipher, family_id: int, code: str, now: datetime) -> Status | None:
    """Take down that a family says it has reached something. What it said before, or is verified, stays as it is.

    Returns where it stands then; None for what cannot be reported by message.
    """
    current = achievements.current(connection)
    achievement = current.get(code) if current else None
    if current is None or achievement is None or achievement.sensitive:
        return None
    known = claims.status(connection, family_id, current.id, code)
    if known in (Status.REPORTED, Status.VERIFIED):
        return known
    claims.record(connection, cipher, [Claim(family_id, current.id, code, Source.FAMILY, Verdict.REACHED, now)])
    return Status.REPORTED


def verify(connection: Connection, office: Office, family_id: int, code: str, now: datetime, by: int) -> None:
    """The gestor has seen that a family has reached something. Raises StepError for an unknown achievement."""
    before = _judge(connection, office.cipher, family_id, code, Verdict.REACHED, now, by)
    if before is Status.VERIFIED:
        return
    current = achievements.current(connection)
    assert current is not None
    life_plan.end(connection, family_id, current.id, code, life_plan.Outcome.REACHED, now)
    today = now.astimezone(BOGOTA).date()
    seen = progress.of_family(connection, office.cipher, current, family_id, today).tellable()
    known = options.value(connection, options.MILESTONES)
    milestone = milestones.passed(connection, family_id, seen.verified, known, now)
    achievement = current.get(code)
    if achievement is None or achievement.sensitive:
        return
    if milestone is not None:
        values = {"label": achievement.label, "number": str(milestone)}
        progress_letters.tell(connection, office, family_id, "progress.milestone", code, now, **values)
    elif before is Status.REPORTED:
        progress_letters.tell(connection, office, family_id, "progress.verified", code, now, label=achievement.label)


def send_back(
    connection: Connection, office: Office, family_id: int, code: str, reason: str, now: datetime, by: int
) -> None:
    """The gestor has found that something reported is not reached yet, and says why: the family is told.

    Raises StepError without a reason, with too long a one, or where nothing was reported; ForbiddenWordError for one
    that no message says.
    """
    said = " ".join(reason.split())
    if not said:
        raise StepError("Escriba por qué se devuelve: la familia lo va a leer.")
    if len(said) > LONGEST_REASON:
        raise StepError(f"El motivo lleva a lo más {LONGEST_REASON} letras, para que quepa en el mensaje.")
    current = achievements.current(connection)
    achievement = current.get(code) if current else None
    if current is None or achievement is None:
        raise StepError("No hay ese logro en el catálogo.")
    if claims.status(connection, family_id, current.id, code) is not Status.REPORTED:
        raise StepError("La familia no ha avisado este logro, o ya se le respondió.")
    if not achievement.sensitive:
        check(said)
    _judge(connection, office.cipher, family_id, code, Verdict.NOT_REACHED, now, by, said)
    if not achievement.sensitive:
        values = {"label": achievement.label, "reason": said}
        progress_letters.tell(connection, office, family_id, "progress.sent_back", code, now, **values)


def judge(
    connection: Connection, cipher: Cipher, family_id: int, code: str, verdict: Verdict, now: datetime, by: int
) -> None:
    """The gestor puts down what holds, without a word to the family. Raises StepError for an unknown achievement."""
    _judge(connection, cipher, family_id, code, verdict, now, by)


def take_back(
    connection: Connection, office: Office, family_id: int, code: str, at: datetime, now: datetime, by: int
) -> bool:
    """Undo what this gestor put down at this moment, within the minute in which nothing is said to the family yet.

    Returns whether it could still be undone.
    """
    current = achievements.current(connection)
    if current is None or not at <= now < at + progress_letters.UNDO:
        return False
    if not claims.withdraw(connection, family_id, current.id, code, at, by):
        return False
    life_plan.reopen(connection, family_id, current.id, code, at)
    milestones.forget(connection, family_id, at)
    progress_letters.take_back(connection, office, family_id, code, at)
    progress.work_out(connection, [family_id], now.astimezone(BOGOTA).date())
    return True


LONGEST_REASON = 120
"""Characters, so that the message takes two SMS."""


def _judge(
    connection: Connection,
    cipher: Cipher,
    family_id: int,
    code: str,
    verdict: Verdict,
    now: datetime,
    by: int,
    reason: str = "",
) -> Status:
    """Take down the gestor's word; returns where the family stood before."""
    current = achievements.current(connection)
    if current is None or current.get(code) is None:
        raise StepError("No hay ese logro en el catálogo.")
    before = claims.status(connection, family_id, current.id, code)
    if before is not Status.VERIFIED or verdict is not Verdict.REACHED:
        claim = Claim(family_id, current.id, code, Source.GESTOR, verdict, now, by, reason)
        claims.record(connection, cipher, [claim])
        progress.work_out(connection, [family_id], now.astimezone(BOGOTA).date())
    return before
