"""What is claimed of the achievements of a family: by the family, by its gestor, by an outside register.

Each claim keeps its date and none is overwritten: a source's last claim stands beside those of the others, and where
they disagree it shows. The status follows from the family's and the gestor's claims, the gestor having the last word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Computed,
    Connection,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    insert,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from encryption import Cipher
from families.families import Family, one_of

REASON = "claim reason"
"""What the cipher is told that it seals."""

Moment = DateTime(timezone=True)


class Source(StrEnum):
    """Who claims."""

    FAMILY = "family"
    GESTOR = "gestor"
    REGISTER = "register"


class Verdict(StrEnum):
    """What is claimed. Only a gestor can say that an achievement does not apply to a family."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NOT_APPLICABLE = "not_applicable"


class Status(StrEnum):
    """Where a family stands with an achievement."""

    PENDING = "pending"
    REPORTED = "reported"
    """The family says so; the gestor has not looked yet."""
    SENT_BACK = "sent_back"
    """The family said so, and the gestor has said why not."""
    VERIFIED = "verified"
    NOT_APPLICABLE = "not_applicable"


_STATUS = """
CASE WHEN gestor_verdict = 'not_applicable' THEN 'not_applicable'
     WHEN gestor_verdict = 'reached' THEN 'verified'
     WHEN family_verdict = 'reached' AND (gestor_at IS NULL OR family_at > gestor_at) THEN 'reported'
     WHEN family_verdict = 'reached' THEN 'sent_back'
     ELSE 'pending' END
"""


