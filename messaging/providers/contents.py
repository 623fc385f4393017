"""What must be registered at Twilio before WhatsApp shows it: buttons, lists, and templates that open a conversation.

A few generic contents with variables serve every question. Templates are named by the catalogue of texts; WhatsApp
approves each. The table remembers which content has which ContentSid, and how far its approval is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, DateTime, text
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from messaging.content import BUTTONS_MAX, LIST_MAX

NO_APPROVAL_NEEDED = "session"
UNSUBMITTED, APPROVED, REJECTED = "unsubmitted", "approved", "rejected"
SETTLED = (NO_APPROVAL_NEEDED, APPROVED, REJECTED)


class ProviderContent(Base):
    """A content registered at Twilio."""

    __tablename__ = "provider_contents"

    name: Mapped[str] = mapped_column(primary_key=True)
    sid: Mapped[str]
    approval: Mapped[str]
    """session (none needed) | unsubmitted | received | pending | approved | rejected | paused | disabled"""
    rejection: Mapped[str | None]
    checked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Template:
    """A text that may open a conversation; `{{1}}`, `{{2}}`… are filled by the variables. Approved by WhatsApp."""

    name: str
    body: str
    language: str = "es"
    category: str = "UTILITY"
    examples: Mapping[str, str] = field(default_factory=dict)
    """A value for each variable, for those who approve."""


def generic_contents(button: str) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """(name, types, example variables) of the contents for buttons and lists; `button` opens a list («Ver»)."""
    for count in range(1, BUTTONS_MAX + 1):
        actions = [{"title": f"{{{{{2 * n}}}}}", "id": f"{{{{{2 * n + 1}}}}}"} for n in range(1, count + 1)]
        types = {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}
        yield f"buttons-{count}", types, _examples(2 * count + 1)
    for count in range(1, LIST_MAX + 1):
        items = [
            {"item": f"{{{{{3 * n - 1}}}}}", "id": f"{{{{{3 * n}}}}}", "description": f"{{{{{3 * n + 1}}}}}"}
            for n in range(1, count + 1)
        ]
        types = {"twilio/list-picker": {"body": "{{1}}", "button": button, "items": items}}
        yield f"list-{count}", types, _examples(3 * count + 1)


def _examples(count: int) -> dict[str, str]:
    return {str(number): str(number) for number in range(1, count + 1)}


KNOWN = text("SELECT name, sid, approval FROM provider_contents")
REMEMBER = text("""
    INSERT INTO provider_contents (name, sid, approval, rejection, checked_at)
    VALUES (:name, :sid, :approval, :rejection, :now)
    ON CONFLICT (name) DO UPDATE SET approval = excluded.approval, rejection = excluded.rejection,
                                     checked_at = excluded.checked_at
""")


def registered(connection: Connection) -> dict[str, str]:
    """ContentSid of every content that may be sent now, by name."""
    rows = connection.execute(KNOWN)
    return {row.name: row.sid for row in rows if row.approval in (NO_APPROVAL_NEEDED, APPROVED)}


def known(connection: Connection) -> dict[str, tuple[str, str]]:
    """(ContentSid, state of approval) of every content ever registered, by name."""
    return {row.name: (row.sid, row.approval) for row in connection.execute(KNOWN)}


def remember(
    connection: Connection, name: str, sid: str, approval: str, now: datetime, rejection: str | None = None
) -> None:
    """Note a registered content, or how its approval went on."""
    parameters = {"name": name, "sid": sid, "approval": approval, "rejection": rejection, "now": now}
    connection.execute(REMEMBER, parameters)
