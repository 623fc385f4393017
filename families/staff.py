"""The people who work with the families, what they are and where they work. Passwords are kept as argon2
hashes.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Connection,
    DateTime,
    Identity,
    Row,
    SmallInteger,
    Text,
    case,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import Base

MINIMUM_PASSWORD = 10

MOST_FAILURES = 10
LOCKED = timedelta(minutes=15)
"""After so many wrong passwords or codes in a row an account opens to nobody for so long."""

NO_PASSWORD = "!"
"""Stands for the hash of an account whose password nobody has chosen yet: nothing matches it."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's minimum for argon2id
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


class Role(StrEnum):
    """What a member of the staff is; it decides what kind of territory they work in."""

    GESTOR = "gestor"
    ZONAL = "zonal"
    UT = "ut"
    NATIONAL = "national"
    AUDITOR = "auditor"
    ENTITY = "entity"
    ADMIN = "admin"


TERRITORY_LENGTHS: dict[Role, frozenset[int]] = {
    Role.GESTOR: frozenset({5}),
    Role.ZONAL: frozenset({5}),
    Role.UT: frozenset({2}),
    Role.NATIONAL: frozenset({0}),
    Role.AUDITOR: frozenset({0}),
    Role.ENTITY: frozenset({0, 2, 5}),
    Role.ADMIN: frozenset({0}),
}


SECOND_STEP = frozenset({Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR, Role.ADMIN})


class StaffMember(Base):
    """An account. `territories` are territory codes, see `families.territory`."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ({})".format(", ".join(f"'{role}'" for role in Role)), name="role"),
        CheckConstraint("(role = 'entity') = (entity <> '')", name="entity"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    territories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    entity: Mapped[str] = mapped_column(server_default="")
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default="true")
    demo: Mapped[bool] = mapped_column(server_default="false")
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_login_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of the staff who may work now."""

    id: int
    login: str
    name: str
    role: Role
    territories: tuple[str, ...]
    entity: str = ""
    """The institution whose delegate this is; empty for everybody else."""
    demo: bool = False
    """An account of the demo: it needs no second step to log in, and is of no use where there are real families."""

    @property
    def needs_second_step(self) -> bool:
        """Whether a code of a telephone is asked besides the password: of whoever sees more than their own families."""
        return self.role in SECOND_STEP and not self.demo


class StaffError(ValueError):
    """An account that cannot be made; the message says why, in Spanish, for the person who asked for it."""


def add(
    connection: Connection,
    *,
    login: str,
    name: str,
    role: Role,
    password: str | None,
    territories: tuple[str, ...] = ("",),
    entity: str = "",
    demo: bool = False,
) -> Staff:
    """Make an account; without a password it opens once one is chosen by a link (`staff_links`).

    Raises StaffError on a malformed or taken login, a short password or territories that the role cannot have.
    """
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise StaffError("El usuario lleva de 2 a 40 letras sin tilde, números, puntos o guiones.")
    _check(name, role, territories, entity)
    if connection.scalar(select(StaffMember.id).where(StaffMember.login == login)) is not None:
        raise StaffError("Ya hay alguien con ese usuario.")
    account = insert(StaffMember).values(
        login=login,
        name=name.strip(),
        role=role,
        territories=list(territories),
        entity=entity,
        password_hash=NO_PASSWORD if password is None else _hash(password),
        demo=demo,
    )
    identity = connection.execute(account.returning(StaffMember.id)).scalar_one()
    return Staff(identity, login, name.strip(), role, territories, entity, demo)


def change(
    connection: Connection, staff_id: int, *, name: str, role: Role, territories: tuple[str, ...], entity: str = ""
) -> None:
    """Give somebody another name, role or territory. Raises StaffError as `add` does."""
    _check(name, role, territories, entity)
    connection.execute(
        update(StaffMember)
        .where(StaffMember.id == staff_id)
        .values(name=name.strip(), role=role, territories=list(territories), entity=entity)
    )


def authenticate(connection: Connection, login: str, password: str, now: datetime) -> Staff | None:
    """The active member of the staff with this login and password, or None, as long as the account is locked.

    An unknown login takes as long as a wrong password, so that the time does not tell which logins exist.
    """
    row = _by_login(connection, login)
    matches = _matches(row.password_hash if row else _decoy(), password)
    if row is None or (row.locked_until is not None and row.locked_until > now):
        return None
    if not matches:
        failed(connection, row.id, now)
        return None
    changes: dict[str, object] = {"last_login_at": now, "failures": 0}
    if _hasher.check_needs_rehash(row.password_hash):
        changes["password_hash"] = _hasher.hash(password)
    connection.execute(update(StaffMember).where(StaffMember.id == row.id).values(changes))
    return as_staff(row)


