"""Pictures and sounds that a form's questions show, kept with the version they were published with."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Connection, ForeignKey, LargeBinary, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from db import Base

MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".amr": "audio/amr",
    ".mp4": "video/mp4",
}
"""What WhatsApp shows (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages)."""
LARGEST = 5_000_000
"""Bytes of one file: the least of WhatsApp's limits, that for pictures."""


class FormFile(Base):
    """A file of a form version. Its id is its address, which nobody can guess."""

    __tablename__ = "form_files"
    __table_args__ = (UniqueConstraint("form_version_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    form_version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("form_versions.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class AttachmentError(ValueError):
    """A file that cannot be shown: the one called `name`. The message says why, for the operator."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it is served."""

    media_type: str
    content: bytes


_addresses: dict[int, Mapping[str, UUID]] = {}
"""By form version, which never changes once published."""


def keep(connection: Connection, version_id: int, files: Mapping[str, bytes]) -> None:
    """Store the files of a version that is being published; those it has already stay. Raises AttachmentError."""
    rows = [
        {
            "id": uuid4(),
            "form_version_id": version_id,
            "name": name,
            "media_type": _media_type(name, content),
            "content": content,
        }
        for name, content in files.items()
    ]
    if rows:
        connection.execute(insert(FormFile).on_conflict_do_nothing(), rows)


def address(connection: Connection, version_id: int, name: str) -> UUID | None:
    """The address of a file by the name that the form gives it; None if the version has no such file."""
    if version_id not in _addresses:
        rows = connection.execute(select(FormFile.name, FormFile.id).where(FormFile.form_version_id == version_id))
        _addresses[version_id] = {row.name: row.id for row in rows}
    return _addresses[version_id].get(PurePath(name).name)


def read(connection: Connection, file_id: UUID) -> Attachment | None:
    """A file by its address."""
    query = select(FormFile.media_type, FormFile.content).where(FormFile.id == file_id)
    row = connection.execute(query).one_or_none()
    return row and Attachment(row.media_type, bytes(row.content))


def pictures(connection: Connection, file_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these files that are pictures."""
    if not file_ids:
        return frozenset()
    query = select(FormFile.id).where(FormFile.id.in_(file_ids), FormFile.media_type.startswith("image/"))
    return frozenset(connection.scalars(query))


def _media_type(name: str, content: bytes) -> str:
    if len(content) > LARGEST:
        raise AttachmentError(name, f"larger than {LARGEST // 1_000_000} MB, which WhatsApp does not show")
    try:
        return MEDIA_TYPES[PurePath(name).suffix.lower()]
    except KeyError:
        known = ", ".join(MEDIA_TYPES)
        raise AttachmentError(name, f"not a kind of file that WhatsApp shows ({known})") from None
