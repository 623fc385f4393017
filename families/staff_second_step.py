"""The second step of logging in: codes that a telephone shows (TOTP, RFC 6238), and recovery codes on paper.

The telephone's secret is sealed; of recovery codes only hashes are kept. A code opens once: neither the one just used
nor an older one is taken again.
"""

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    ForeignKey,
    LargeBinary,
    PrimaryKeyConstraint,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from encryption import Cipher

ISSUER = "Libreta JUNTOS"
PURPOSE = "second step"
STEP = 30
"""Seconds for which a code is shown."""
DRIFT = 1
"""Steps that a telephone's clock may be early or late."""
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of recovery codes: none that is read as another."""


class SecondStep(Base):
    """The secret shared with a person's telephone. `last_step` is that of the newest code used."""

    __tablename__ = "staff_second_steps"

    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes]
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """A code for the day on which the telephone is lost; it is gone once used."""

    __tablename__ = "staff_recovery_codes"
    __table_args__ = (PrimaryKeyConstraint("staff_id", "code_hash"),)

    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id", ondelete="CASCADE"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)


def new_secret() -> str:
    """A secret for a telephone, as apps take it when it is typed in."""
    return pyotp.random_base32()


def address(secret: str, login: str) -> str:
    """The secret as an address that apps read from a QR picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def set_up(
    connection: Connection, cipher: Cipher, key: bytes, staff_id: int, secret: str, code: str, now: datetime
) -> list[str] | None:
    """Begin to ask this person for codes, if their telephone shows the right one; None if it does not.

    Returns recovery codes to be shown once. `key` is what codes are hashed with. What was set up before is replaced.
    """
    step = _step(secret, code, now)
    if step is None:
        return None
    values = {"secret": cipher.seal(secret, PURPOSE), "since": now, "last_step": step}
    connection.execute(
        postgresql.insert(SecondStep)
        .values(staff_id=staff_id, **values)
        .on_conflict_do_update(index_elements=[SecondStep.staff_id], set_=values)
    )
    return new_recovery_codes(connection, key, staff_id)


def new_recovery_codes(connection: Connection, key: bytes, staff_id: int) -> list[str]:
    """Recovery codes to be shown once; the ones there were open nothing any more."""
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(10)) for _code in range(RECOVERY_CODES)]
    connection.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    connection.execute(
        insert(RecoveryCode), [{"staff_id": staff_id, "code_hash": _hash(key, staff_id, code)} for code in codes]
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def is_set_up(connection: Connection, staff_id: int) -> bool:
    """Whether this person is asked for codes."""
    return connection.scalar(select(SecondStep.staff_id).where(SecondStep.staff_id == staff_id)) is not None


def recovery_codes_left(connection: Connection, staff_id: int) -> int:
    """How many recovery codes a person has not used."""
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.staff_id == staff_id)
    return connection.scalar(query) or 0


def opens(connection: Connection, cipher: Cipher, key: bytes, staff_id: int, code: str, now: datetime) -> bool:
    """Whether a code opens: the one that the telephone shows, or a recovery code. It is used up by this."""
    typed = "".join(code.split()).replace("-", "").lower()
    if not typed.isascii() or not typed.isalnum():
        return False
    return _by_telephone(connection, cipher, staff_id, typed, now) or _by_paper(connection, key, staff_id, typed)


def take_away(connection: Connection, staff_id: int) -> None:
    """Ask this person for codes no more, until they set them up anew: their telephone and paper are gone."""
    connection.execute(delete(SecondStep).where(SecondStep.staff_id == staff_id))
    connection.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))


def _by_telephone(connection: Connection, cipher: Cipher, staff_id: int, code: str, now: datetime) -> bool:
    sealed = connection.scalar(select(SecondStep.secret).where(SecondStep.staff_id == staff_id))
    step = _step(cipher.open(sealed, PURPOSE), code, now) if sealed else None
    if step is None:
        return False
    newer = update(SecondStep).where(SecondStep.staff_id == staff_id, SecondStep.last_step < step)
    return connection.execute(newer.values(last_step=step)).rowcount == 1


def _by_paper(connection: Connection, key: bytes, staff_id: int, code: str) -> bool:
    used = delete(RecoveryCode).where(
        RecoveryCode.staff_id == staff_id, RecoveryCode.code_hash == _hash(key, staff_id, code)
    )
    return connection.execute(used).rowcount == 1


def _step(secret: str, code: str, now: datetime) -> int | None:
    """The step of time whose code this is, among those that count now."""
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP
    steps = range(current - DRIFT, current + DRIFT + 1)
    shown = code.encode()
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), shown)), None)


def _hash(key: bytes, staff_id: int, code: str) -> bytes:
    return hmac.digest(key, f"recovery {staff_id} {code}".encode(), hashlib.sha256)
