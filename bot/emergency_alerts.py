"""Alerts: that somebody wrote of danger, told discreetly to the people whom the coordination names.

The text that reaches their phones says nothing but that there is an alert; who wrote is on a page that only they and
the coordination open. An alert from inside an anonymous survey carries nobody's identity; if the person then asks to be
called, that is another alert, with one, and nothing ties the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    ColumnElement,
    ColumnExpressionArgument,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Row,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot import register
from bot.desk import Office
from bot.proactive import Letter, send
from bot.register import FamilyContact
from db import Base
from families import families, scope
from families.families import one_of
from families.staff import Role, Staff, StaffMember
from messaging import contacts
from messaging.outbox import Priority

PURPOSE = "staff_alert"
ALERT_LIFE = timedelta(hours=12)
COORDINATION = frozenset({Role.ZONAL, Role.UT, Role.NATIONAL})
"""Who names the people that are alerted, and sees every alert of their territory."""


class Danger(StrEnum):
    """What kind of danger was written of, as far as words tell."""

    VIOLENCE = "violence"
    SEXUAL = "sexual"
    CHILD = "child"
    SUICIDE = "suicide"
    DANGER = "danger"


class Outcome(StrEnum):
    """What came of an alert."""

    HELPED = "helped"
    REFERRED = "referred"
    NOT_REACHED = "not_reached"
    NO_DANGER = "no_danger"


class AlertRecipient(Base):
    """A member of the staff who is alerted by phone, and of what, in a territory."""

    __tablename__ = "alert_recipients"

    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"), primary_key=True)
    territory: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id"))
    emergencies: Mapped[bool]
    deadlines: Mapped[bool]


class EmergencyAlert(Base):
    """One alert. Family and contact are empty where the person did not say who they are."""

    __tablename__ = "emergency_alerts"
    __table_args__ = (
        one_of("danger", Danger),
        Index("ix_emergency_alerts_open", "at", postgresql_where=text("attended_at IS NULL")),
        Index("ix_emergency_alerts_family_id", "family_id", postgresql_where=text("family_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    danger: Mapped[str]
    municipality_code: Mapped[str | None] = mapped_column(CHAR(5), ForeignKey("municipalities.code"))
    family_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="SET NULL"))
    contact_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("contacts.id", ondelete="SET NULL"))
    wants_call: Mapped[bool]
    reserved: Mapped[bool] = mapped_column(server_default="false")
    """It speaks of the gestor: no gestor hears of it."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    attended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attended_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    outcome: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as the page shows it."""

    id: int
    danger: Danger
    municipality: str | None
    family_id: int | None
    contact_id: int | None
    wants_call: bool
    at: datetime
    attended_at: datetime | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is alerted."""

    staff_id: int
    name: str
    territory: str
    emergencies: bool
    deadlines: bool


_COLUMNS = (
    EmergencyAlert.id,
    EmergencyAlert.danger,
    EmergencyAlert.municipality_code,
    EmergencyAlert.family_id,
    EmergencyAlert.contact_id,
    EmergencyAlert.wants_call,
    EmergencyAlert.at,
    EmergencyAlert.attended_at,
    EmergencyAlert.outcome,
)


def raise_alert(
    connection: Connection,
    office: Office,
    contact_id: int,
    danger: Danger,
    now: datetime,
    *,
    anonymous: bool,
    wants_call: bool = False,
    reserved: bool = False,
) -> int:
    """Write an alert down and tell the people named for where it belongs; returns its id.

    An `anonymous` one keeps the municipality and nothing else; of a `reserved` one gestores learn nothing.
    The caller rings for the dispatcher after its commit.
    """
    known = register.families_of(connection, contact_id)
    family = families.get(connection, known[0]) if known else None
    municipality = family.municipality if family else None
    alert_id = connection.execute(
        insert(EmergencyAlert)
        .values(
            danger=danger,
            municipality_code=municipality,
            family_id=None if anonymous or len(known) != 1 else known[0],
            contact_id=None if anonymous else contact_id,
            wants_call=wants_call,
            reserved=reserved,
            at=now,
        )
        .returning(EmergencyAlert.id)
    ).scalar_one()
    coordination = StaffMember.role.in_(COORDINATION)
    concerned = and_(AlertRecipient.emergencies, coordination if reserved else true())
    # Where only gestores are named for danger, or nobody, it is for whoever of the coordination is named for anything.
    for these in (concerned, coordination):
        if tell(connection, office, these, municipality, "alert.emergency", f"alert:{alert_id}", now):
            break
    return alert_id


def tell(
    connection: Connection,
    office: Office,
    concerned: ColumnExpressionArgument[bool],
    municipality: str | None,
    key: str,
    dedupe: str,
    now: datetime,
) -> int:
    """Send a text of the catalogue to the people named for this in a municipality; returns how many messages are new.

    `concerned` says of what they are told: a column of `AlertRecipient`, and what else must hold of `StaffMember`.
    """
    named = select(AlertRecipient.contact_id, AlertRecipient.territory).join(
        StaffMember, StaffMember.id == AlertRecipient.staff_id
    )
    rows = connection.execute(named.where(StaffMember.active, concerned))
    phones = sorted({row.contact_id for row in rows if (municipality or "").startswith(row.territory)})
    letters = [Letter(contact_id, key, f"{dedupe}:{contact_id}") for contact_id in phones]
    return send(connection, office.texts, letters, PURPOSE, Priority.REPLY, now, now + ALERT_LIFE) if letters else 0


def in_anonymous_survey(connection: Connection, contact_id: int) -> bool:
    """Whether this contact is in the middle of a survey that must not know who answers."""
    return bool(
        connection.scalar(
            text(
                """
                SELECT EXISTS (
                    SELECT FROM open_responses o JOIN responses r ON r.id = o.response_id
                    JOIN waves w ON w.id = r.wave_id WHERE o.contact_id = :contact_id AND w.anonymous)
                """
            ),
            {"contact_id": contact_id},
        )
    )


# --- what the staff sees -----------------------------------------------------------------------------------------


def visible(staff: Staff) -> ColumnElement[bool]:
    """The condition that an alert is one this person may see: the coordination's, and those named for it."""
    if staff.role in (Role.ENTITY, Role.ADMIN, Role.AUDITOR):
        return false()
    if staff.role is Role.NATIONAL:
        return true()
    named = exists().where(
        AlertRecipient.staff_id == staff.id,
        AlertRecipient.emergencies,
        func.starts_with(EmergencyAlert.municipality_code, AlertRecipient.territory),
    )
    if staff.role is Role.GESTOR:
        return and_(named, ~EmergencyAlert.reserved)
    return or_(scope.municipalities(staff, EmergencyAlert.municipality_code), named)


