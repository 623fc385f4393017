"""One-time links by which a person chooses a password: an administrator makes them and hands them over."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, LargeBinary, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families import staff, staff_sessions
from families.staff import Staff, StaffMember

VALID = timedelta(hours=24)


class StaffLink(Base):
    """A link that has not been used; of its token only a hash is kept. A person has one at most."""

    __tablename__ = "staff_links"

    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def make(connection: Connection, staff_id: int, now: datetime) -> str:
    """The token of a new link; the one that the person had before opens nothing any more."""
    token = secrets.token_urlsafe(24)
    connection.execute(delete(StaffLink).where(StaffLink.staff_id == staff_id))
    connection.execute(insert(StaffLink).values(staff_id=staff_id, token_hash=_hash(token), expires_at=now + VALID))
    return token


def owner(connection: Connection, token: str, now: datetime) -> Staff | None:
    """Whose link this is, as long as it can be used and the account is open."""
    row = connection.execute(
        select(StaffMember)
        .join(StaffLink, StaffLink.staff_id == StaffMember.id)
        .where(StaffLink.token_hash == _hash(token), StaffLink.expires_at > now, StaffMember.active)
    ).first()
    return staff.as_staff(row) if row else None


def use(connection: Connection, token: str, password: str, now: datetime) -> Staff | None:
    """Give the owner of a link their new password and end their sessions; None if the link cannot be used.

    Raises StaffError if the password is too short; the link can then be used once more.
    """
    found = owner(connection, token, now)
    if found is None:
        return None
    staff.set_password(connection, found.id, password)
    staff_sessions.end_others(connection, found.id, None, now)
    connection.execute(delete(StaffLink).where(StaffLink.staff_id == found.id))
    return found


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
