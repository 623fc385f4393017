"""Workbooks that were uploaded and are not published: to be checked, tried and compared first."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import BigInteger, Connection, DateTime, Identity, LargeBinary, delete, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from surveys.attachments import MEDIA_TYPES
from surveys.compile import Compiled, compile_form

TABLES = ".csv"
"""Lists of choices that a form takes from a file of its own."""


class FormDraft(Base):
    """A workbook with the files that go with it, by name, in base64."""

    __tablename__ = "form_drafts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    workbook: Mapped[bytes] = mapped_column(LargeBinary)
    files: Mapped[dict[str, Any]] = mapped_column(JSONB)
    uploaded_by: Mapped[int | None] = mapped_column(BigInteger)
    uploaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with its files opened."""

    id: int
    name: str
    workbook: bytes
    files: Mapping[str, bytes]
    uploaded_at: datetime

    @property
    def tables(self) -> dict[str, bytes]:
        """The files that are lists of choices."""
        return {name: content for name, content in self.files.items() if PurePath(name).suffix.lower() == TABLES}

    @property
    def pictures(self) -> dict[str, bytes]:
        """The files that questions show or play."""
        return {name: content for name, content in self.files.items() if name not in self.tables}

    def compiled(self) -> Compiled:
        """The form, or what is wrong with it."""
        return compile_form(self.workbook, self.tables)


def takes(name: str) -> bool:
    """Whether a file of this name can go with a workbook."""
    return PurePath(name).suffix.lower() in {*MEDIA_TYPES, TABLES}


def keep(
    connection: Connection, name: str, workbook: bytes, files: Mapping[str, bytes], staff_id: int | None, now: datetime
) -> int:
    """Keep an uploaded workbook; returns the id of the draft."""
    draft = insert(FormDraft).values(
        name=name,
        workbook=workbook,
        files={file: b64encode(content).decode() for file, content in files.items()},
        uploaded_by=staff_id,
        uploaded_at=now,
    )
    return connection.execute(draft.returning(FormDraft.id)).scalar_one()


def get(connection: Connection, draft_id: int) -> Draft | None:
    """One draft."""
    row = connection.execute(select(FormDraft).where(FormDraft.id == draft_id)).first()
    if row is None:
        return None
    files = {name: b64decode(content) for name, content in row.files.items()}
    return Draft(row.id, row.name, row.workbook, files, row.uploaded_at)


def listed(connection: Connection) -> list[tuple[int, str, datetime]]:
    """Id, name and time of every draft, the newest first."""
    query = select(FormDraft.id, FormDraft.name, FormDraft.uploaded_at).order_by(FormDraft.id.desc())
    return [(row.id, row.name, row.uploaded_at) for row in connection.execute(query)]


def drop(connection: Connection, draft_id: int) -> None:
    """Forget a draft."""
    connection.execute(delete(FormDraft).where(FormDraft.id == draft_id))
