"""Up to when something has been seen to."""

from datetime import datetime

from sqlalchemy import Connection, DateTime, text
from sqlalchemy.orm import Mapped, mapped_column

from db import Base


class Watermark(Base):
    """Everything of a kind up to a moment is done."""

    __tablename__ = "watermarks"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


READ = text("SELECT at FROM watermarks WHERE name = :name")
ADVANCE = text("""
    INSERT INTO watermarks (name, at) VALUES (:name, :at)
    ON CONFLICT (name) DO UPDATE SET at = greatest(watermarks.at, excluded.at)
""")


def read(connection: Connection, name: str) -> datetime | None:
    """Up to when it was done; None if never."""
    at: datetime | None = connection.execute(READ, {"name": name}).scalar_one_or_none()
    return at


def advance(connection: Connection, name: str, at: datetime) -> None:
    """Note that it is done up to `at`; never goes back."""
    connection.execute(ADVANCE, {"name": name, "at": at})
