"""Whether what a person wrote calls one of its gestores by name: then no gestor reads it."""

from collections.abc import Collection

from sqlalchemy import Connection

from families import assignments, staff
from surveys.reading.text import fold, tokens

PARTICLES = frozenset({"de", "del", "la", "las", "los", "y"})
"""Of names, what every text holds."""


def names_gestor(connection: Connection, text: str, family_ids: Collection[int]) -> bool:
    """Whether a text has a name of a gestor who accompanies one of these families."""
    written = set(tokens(fold(text)))
    gestores = set(assignments.current_gestors(connection, family_ids).values())
    found = (staff.get(connection, gestor_id) for gestor_id in gestores)
    return any(not written.isdisjoint(set(tokens(fold(one.name))) - PARTICLES) for one in found if one is not None)
