"""The weekly cap: how many bulk messages a household gets, on all its phones and from all senders together.

A household may have several phones, and a phone several households: somebody is written to only while each household
behind the phone may be. What WhatsApp did not bring and went again by SMS counts once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

import options

WITHIN: Final = timedelta(days=7)
LONGEST_WAIT: Final = timedelta(days=31)
"""Between writing a bulk message and sending it; nothing lives longer."""
LOOK_AGAIN: Final = timedelta(minutes=2)
"""When to ask again about a household that is being written to at this very moment."""
HOUSEHOLDS: Final = 0x11B2E7A
PHONES: Final = HOUSEHOLDS + 1
"""The spaces of our advisory locks."""

_LOCK_HOUSEHOLDS = text(
    """
    SELECT pg_advisory_xact_lock(:space, CAST(family_id AS int)) FROM (
        SELECT here.family_id FROM family_contacts AS here JOIN family_contacts AS phone USING (family_id)
        WHERE here.contact_id = ANY(CAST(:contact_ids AS bigint[]))
        GROUP BY here.family_id HAVING count(DISTINCT phone.contact_id) > 1
        ORDER BY here.family_id
    ) AS several_phones
    """
)
_LOCK_PHONES = text(
    """
    SELECT pg_advisory_xact_lock(:space, CAST(contact_id AS int)) FROM (
        SELECT contact_id FROM outbox_queue WHERE contact_id = ANY(CAST(:contact_ids AS bigint[])) AND priority = 2
        GROUP BY contact_id HAVING count(*) > 1 ORDER BY contact_id
    ) AS several_messages
    """
)

COUNTED_SQL = """
    messages.priority = 2 AND messages.sent_at > :since AND messages.created_at > :written_since
    AND messages.status NOT IN ('failed', 'undelivered', 'canceled', 'refused')
    AND NOT EXISTS (SELECT FROM message_keys WHERE key = 'fallback/' || messages.id)
"""
"""Whether a row of `messages` counts towards the cap."""

_HAD = text(
    f"""
    WITH asked AS (
        SELECT contact_id, household, count(*) OVER (PARTITION BY household) AS claimed
        FROM unnest(CAST(:contact_ids AS bigint[])) AS asked (contact_id) LEFT JOIN family_contacts USING (contact_id)
        CROSS JOIN LATERAL (SELECT coalesce(family_id, -contact_id) AS household) AS behind
    )
    SELECT asked.contact_id, asked.household, had.times, greatest(0, leased.n - asked.claimed) AS under_way
    FROM asked CROSS JOIN LATERAL (
        SELECT ARRAY(
            SELECT asked.contact_id UNION SELECT contact_id FROM family_contacts WHERE family_id = asked.household
        ) AS contact_ids
    ) AS phones CROSS JOIN LATERAL (
        SELECT array_agg(messages.sent_at ORDER BY messages.sent_at) AS times FROM messages
        WHERE messages.contact_id = ANY(phones.contact_ids) AND {COUNTED_SQL}
    ) AS had CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM outbox_queue
        WHERE contact_id = ANY(phones.contact_ids) AND priority = 2 AND lease_until IS NOT NULL
    ) AS leased
    """
)


@dataclass(frozen=True)
class HouseholdCap:
    """Asked by the dispatcher of every bulk message it has claimed, in the transaction of the claim.

    Households with several phones, and phones for which several messages wait, are locked until that ends, so that two
    dispatchers do not each send the last message that is left.
    """

    clock: Callable[[], datetime]

    def __call__(self, connection: Connection, contact_ids: Sequence[int]) -> Mapping[int, datetime]:
        """Until when each of these contacts may get no bulk; those that may are left out."""
        now, most = self.clock(), options.value(connection, options.WEEKLY_CAP)
        connection.execute(_LOCK_HOUSEHOLDS, {"space": HOUSEHOLDS, "contact_ids": list(contact_ids)})
        connection.execute(_LOCK_PHONES, {"space": PHONES, "contact_ids": list(contact_ids)})
        since = now - WITHIN
        asked = {"contact_ids": list(contact_ids), "since": since, "written_since": since - LONGEST_WAIT}
        households: dict[int, list[int]] = {}
        under_way: dict[int, int] = {}
        times: dict[int, Sequence[datetime]] = {}
        for row in connection.execute(_HAD, asked):
            households.setdefault(row.contact_id, []).append(row.household)
            times[row.household] = row.times or ()
            under_way[row.household] = row.under_way
        return _capped(most, contact_ids, households, times, under_way, now)


def _capped(
    most: int,
    contact_ids: Sequence[int],
    households: Mapping[int, Sequence[int]],
    times: Mapping[int, Sequence[datetime]],
    under_way: dict[int, int],
    now: datetime,
) -> Mapping[int, datetime]:
    """`times` are those of what each household got within its week, oldest first; `under_way` is counted up."""
    until: dict[int, datetime] = {}
    for contact_id in contact_ids:
        behind = households[contact_id]
        if full := [household for household in behind if len(times[household]) >= most]:
            until[contact_id] = max(times[household][-most] + WITHIN for household in full)
        elif any(len(times[household]) + under_way[household] >= most for household in behind):
            until[contact_id] = now + LOOK_AGAIN
        else:
            for household in behind:
                under_way[household] += 1
    return until


_FULL = f"""
    SELECT DISTINCT phone.contact_id
    FROM (SELECT family_id FROM messages JOIN family_contacts USING (contact_id)
          WHERE {COUNTED_SQL} GROUP BY family_id HAVING count(*) >= :most) AS full_households
    JOIN family_contacts AS phone USING (family_id)
"""


def full(connection: Connection, now: datetime) -> tuple[str, Mapping[str, object]]:
    """A query, with its parameters, of the contacts that may get no bulk now: for the preview, all at once."""
    since = now - WITHIN
    most = options.value(connection, options.WEEKLY_CAP)
    return _FULL, {"since": since, "written_since": since - LONGEST_WAIT, "most": most}