class AchievementClaim(Base):
    """A claim as it was made, never changed."""

    __tablename__ = "achievement_claims"
    __table_args__ = (
        one_of("source", Source),
        one_of("verdict", Verdict),
        CheckConstraint("source = 'gestor' OR verdict <> 'not_applicable'", name="applies"),
        ForeignKeyConstraint(["catalogue_id", "code"], ["achievements.catalogue_id", "achievements.code"]),
        Index("ix_achievement_claims_family_id_code", "family_id", "code"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    catalogue_id: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str]
    source: Mapped[str]
    verdict: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    reason: Mapped[bytes | None]


class FamilyAchievement(Base):
    """The last claim of each source on one achievement of one family, and the status that follows."""

    __tablename__ = "family_achievements"
    __table_args__ = (
        ForeignKeyConstraint(["catalogue_id", "code"], ["achievements.catalogue_id", "achievements.code"]),
        Index(
            "ix_family_achievements_reported",
            "family_id",
            "family_at",
            postgresql_where=text("status = 'reported'"),
        ),
    )

    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"), primary_key=True)
    catalogue_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    family_verdict: Mapped[str | None]
    family_at: Mapped[datetime | None] = mapped_column(Moment)
    gestor_verdict: Mapped[str | None]
    gestor_at: Mapped[datetime | None] = mapped_column(Moment)
    register_verdict: Mapped[str | None]
    register_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[bytes | None]
    """Why the gestor sent it back, sealed."""
    status: Mapped[str] = mapped_column(Computed(_STATUS, persisted=True))


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim to be recorded. `by` is the gestor, or None for what came by message or from a register."""

    family_id: int
    catalogue_id: int
    code: str
    source: Source
    verdict: Verdict
    at: datetime
    by: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """What a source claims at present, and since when."""

    verdict: Verdict
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The three claims on one achievement of a family, kept apart. `reason` is why the gestor sent it back."""

    code: str
    family: Dated | None = None
    gestor: Dated | None = None
    register: Dated | None = None
    reason: str = ""
    status: Status = Status.PENDING

    @property
    def disputed(self) -> bool:
        """Whether the sources say different things."""
        claims = (self.family, self.gestor, self.register)
        return len({claim.verdict for claim in claims if claim is not None}) > 1


@dataclass(frozen=True, slots=True)
class Reported:
    """An achievement that a family has reported and nobody has looked at."""

    family_id: int
    folio: str
    code: str
    at: datetime


def record(connection: Connection, cipher: Cipher, claims: Sequence[Claim]) -> None:
    """Record claims, at most one of a source on each achievement of a family. An older one never replaces a newer."""
    if not claims:
        return
    sealed = {id(claim): cipher.seal(claim.reason, REASON) if claim.reason else None for claim in claims}
    connection.execute(
        insert(AchievementClaim),
        [
            {
                "family_id": claim.family_id,
                "catalogue_id": claim.catalogue_id,
                "code": claim.code,
                "source": claim.source,
                "verdict": claim.verdict,
                "at": claim.at,
                "recorded_by": claim.by,
                "reason": sealed[id(claim)],
            }
            for claim in claims
        ],
    )
    for source in Source:
        rows: list[dict[str, object]] = [
            {
                "family_id": claim.family_id,
                "catalogue_id": claim.catalogue_id,
                "code": claim.code,
                f"{source}_verdict": claim.verdict,
                f"{source}_at": claim.at,
                **({"reason": sealed[id(claim)]} if source is Source.GESTOR else {}),
            }
            for claim in sorted(claims, key=lambda claim: (claim.family_id, claim.code))
            if claim.source is source
        ]
        if rows:
            _keep(connection, source, rows)


_WITHDRAW = text(
    """
    WITH gone AS (
        DELETE FROM achievement_claims
        WHERE family_id = :family_id AND catalogue_id = :catalogue_id AND code = :code AND source = 'gestor'
          AND at = :at AND recorded_by = :by
        RETURNING id
    ), before AS (
        SELECT claims.verdict, claims.at, claims.reason
        FROM achievement_claims AS claims JOIN achievements USING (catalogue_id, code)
        WHERE claims.family_id = :family_id AND code = :code AND claims.source = 'gestor'
          AND claims.id NOT IN (SELECT id FROM gone)
          AND label = (SELECT label FROM achievements WHERE catalogue_id = :catalogue_id AND code = :code)
        ORDER BY claims.at DESC, claims.id DESC LIMIT 1
    )
    UPDATE family_achievements SET (gestor_verdict, gestor_at, reason) = (SELECT verdict, at, reason FROM before)
    WHERE family_id = :family_id AND catalogue_id = :catalogue_id AND code = :code AND gestor_at = :at
      AND EXISTS (SELECT FROM gone)
    """
)


def withdraw(connection: Connection, family_id: int, catalogue_id: int, code: str, at: datetime, by: int) -> bool:
    """Take back what a gestor claimed at this moment: what they had claimed before holds again.

    Returns whether there was such a claim and none newer.
    """
    which = {"family_id": family_id, "catalogue_id": catalogue_id, "code": code, "at": at, "by": by}
    return connection.execute(_WITHDRAW, which).rowcount == 1


def standings(connection: Connection, cipher: Cipher, family_id: int, catalogue_id: int) -> list[Standing]:
    """What is claimed of a family's achievements of a catalogue, where anybody has claimed anything."""
    rows = connection.execute(
        select(FamilyAchievement).where(
            FamilyAchievement.family_id == family_id, FamilyAchievement.catalogue_id == catalogue_id
        )
    )
    return [
        Standing(
            row.code,
            family=_dated(row.family_verdict, row.family_at),
            gestor=_dated(row.gestor_verdict, row.gestor_at),
            register=_dated(row.register_verdict, row.register_at),
            reason=cipher.open(row.reason, REASON) if row.reason else "",
            status=Status(row.status),
        )
        for row in rows
    ]


def reported(connection: Connection, where: ColumnElement[bool], catalogue_id: int, limit: int) -> list[Reported]:
    """Reports that nobody has looked at, the oldest first, of families for which `where` holds."""
    rows = connection.execute(
        select(FamilyAchievement.family_id, Family.folio, FamilyAchievement.code, FamilyAchievement.family_at)
        .join(Family, Family.id == FamilyAchievement.family_id)
        .where(where, FamilyAchievement.catalogue_id == catalogue_id, FamilyAchievement.status == Status.REPORTED)
        .order_by(FamilyAchievement.family_at, FamilyAchievement.family_id, FamilyAchievement.code)
        .limit(limit)
    )
    return [Reported(row.family_id, row.folio, row.code, row.family_at) for row in rows]


def status(connection: Connection, family_id: int, catalogue_id: int, code: str) -> Status:
    """Where a family stands with one achievement; the row is locked where there is one."""
    found = connection.scalar(
        select(FamilyAchievement.status)
        .where(
            FamilyAchievement.family_id == family_id,
            FamilyAchievement.catalogue_id == catalogue_id,
            FamilyAchievement.code == code,
        )
        .with_for_update()
    )
    return Status(found) if found else Status.PENDING


def settled(connection: Connection, family_ids: Iterable[int], catalogue_id: int) -> dict[int, dict[str, Status]]:
    """By family, the codes of which somebody has claimed something, with the status that follows."""
    rows = connection.execute(
        select(FamilyAchievement.family_id, FamilyAchievement.code, FamilyAchievement.status).where(
            FamilyAchievement.family_id.in_(list(family_ids)),
            FamilyAchievement.catalogue_id == catalogue_id,
            FamilyAchievement.status != Status.PENDING,
        )
    )
    found: dict[int, dict[str, Status]] = {}
    for row in rows:
        found.setdefault(row.family_id, {})[row.code] = Status(row.status)
    return found


def carry_over(connection: Connection, old: int, new: int) -> None:
    """Take what is claimed under a catalogue into the one that follows it, where code and label are the same."""
    connection.execute(_CARRY_OVER, {"old": old, "new": new})


_CARRY_OVER = text(
    """
    INSERT INTO family_achievements (family_id, catalogue_id, code, family_verdict, family_at, gestor_verdict,
                                     gestor_at, register_verdict, register_at, reason)
    SELECT family_id, :new, code, family_verdict, family_at, gestor_verdict, gestor_at, register_verdict,
           register_at, reason
    FROM family_achievements
    WHERE catalogue_id = :old AND code IN (
        SELECT code FROM achievements AS was JOIN achievements AS now USING (code, label)
        WHERE was.catalogue_id = :old AND now.catalogue_id = :new)
    """
)


def _keep(connection: Connection, source: Source, rows: list[dict[str, object]]) -> None:
    statement = postgresql.insert(FamilyAchievement)
    new, at = statement.excluded, f"{source}_at"
    changed = [name for name in rows[0] if name not in ("family_id", "catalogue_id", "code")]
    known = getattr(FamilyAchievement, at)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["family_id", "catalogue_id", "code"],
            set_={name: new[name] for name in changed},
            where=known.is_(None) | (known <= new[at]),
        ).returning(FamilyAchievement.family_id),  # so that many rows go in one statement
        rows,
    )


def _dated(verdict: str | None, at: datetime | None) -> Dated | None:
    return Dated(Verdict(verdict), at) if verdict and at else None
