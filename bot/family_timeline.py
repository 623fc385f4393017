"""What has happened with a family, for those who accompany it: what it was told, what it reported, how goals went.

Of messages only what they were about is shown, never their words: these may hold answers to an anonymous survey, a
complaint about the very gestor who looks, or what belongs to another family on the same phone. For the same reason
messages to a phone of several families are left out, and invitations to standing waves, such as spot checks of the
gestor's visits: nobody may know who was drawn.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

SHOWN = 60
TOLD = ("session", "progress", "referral", "survey_invitation")
"""Purposes of messages that are shown; what is private between the person and others is not among them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: `kind` is told, claim, goal, enrolment or news; `what` and `about` are codes."""

    at: datetime
    kind: str
    what: str
    about: str


_TIMELINE = text(
    """
    SELECT at, kind, what, about FROM (
        (SELECT created_at AS at, 'told' AS kind, purpose AS what, status AS about
         FROM messages WHERE purpose = ANY(CAST(:told AS text[])) AND contact_id IN (
            SELECT contact_id FROM family_contacts AS mine WHERE family_id = :family_id AND NOT EXISTS (
                SELECT FROM family_contacts AS other
                WHERE other.contact_id = mine.contact_id AND other.family_id <> :family_id))
            AND NOT EXISTS (
                SELECT FROM campaign_plans AS plan JOIN waves ON waves.id = plan.wave_id AND waves.standing
                WHERE plan.campaign_id = messages.campaign_id)
         ORDER BY created_at DESC LIMIT :shown)
        UNION ALL
        (SELECT at, 'claim', source || '.' || verdict, code
         FROM achievement_claims WHERE family_id = :family_id ORDER BY id DESC LIMIT :shown)
        UNION ALL
        (SELECT goal_answers.at, 'goal', answer, code
         FROM goal_answers JOIN life_plan_goals ON life_plan_goals.id = goal_id
         WHERE family_id = :family_id ORDER BY goal_answers.id DESC LIMIT :shown)
        UNION ALL
        (SELECT at, 'enrolment', step, reason
         FROM enrolment_steps WHERE family_id = :family_id ORDER BY id DESC LIMIT :shown)
        UNION ALL
        (SELECT at, 'news', kind, about
         FROM family_news WHERE family_id = :family_id ORDER BY id DESC LIMIT :shown)
    ) AS happened ORDER BY at DESC LIMIT :shown
    """
)


def timeline(connection: Connection, family_id: int) -> list[Entry]:
    """The last things that happened with a family, the latest first."""
    rows = connection.execute(_TIMELINE, {"family_id": family_id, "told": list(TOLD), "shown": SHOWN})
    return [Entry(row.at, row.kind, row.what, row.about) for row in rows]
