"""The progress of the demo's families: what was verified, what waits to be, and some life plans. Invented."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection

from bot import progress_questions
from encryption import Cipher
from families import achievements, assignments, claims, families, progress
from families.applicability import rule
from families.catalogue import Achievement
from families.claims import Claim, Source, Verdict
from families.families import FamilyRecord
from messaging.contact_hours import BOGOTA

EASY = frozenset({"ID1", "HA4", "HA10", "SA1", "ED3", "NU1", "HA8", "SA5", "SA7"})
"""Achievements that most families have."""
LOOKED_AT = 400
"""Families whose baseline is complete; of the others little is known yet."""
WITH_PLAN = 60
"""Families that have chosen goals: the first."""
WITH_REPORT = 25
"""Families that have reported an achievement which nobody has verified yet."""
GOALS = 3


def settle(
    connection: Connection, cipher: Cipher, records: Sequence[FamilyRecord], now: datetime, random: Random
) -> None:
    """Give families their progress: a baseline a year ago, and what came since."""
    current = achievements.current(connection)
    assert current is not None
    today = now.astimezone(BOGOTA).date()
    ids = [record.id for record in records]
    gestores = assignments.current_gestors(connection, ids)
    households = families.households(connection, ids)
    made: list[Claim] = []
    for place, family_id in enumerate(ids):
        counting = [one for one in current.achievements if rule(one.applies_to)(households[family_id], today)]
        others = 0.35 if place < LOOKED_AT else 0.02
        reached = [one for one in counting if random.random() < (0.85 if one.code in EASY else others)]
        at = now - timedelta(days=random.randrange(60, 400))
        made += [
            Claim(family_id, current.id, one.code, Source.GESTOR, Verdict.REACHED, at, gestores.get(family_id))
            for one in reached
        ]
        still_open = [one for one in counting if one not in reached and not one.sensitive]
        if WITH_PLAN <= place < WITH_PLAN + WITH_REPORT and still_open:
            made.append(_reported(family_id, current.id, random.choice(still_open), now, random))
        if place < WITH_PLAN:
            for goal in random.sample(still_open, min(GOALS, len(still_open))):
                by = gestores.get(family_id)
                progress_questions.choose(connection, family_id, current.id, goal.code, now, by)
    claims.record(connection, cipher, made)
    progress.work_out(connection, ids, today)


def _reported(family_id: int, catalogue_id: int, achievement: Achievement, now: datetime, random: Random) -> Claim:
    at = now - timedelta(hours=random.randrange(2, 200))
    return Claim(family_id, catalogue_id, achievement.code, Source.FAMILY, Verdict.REACHED, at)
