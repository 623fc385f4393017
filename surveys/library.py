"""The library of questionnaires: a form version never changes once it is published."""

from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, Connection, DateTime, Engine, Identity, LargeBinary, Text, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from surveys.form import Form

_loaded: WeakKeyDictionary[Engine, dict[int, Form]] = WeakKeyDictionary()
"""Compiled forms by database and version: a process meets few, and they never change."""


class FormVersion(Base):
    """A published questionnaire: its canonical `definition` that the engine runs, its `workbook` as it was uploaded."""

    __tablename__ = "form_versions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    form_id: Mapped[str]
    version: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    title: Mapped[str]
    definition: Mapped[str] = mapped_column(Text)
    workbook: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_by: Mapped[int | None] = mapped_column(BigInteger)
    retired_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def publish(connection: Connection, form: Form, workbook: bytes, now: datetime, published_by: int | None = None) -> int:
    """Store a form and return the id of its version; the same form again gives the id it has."""
    values = {
        "form_id": form.name,
        "version": form.version,
        "digest": bytes.fromhex(form.digest),
        "title": form.title,
        "definition": form.to_json(),
        "workbook": workbook,
        "published_at": now,
        "published_by": published_by,
    }
    statement = insert(FormVersion).values(values).on_conflict_do_nothing().returning(FormVersion.id)
    created = connection.scalar(statement)
    if created is not None:
        return created
    found = select(FormVersion.id).where(FormVersion.digest == values["digest"])
    return connection.execute(found).scalar_one()


def load(connection: Connection, version_id: int) -> Form:
    """The form of a version, kept compiled from then on. Raises NoResultFound for an id that is none."""
    loaded = _loaded.setdefault(connection.engine, {})
    if version_id not in loaded:
        query = select(FormVersion.definition).where(FormVersion.id == version_id)
        loaded[version_id] = Form.from_json(connection.execute(query).scalar_one())
    return loaded[version_id]


def retire(connection: Connection, version_id: int, now: datetime) -> None:
    """Offer a version for new waves no more; waves that use it go on."""
    connection.execute(
        update(FormVersion).where(FormVersion.id == version_id, FormVersion.retired_at.is_(None)).values(retired_at=now)
    )


def listed(connection: Connection) -> list[FormVersion]:
    """The versions that new waves may use, newest first, without their definitions and workbooks."""
    columns = [column for column in FormVersion.__table__.columns if column.name not in ("definition", "workbook")]
    query = select(*columns).where(FormVersion.retired_at.is_(None)).order_by(FormVersion.id.desc())
    return [FormVersion(**row._mapping) for row in connection.execute(query)]