def failed(connection: Connection, staff_id: int, now: datetime) -> None:
    """Count a wrong password or code; after `MOST_FAILURES` in a row the account is locked for a while."""
    failures = StaffMember.failures + 1
    connection.execute(
        update(StaffMember)
        .where(StaffMember.id == staff_id)
        .values(
            failures=case((failures >= MOST_FAILURES, 0), else_=failures),
            locked_until=case((failures >= MOST_FAILURES, now + LOCKED), else_=StaffMember.locked_until),
        )
    )


def locked(connection: Connection, staff_id: int, now: datetime) -> bool:
    """Whether the account is locked now."""
    until = connection.scalar(select(StaffMember.locked_until).where(StaffMember.id == staff_id))
    return until is not None and until > now


def get(connection: Connection, staff_id: int) -> Staff | None:
    """The active member of the staff with this id, or None: a closed account ends its sessions at once."""
    row = connection.execute(select(StaffMember).where(StaffMember.id == staff_id, StaffMember.active)).first()
    return as_staff(row) if row else None


def find(connection: Connection, login: str) -> Staff | None:
    """The active member of the staff with this login, or None."""
    row = _by_login(connection, login)
    return as_staff(row) if row else None


def listing(connection: Connection, *, active: bool = True) -> list[Staff]:
    """All active accounts (or all deactivated ones) by role and login."""
    rows = connection.execute(
        select(StaffMember)
        .where(StaffMember.active.is_(active))
        .order_by(StaffMember.role, func.lower(StaffMember.login))
    )
    return [as_staff(row) for row in rows]


def set_password(connection: Connection, staff_id: int, password: str) -> None:
    """Give a new password, and unlock the account. Raises StaffError if it is too short."""
    connection.execute(
        update(StaffMember)
        .where(StaffMember.id == staff_id)
        .values(password_hash=_hash(password), failures=0, locked_until=None)
    )


def knows_password(connection: Connection, staff_id: int, password: str) -> bool:
    """Whether this is the person's password: asked again before something that a passer-by must not do."""
    kept = connection.scalar(select(StaffMember.password_hash).where(StaffMember.id == staff_id))
    return kept is not None and _matches(kept, password)


def deactivate(connection: Connection, staff_id: int) -> None:
    """Close the account; what it did stays recorded under its name."""
    connection.execute(update(StaffMember).where(StaffMember.id == staff_id).values(active=False))


def reactivate(connection: Connection, staff_id: int) -> None:
    """Open a closed account again."""
    connection.execute(update(StaffMember).where(StaffMember.id == staff_id).values(active=True))


def _check(name: str, role: Role, territories: tuple[str, ...], entity: str) -> None:
    if not name.strip():
        raise StaffError("Falta el nombre.")
    if not territories or not all(_fits(role, code) for code in territories):
        raise StaffError("El territorio no corresponde al cargo.")
    if (role is Role.ENTITY) != bool(entity):
        raise StaffError("Solo un delegado de entidad lleva entidad, y siempre la lleva.")


def _fits(role: Role, territory: str) -> bool:
    return len(territory) in TERRITORY_LENGTHS[role] and (not territory or territory.isdecimal())


def _by_login(connection: Connection, login: str) -> Row[StaffMember] | None:
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        return None
    return connection.execute(select(StaffMember).where(StaffMember.login == login, StaffMember.active)).first()


def check_password(password: str, login: str) -> None:
    """Raises StaffError if a password is too short, one character over and over, or the login."""
    if len(password) < MINIMUM_PASSWORD:
        raise StaffError(f"La contraseña lleva al menos {MINIMUM_PASSWORD} caracteres.")
    if len(set(password)) < 4 or login in password.lower():
        raise StaffError("Esa contraseña se adivina: use varias palabras que no sean su usuario.")


def _hash(password: str) -> str:
    if len(password) < MINIMUM_PASSWORD:
        raise StaffError(f"La contraseña lleva al menos {MINIMUM_PASSWORD} caracteres.")
    return _hasher.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    return _hasher.hash("the hash that no login has")


def as_staff(row: Any) -> Staff:
    """The member of the staff in a row with the columns of `StaffMember`."""
    return Staff(row.id, row.login, row.name, Role(row.role), tuple(row.territories), row.entity, row.demo)