def listing(connection: Connection, staff: Staff, *, attended: bool = False, limit: int = 100) -> Sequence[Alert]:
    """Alerts that wait, the oldest first; or those attended, the latest first."""
    seen = EmergencyAlert.attended_at.is_not(None) if attended else EmergencyAlert.attended_at.is_(None)
    order = EmergencyAlert.attended_at.desc() if attended else EmergencyAlert.at
    rows = connection.execute(select(*_COLUMNS).where(visible(staff), seen).order_by(order).limit(limit))
    return [_alert(row) for row in rows]


def find(connection: Connection, staff: Staff, alert_id: int) -> Alert | None:
    """An alert that this person may see, or None."""
    row = connection.execute(select(*_COLUMNS).where(EmergencyAlert.id == alert_id, visible(staff))).one_or_none()
    return None if row is None else _alert(row)


def attend(connection: Connection, staff: Staff, alert_id: int, outcome: Outcome, now: datetime) -> bool:
    """Note what came of an alert. False if it is not this person's to see or was attended before."""
    statement = (
        update(EmergencyAlert)
        .where(EmergencyAlert.id == alert_id, visible(staff), EmergencyAlert.attended_at.is_(None))
        .values(attended_at=now, attended_by=staff.id, outcome=outcome)
    )
    return connection.execute(statement).rowcount == 1


def open_again(connection: Connection, staff: Staff, alert_id: int) -> None:
    """Undo `attend`."""
    connection.execute(
        update(EmergencyAlert)
        .where(EmergencyAlert.id == alert_id, visible(staff))
        .values(attended_at=None, attended_by=None, outcome=None)
    )


def recipients(connection: Connection, staff: Staff) -> Sequence[Recipient]:
    """Who is named within where this person works."""
    rows = connection.execute(
        select(
            AlertRecipient.staff_id,
            StaffMember.name,
            AlertRecipient.territory,
            AlertRecipient.emergencies,
            AlertRecipient.deadlines,
        )
        .join(StaffMember, StaffMember.id == AlertRecipient.staff_id)
        .where(StaffMember.active, or_(*(func.starts_with(AlertRecipient.territory, own) for own in staff.territories)))
        .order_by(AlertRecipient.territory, StaffMember.name)
    )
    return [Recipient(*row) for row in rows]


def unheard(connection: Connection, staff: Staff) -> list[str]:
    """The territories of this person where nobody is told by message of danger that speaks of a gestor."""
    told = connection.scalars(
        select(AlertRecipient.territory)
        .join(StaffMember, StaffMember.id == AlertRecipient.staff_id)
        .where(StaffMember.active, StaffMember.role.in_(COORDINATION))
    ).all()
    return [own for own in staff.territories if not any(own.startswith(each) or each.startswith(own) for each in told)]


def name_recipient(
    connection: Connection,
    office: Office,
    staff: Staff,
    recipient_id: int,
    territory: str,
    phone: str,
    now: datetime,
    *,
    emergencies: bool,
    deadlines: bool,
) -> None:
    """Name somebody to be alerted at `phone` (E.164) about a territory of one's own.

    Raises ValueError where the territory is not this person's to name somebody for.
    """
    if staff.role not in COORDINATION or not scope.covers(staff, territory):
        raise ValueError(f"{territory!r} is not for {staff.login} to name somebody for")
    contact_id = contacts.ensure_many(connection, office.cipher, [phone], now)[phone]
    drop_recipient(connection, staff, recipient_id, territory)
    connection.execute(
        insert(AlertRecipient).values(
            staff_id=recipient_id,
            territory=territory,
            contact_id=contact_id,
            emergencies=emergencies,
            deadlines=deadlines,
        )
    )


def drop_recipient(connection: Connection, staff: Staff, recipient_id: int, territory: str) -> None:
    """Alert somebody no longer, if the territory is this person's."""
    if scope.covers(staff, territory):
        connection.execute(
            delete(AlertRecipient).where(AlertRecipient.staff_id == recipient_id, AlertRecipient.territory == territory)
        )


def families_at(connection: Connection, contact_ids: Sequence[int]) -> dict[int, list[int]]:
    """The families of the phones that alerts came from."""
    rows = connection.execute(
        select(FamilyContact.contact_id, FamilyContact.family_id).where(FamilyContact.contact_id.in_(contact_ids))
    )
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row.contact_id, []).append(row.family_id)
    return found


def _alert(row: Row[*tuple[Any, ...]]) -> Alert:
    return Alert(
        id=row.id,
        danger=Danger(row.danger),
        municipality=row.municipality_code,
        family_id=row.family_id,
        contact_id=row.contact_id,
        wants_call=row.wants_call,
        at=row.at,
        attended_at=row.attended_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
    )
