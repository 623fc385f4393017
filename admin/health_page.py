"""How the service is doing, for whoever administers it: servers, what waits and for how long, channels."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, text

from admin.health import redis_answers
from admin.language import mark
from admin.permission import permits
from admin.services import services
from families.staff import Role

LATE: Final = timedelta(minutes=5)
"""What has been due for longer than this waits for something that is broken, not for its turn."""

WAITING: Final = text("""
    SELECT 'outbox' AS what, count(*) AS n, min(due_at) AS since FROM outbox_queue WHERE due_at <= :now
    UNION ALL SELECT 'deferred', count(*), NULL FROM outbox_queue WHERE due_at > :now
    UNION ALL SELECT 'timers', count(*), min(due_at) FROM timers WHERE due_at <= :now
    UNION ALL SELECT 'answers', count(*), NULL FROM answer_deltas
""")

SENT: Final = text("""
    SELECT channel, status, count(*) AS n FROM messages WHERE created_at > :since
    GROUP BY channel, status ORDER BY channel, status
""")

NAMES: Final = {
    "outbox": mark("Mensajes por salir"),
    "deferred": mark("Mensajes que esperan su hora"),
    "timers": mark("Tareas que ya debían hacerse"),
    "answers": mark("Respuestas por sumar a las cifras"),
}

STATUSES: Final = {
    "queued": mark("en cola"),
    "sending": mark("saliendo"),
    "replied": mark("respondido"),
    "sent": mark("enviado"),
    "delivered": mark("entregado"),
    "read": mark("leído"),
    "undelivered": mark("no entregado"),
    "failed": mark("falló"),
    "refused": mark("no se permitió"),
    "canceled": mark("cancelado"),
    "unknown": mark("por averiguar"),
}

health_page = Blueprint("health_page", __name__, url_prefix="/admin/salud")


@dataclass(frozen=True, slots=True)
class Queue:
    """Work that waits, and how long the oldest has been due."""

    name: str
    n: int
    since: datetime | None
    late: bool


@health_page.get("/")
@permits(Role.ADMIN, Role.NATIONAL)
def overview() -> ResponseReturnValue:
    """The state of everything, as of now."""
    wired, now = services(), datetime.now(UTC)
    with wired.database.transaction() as connection:
        queues = _queues(connection, now)
        sent = connection.execute(SENT, {"since": now - timedelta(days=1)}).all()
    twilio = wired.settings.twilio
    return render_template(
        "health/overview.html",
        redis=redis_answers(wired.settings.redis_url),
        queues=queues,
        names=NAMES,
        statuses=STATUSES,
        sent=sent,
        sms=bool(twilio and (twilio.sms_from or twilio.messaging_service_sid)),
        whatsapp=bool(twilio and twilio.whatsapp_from),
        now=now,
    )


def _queues(connection: Connection, now: datetime) -> list[Queue]:
    rows = connection.execute(WAITING, {"now": now})
    return [Queue(row.what, row.n, row.since, bool(row.since and now - row.since > LATE)) for row in rows]
