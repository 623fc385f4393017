"""«Por verificar»: what families have reached by their own account, and other news of them that wait for the gestor."""

from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin.families import READERS
from admin.family import WRITERS
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from families import achievements, audit, claims, families, news, scope
from families.families import Family

SHOWN: Final = 30
"""Of each list: the oldest, which have waited longest."""

achievement_pages = Blueprint("achievements", __name__, url_prefix="/admin/por-verificar")


@achievement_pages.get("")
@permits(*READERS)
def queue() -> ResponseReturnValue:
    """What waits, the oldest first."""
    person, now = member(), datetime.now(UTC)
    where = scope.families(person, Family.id, Family.municipality_code)
    with services().database.transaction() as connection:
        current = achievements.current(connection)
        reported = claims.reported(connection, where, current.id, SHOWN) if current else []
        items = news.unseen(connection, where, SHOWN)
        ids = {one.family_id for one in reported} | {one.family_id for one in items}
        names = families.head_names(connection, services().cipher, ids)
        audit.record_many(connection, person.id, "viewed", "family", sorted(names), now, page="achievements")
    return render_template(
        "families/queue.html",
        reported=reported,
        items=items,
        names=names,
        labels={each.code: each for each in current.achievements} if current else {},
        writes=person.role in WRITERS,
        shown=SHOWN,
    )
