"""Which families a phone is of."""

from collections.abc import Callable, Mapping
from typing import Any

from bot import register
from bot.desk import Desk
from bot.dialogues.machine import Answer, Request
from bot.dialogues.who import Families, FindFamilies
from families import families


def find(_request: FindFamilies, desk: Desk) -> Families:
    """The families of the phone, each by the first name and the initial of its head."""
    family_ids = register.families_of(desk.connection, desk.contact_id)
    names = families.head_names(desk.connection, desk.office.cipher, family_ids)
    return Families(tuple((family_id, short(names.get(family_id, ""))) for family_id in family_ids))


def short(name: str) -> str:
    """A name as it may stand on a shared phone: «Luz Marina Pérez» → «Luz P.»."""
    first, *others = name.split() or [""]
    return f"{first} {others[-1][0]}." if others else first


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {FindFamilies: find}
