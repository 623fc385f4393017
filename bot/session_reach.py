"""Through which phone a family is told of its sessions, and why not where none serves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, text

from bot import register
from encryption import Cipher


class Unreached(StrEnum):
    """Why no message about a session can be written for a family."""

    NO_PHONE = "no_phone"
    STOPPED = "stopped"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Reached:
    """The phone of a family: the one heard from last. `name` says for whom a message is, on a phone of several."""

    contact_id: int
    language: str
    name: str = ""


_REACH = text(
    """
    SELECT DISTINCT ON (family.id) family.id AS family_id, contact.id AS contact_id, contact.language,
           contact.stopped_at IS NOT NULL AS stopped, contact.quarantined_at IS NOT NULL AS quarantined,
           EXISTS (SELECT FROM family_contacts AS other
                   WHERE other.contact_id = contact.id AND other.family_id <> family.id) AS shared
    FROM unnest(CAST(:families AS bigint[])) AS family (id)
    LEFT JOIN family_contacts AS link ON link.family_id = family.id
    LEFT JOIN contacts AS contact ON contact.id = link.contact_id
    ORDER BY family.id, (contact.stopped_at IS NULL AND contact.quarantined_at IS NULL) DESC,
             contact.last_inbound_at DESC NULLS LAST, contact.id
    """
)


def reach(connection: Connection, cipher: Cipher, family_ids: Collection[int]) -> Mapping[int, Reached | Unreached]:
    """For each family the phone that may be written to, or why there is none."""
    rows = connection.execute(_REACH, {"families": sorted(family_ids)}).all()
    sharing = [row.family_id for row in rows if row.shared]
    names = register.labels(connection, cipher, sharing) if sharing else {}
    found: dict[int, Reached | Unreached] = {}
    for row in rows:
        if row.contact_id is None:
            found[row.family_id] = Unreached.NO_PHONE
        elif row.stopped:
            found[row.family_id] = Unreached.STOPPED
        elif row.quarantined:
            found[row.family_id] = Unreached.QUARANTINED
        else:
            found[row.family_id] = Reached(row.contact_id, row.language, names.get(row.family_id, ""))
    return found
